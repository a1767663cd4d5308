//! How strong a sign-in is, as `acr` tells it (OpenID Connect Core 1.0 §2): four levels, by what was proved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::factor_settings::{FirstFactor, SecondFactor};
use crate::reasons::Invalid;

/// A level. A higher one is stronger.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Level {
    /// The password.
    One,
    /// A code that was sent.
    Two,
    /// A passkey, or the password and a code that was sent.
    Three,
    /// The password and an authenticator app.
    Four,
}

impl Level {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// What pools call it that say nothing.
    pub fn default_name(self) -> &'static str {
        match self {
            Self::One => "urn:cognito:loa:1",
            Self::Two => "urn:cognito:loa:2",
            Self::Three => "urn:cognito:loa:3",
            Self::Four => "urn:cognito:loa:4",
        }
    }

    /// The level of whoever has proved these; `None` for what is of no level.
    pub fn of(proofs: &[Proof]) -> Option<Self> {
        let has = |proof| proofs.contains(&proof);
        match (has(Proof::Password), has(Proof::App), has(Proof::SentCode), has(Proof::Passkey)) {
            (true, true, _, _) => Some(Self::Four),
            (_, _, _, true) | (true, _, true, _) => Some(Self::Three),
            (_, _, true, _) => Some(Self::Two),
            (true, _, _, _) => Some(Self::One),
            _ => None,
        }
    }
}

/// A proof that counts towards a level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proof {
    /// The password.
    Password,
    /// A code by mail or text message.
    SentCode,
    /// A code of an authenticator app.
    App,
    /// A passkey.
    Passkey,
}

impl Proof {
    /// What `amr` names so.
    pub fn named(amr: &str) -> Option<Self> {
        match amr {
            "pwd" => Some(Self::Password),
            "email_otp" | "sms" => Some(Self::SentCode),
            "otp" => Some(Self::App),
            "swk" | "hwk" => Some(Self::Passkey),
            _ => None,
        }
    }
}

impl From<FirstFactor> for Proof {
    fn from(factor: FirstFactor) -> Self {
        match factor {
            FirstFactor::Password | FirstFactor::PasswordSrp => Self::Password,
            FirstFactor::EmailCode | FirstFactor::SmsCode => Self::SentCode,
            FirstFactor::Passkey => Self::Passkey,
        }
    }
}

impl From<SecondFactor> for Proof {
    fn from(factor: SecondFactor) -> Self {
        match factor {
            SecondFactor::SoftwareToken => Self::App,
            SecondFactor::Sms | SecondFactor::Email => Self::SentCode,
        }
    }
}

/// What a pool calls the levels.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct AcrSettings {
    /// Names in the place of [`Level::default_name`]: 1 to 64 characters each.
    pub names: BTreeMap<Level, String>,
}

impl AcrSettings {
    /// The name of a level.
    pub fn name(&self, level: Level) -> &str {
        self.names.get(&level).map_or(level.default_name(), String::as_str)
    }

    /// The level of this name.
    pub fn level(&self, name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| self.name(*level) == name)
    }

    /// Whether no two levels are called alike.
    ///
    /// # Errors
    ///
    /// [`Invalid::AcrNames`].
    pub fn check(&self) -> Result<(), Invalid> {
        let alike = |level: Level| self.level(self.name(level)) != Some(level);
        if Level::ALL.into_iter().any(alike) { Err(Invalid::AcrNames) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_what_was_proved_in_any_order() {
        use Proof::{App, Passkey, Password, SentCode};

        for (proofs, level) in [
            (&[][..], None),
            (&[App], None),
            (&[Password], Some(Level::One)),
            (&[SentCode], Some(Level::Two)),
            (&[SentCode, SentCode], Some(Level::Two)),
            (&[SentCode, App], Some(Level::Two)),
            (&[Password, SentCode], Some(Level::Three)),
            (&[SentCode, Password], Some(Level::Three)),
            (&[Passkey], Some(Level::Three)),
            (&[Passkey, App], Some(Level::Three)),
            (&[Password, App], Some(Level::Four)),
            (&[App, SentCode, Password], Some(Level::Four)),
        ] {
            assert_eq!(Level::of(proofs), level, "{proofs:?}");
        }
    }

    #[test]
    fn no_two_levels_have_one_name_also_not_another_levels_default() {
        let named = |names: &[(Level, &str)]| AcrSettings {
            names: names.iter().map(|(level, name)| (*level, (*name).to_owned())).collect(),
        };
        assert_eq!(named(&[(Level::One, "low"), (Level::Four, "high")]).check(), Ok(()));
        assert_eq!(named(&[(Level::One, "x"), (Level::Two, "x")]).check(), Err(Invalid::AcrNames));
        assert_eq!(named(&[(Level::One, "urn:cognito:loa:2")]).check(), Err(Invalid::AcrNames));
        assert_eq!(named(&[(Level::Four, "high")]).level("high"), Some(Level::Four));
        assert_eq!(named(&[(Level::Four, "high")]).level("urn:cognito:loa:4"), None);
    }

    #[test]
    fn each_method_that_tokens_name_proves_what_it_is() {
        for (amr, proof) in [
            ("pwd", Some(Proof::Password)),
            ("email_otp", Some(Proof::SentCode)),
            ("sms", Some(Proof::SentCode)),
            ("otp", Some(Proof::App)),
            ("swk", Some(Proof::Passkey)),
            ("hwk", Some(Proof::Passkey)),
            ("face", None),
        ] {
            assert_eq!(Proof::named(amr), proof, "{amr}");
        }
    }
}
