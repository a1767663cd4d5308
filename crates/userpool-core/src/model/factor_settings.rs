//! The kinds of factors, and what pools say about them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::contact::Contact;

/// What a sign-in of the user's choice can begin with.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FirstFactor {
    /// The password, proved by SRP.
    PasswordSrp,
    /// The password as it is.
    Password,
    /// A code by mail.
    EmailCode,
    /// A code by text message.
    SmsCode,
    /// A passkey.
    Passkey,
}

impl FirstFactor {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::PasswordSrp, Self::Password, Self::EmailCode, Self::SmsCode, Self::Passkey];

    /// Its name as a choice.
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Password => "PASSWORD",
            Self::EmailCode => "EMAIL_OTP",
            Self::SmsCode => "SMS_OTP",
            Self::Passkey => "WEB_AUTHN",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }
}

/// A second factor.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SecondFactor {
    /// A code of an authenticator app.
    SoftwareToken,
    /// A code by text message.
    Sms,
    /// A code by mail.
    Email,
}

impl SecondFactor {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::SoftwareToken, Self::Sms, Self::Email];

    /// Its name in challenges and lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::Sms => "SMS_MFA",
            Self::Email => "EMAIL_OTP",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            // As some clients call it.
            "EMAIL_MFA" => Some(Self::Email),
            _ => Self::ALL.into_iter().find(|factor| factor.name() == name),
        }
    }

    /// Where its codes are sent to; `None` for what makes its own.
    pub fn contact(self) -> Option<Contact> {
        match self {
            Self::SoftwareToken => None,
            Self::Sms => Some(Contact::PhoneNumber),
            Self::Email => Some(Contact::Email),
        }
    }
}

/// Whether a pool asks for a second factor.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum MfaMode {
    /// Of nobody.
    #[default]
    Off,
    /// Of the users who have turned one on.
    Optional,
    /// Of everybody. Who has none sets one up at the next sign-in.
    On,
}

/// What a pool says about second factors.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct MfaSettings {
    /// Of whom one is asked. Default nobody.
    pub mode: MfaMode,
    /// The kinds that users can have.
    pub kinds: BTreeSet<SecondFactor>,
    /// Text of a message with a code; `None` stands for the default text. `{####}` is the code.
    pub sms_message: Option<String>,
    /// Subject of a mail with a code; `None` stands for the default.
    pub email_subject: Option<String>,
    /// Text of a mail with a code; `None` stands for the default text. `{####}` is the code.
    pub email_message: Option<String>,
}

impl MfaSettings {
    /// After an update that says of whom one is asked and can only add kinds. Nobody loses a kind by an update that does
    /// not speak of it, unless it turns second factors off.
    #[must_use]
    pub fn updated(self, mode: MfaMode, added: BTreeSet<SecondFactor>) -> Self {
        let kinds = match mode {
            MfaMode::Off => BTreeSet::new(),
            MfaMode::Optional | MfaMode::On => self.kinds.into_iter().chain(added).collect(),
        };
        Self { mode, kinds, ..self }
    }
}

/// What sign-ins of the user's choice may begin with.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct FirstFactorSettings {
    /// The kinds that are offered to users who have them. Default the password.
    pub allowed: BTreeSet<FirstFactor>,
}

impl Default for FirstFactorSettings {
    fn default() -> Self {
        Self { allowed: BTreeSet::from([FirstFactor::Password, FirstFactor::PasswordSrp]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_has_its_name_and_is_found_by_it() {
        for factor in FirstFactor::ALL {
            assert_eq!(FirstFactor::named(factor.name()), Some(factor));
        }
        for factor in SecondFactor::ALL {
            assert_eq!(SecondFactor::named(factor.name()), Some(factor));
        }
        assert_eq!(FirstFactor::named("SOFTWARE_TOKEN"), None);
    }
}
