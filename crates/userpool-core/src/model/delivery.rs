//! Where a message goes, and what is shown of that.

use crate::model::pool::Contact;
use crate::model::user::User;

/// Where a code was sent, with the address masked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delivery {
    /// Whether it was sent by mail or by SMS.
    pub contact: Contact,
    /// The masked address: `a***@e***`, `+*******0199`.
    pub destination: String,
}

impl Delivery {
    /// What is shown of a message to `address`.
    pub fn to(contact: Contact, address: &str) -> Self {
        let destination = match contact {
            Contact::Email => mask_email(address),
            Contact::PhoneNumber => mask_phone(address),
        };
        Self { contact, destination }
    }

    /// What is shown of a message that is not sent, made of a seed.
    pub fn pretended(contact: Contact, seed: &[u8; 32]) -> Self {
        let [first, second, ..] = *seed;
        let destination = match contact {
            Contact::Email => format!("{}***@{}***", char::from(b'a' + first % 26), char::from(b'a' + second % 26)),
            Contact::PhoneNumber => format!("+*******{:04}", u16::from_be_bytes([first, second]) % 10000),
        };
        Self { contact, destination }
    }
}

/// The mailbox or telephone behind an address, for counting: in lower case, without a tag (`ada+news@`).
pub fn mailbox(address: &str) -> String {
    let address = address.to_lowercase();
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{domain}", local.split_once('+').map_or(local, |(mailbox, _)| mailbox)),
        None => address,
    }
}

fn mask_email(address: &str) -> String {
    let first = |part: &str| part.chars().next().map_or_else(String::new, String::from);
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    format!("{}***@{}***", first(local), first(domain))
}

fn mask_phone(number: &str) -> String {
    let digits: Vec<char> = number.chars().skip(1).collect();
    let hidden = digits.len().saturating_sub(4);
    let shown: String = digits.iter().skip(hidden).collect();
    format!("+{}{shown}", "*".repeat(hidden))
}

/// The first of these contacts that the user has an address for: telephone before mail, as Cognito sends.
pub fn choose(user: &User, wanted: impl Fn(Contact) -> bool) -> Option<(Contact, String)> {
    [Contact::PhoneNumber, Contact::Email]
        .into_iter()
        .filter(|contact| wanted(*contact))
        .find_map(|contact| Some((contact, user.attributes.get(contact.attribute())?.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_case_make_no_other_mailbox() {
        assert_eq!(mailbox("Ada+News@Example.com"), "ada@example.com");
        assert_eq!(mailbox("+14155550199"), "+14155550199");
        assert_eq!(mailbox("a@b@c.de"), "a@b@c.de");
    }

    #[test]
    fn addresses_are_masked() {
        assert_eq!(Delivery::to(Contact::Email, "ada@example.com").destination, "a***@e***");
        assert_eq!(Delivery::to(Contact::PhoneNumber, "+14155550199").destination, "+*******0199");
    }
}
