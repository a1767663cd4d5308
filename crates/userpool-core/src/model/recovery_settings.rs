//! How users of a pool come back in who have lost the password, as the pool says.

use serde::{Deserialize, Serialize};

use crate::model::contact::Contact;
use crate::reasons::Invalid;

/// A way back in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum RecoveryMechanism {
    /// A code to the verified address of this kind.
    Verified(Contact),
    /// An administrator alone.
    AdminOnly,
}

/// How users of a pool come back in who have lost the password.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct RecoverySettings {
    /// The ways, the first one first. Empty for Cognito's: a text message where a number is verified, else a mail.
    pub mechanisms: Vec<RecoveryMechanism>,
}

/// The most ways that a pool names.
pub const MOST_MECHANISMS: usize = 2;

impl RecoverySettings {
    /// Whether the pool can be set so: at most two ways, none twice, and an administrator alone or not at all.
    ///
    /// # Errors
    ///
    /// [`Invalid::RecoveryMechanisms`].
    pub fn check(&self) -> Result<(), Invalid> {
        let twice = matches!(self.mechanisms.as_slice(), [first, second] if first == second);
        let shared = self.mechanisms.len() > 1 && self.mechanisms.contains(&RecoveryMechanism::AdminOnly);
        if self.mechanisms.len() > MOST_MECHANISMS || twice || shared {
            return Err(Invalid::RecoveryMechanisms);
        }
        Ok(())
    }

    /// The kinds of address that codes go to, the first one first; none where administrators alone help.
    pub fn contacts(&self) -> Vec<Contact> {
        if self.mechanisms.is_empty() {
            return vec![Contact::PhoneNumber, Contact::Email];
        }
        let contact = |mechanism: &RecoveryMechanism| match mechanism {
            RecoveryMechanism::Verified(contact) => Some(*contact),
            RecoveryMechanism::AdminOnly => None,
        };
        self.mechanisms.iter().filter_map(contact).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use RecoveryMechanism::{AdminOnly, Verified};

    fn settings(mechanisms: &[RecoveryMechanism]) -> RecoverySettings {
        RecoverySettings { mechanisms: mechanisms.to_vec() }
    }

    #[test]
    fn an_administrator_stands_alone_and_no_way_stands_twice() {
        let (mail, phone) = (Verified(Contact::Email), Verified(Contact::PhoneNumber));

        for fine in [&[][..], &[mail], &[phone, mail], &[AdminOnly]] {
            assert_eq!(settings(fine).check(), Ok(()), "{fine:?}");
        }
        for wrong in [&[mail, mail][..], &[mail, AdminOnly], &[AdminOnly, phone], &[mail, phone, mail]] {
            assert_eq!(settings(wrong).check(), Err(Invalid::RecoveryMechanisms), "{wrong:?}");
        }
    }

    #[test]
    fn codes_go_by_the_ways_that_are_named_in_their_order_and_by_text_message_first_where_none_is() {
        let (mail, phone) = (Contact::Email, Contact::PhoneNumber);

        assert_eq!(settings(&[]).contacts(), [phone, mail]);
        assert_eq!(settings(&[Verified(mail), Verified(phone)]).contacts(), [mail, phone]);
        assert_eq!(settings(&[AdminOnly]).contacts(), []);
    }
}
