//! Where a message goes, and what is shown of that.

use crate::model::pool::Contact;
use crate::model::user::User;

/// Where a code was sent, with the address masked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delivery {
    /// By what.
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
    fn addresses_are_masked() {
        assert_eq!(Delivery::to(Contact::Email, "ada@example.com").destination, "a***@e***");
        assert_eq!(Delivery::to(Contact::PhoneNumber, "+14155550199").destination, "+*******0199");
    }
}
