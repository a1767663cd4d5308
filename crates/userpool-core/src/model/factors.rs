//! What somebody can prove who they are with, and what pools and users say about it.

use std::collections::BTreeSet;
use std::fmt;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::acr::{Level, Proof};
use crate::model::contact::Contact;
use crate::model::user::User;

pub use crate::model::factor_settings::{FirstFactor, FirstFactorSettings, MfaMode, MfaSettings, SecondFactor};

/// Something that a user has proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Factor {
    /// The password, sent or proved by SRP.
    Password,
    /// A password of their own in the place of a temporary one.
    NewPassword,
    /// A code that was sent to the user.
    Code(Contact),
    /// A code of an authenticator app.
    SoftwareToken,
    /// A passkey.
    Passkey {
        /// Whether its authenticator is a part of the device.
        platform: bool,
        /// Whether it stands for two factors: its authenticator has verified the user, and the pool takes that for two.
        multi_factor: bool,
    },
    /// What the application's own challenges ask for. How much that proves, nobody here knows.
    Custom,
    /// A login at an outside provider. How strong that is, is the provider's business.
    Federated,
    /// The secret of a device that the user has confirmed. It never stands for a first factor.
    Device,
}

impl Factor {
    /// The factor's name in `amr` (RFC 8176 §2, and Cognito's own); `None` for what is no proof of its own.
    pub fn amr(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("pwd"),
            Self::NewPassword | Self::Custom | Self::Device => None,
            Self::Code(Contact::Email) => Some("email_otp"),
            Self::Code(Contact::PhoneNumber) => Some("sms"),
            Self::SoftwareToken => Some("otp"),
            Self::Federated => Some("fed"),
            Self::Passkey { platform: true, .. } => Some("swk"),
            Self::Passkey { platform: false, .. } => Some("hwk"),
        }
    }

    /// What it counts for towards a level.
    pub fn proof(self) -> Option<Proof> {
        self.amr().and_then(Proof::named)
    }

    /// The factor that a session's `amr` names. A passkey of an earlier sign-in does not stand for two.
    pub fn named(amr: &str) -> Option<Self> {
        let passkey = |platform| Self::Passkey { platform, multi_factor: false };
        let all = [
            Self::Password,
            Self::Code(Contact::Email),
            Self::Code(Contact::PhoneNumber),
            Self::SoftwareToken,
            passkey(true),
            passkey(false),
        ];
        all.into_iter().find(|factor| factor.amr() == Some(amr))
    }

    /// Whether it stands for two factors by itself, as a passkey does that has verified its user.
    pub fn is_multi_factor(self) -> bool {
        match self {
            Self::Passkey { multi_factor, .. } => multi_factor,
            Self::Password
            | Self::NewPassword
            | Self::Code(_)
            | Self::SoftwareToken
            | Self::Custom
            | Self::Federated
            | Self::Device => false,
        }
    }
}

/// Whether these prove more than one thing: two of different kinds, or one that stands for two.
pub fn are_multi_factor(factors: &[Factor]) -> bool {
    let kinds: BTreeSet<&str> = factors.iter().filter_map(|factor| factor.amr()).collect();
    kinds.len() > 1 || factors.iter().any(|factor| factor.is_multi_factor())
}

/// A user's second factors. Addresses that codes are sent to stand with the user.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SecondFactors {
    /// The authenticator app.
    pub software_token: Option<SoftwareToken>,
    /// The seed of an authenticator app that nobody has proved yet, under seal. It counts for nothing.
    pub pending_seed: Option<Vec<u8>>,
    /// The kinds that the user has turned on.
    pub active: BTreeSet<SecondFactor>,
    /// The one that is asked for where several are active.
    pub preferred: Option<SecondFactor>,
    /// Whether the user signs in with passkeys where a second factor is demanded, in pools that take one for two.
    pub passkey: bool,
}

/// An authenticator app that was proved.
#[derive(Clone, Eq, PartialEq)]
pub struct SoftwareToken {
    /// Its seed under seal.
    pub sealed_seed: Vec<u8>,
    /// What the user calls it.
    pub name: String,
    /// The time step of the last code that was taken: no code of it or of an earlier one is taken again.
    pub last_step: i64,
    /// When it was proved.
    pub proved_at: Timestamp,
}

impl fmt::Debug for SoftwareToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareToken").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is demanded of a user beside the first factor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Demand {
    /// Nothing.
    None,
    /// This factor.
    One(SecondFactor),
    /// One of these, as the user likes.
    OneOf(Vec<SecondFactor>),
    /// One, and the user has none: one of these kinds must be set up.
    SetUp(Vec<SecondFactor>),
}

impl SecondFactors {
    /// Whether nothing differs from these but the last code that was taken, which only moves on.
    pub(crate) fn only_counts_on(&self, before: &Self) -> bool {
        let step = |factors: &Self| factors.software_token.as_ref().map_or(0, |token| token.last_step);
        step(self) >= step(before) && self.with_counters_of(before) == *before
    }

    /// The same factors, whose last code was the other's.
    pub(crate) fn with_counters_of(&self, other: &Self) -> Self {
        let mut same = self.clone();
        if let (Some(own), Some(other)) = (&mut same.software_token, &other.software_token) {
            own.last_step = other.last_step;
        }
        same
    }

    /// Whether the user can be asked for a factor of this kind.
    pub fn has(&self, user: &User, factor: SecondFactor) -> bool {
        match factor.contact() {
            Some(contact) => user.address(contact).is_some(),
            None => self.software_token.is_some(),
        }
    }

    /// What the pool and the user demand.
    ///
    /// What a user has turned on is demanded wherever the pool knows second factors at all, also of a kind that the pool
    /// offers no longer. In a pool that asks everybody, a user who has turned nothing on is asked for the authenticator app
    /// that was proved, or else for a code to an address that the pool sends such codes to.
    pub fn demand(&self, settings: &MfaSettings, user: &User) -> Demand {
        if settings.mode == MfaMode::Off {
            return Demand::None;
        }
        let active = self.active.iter().copied().filter(|factor| self.has(user, *factor)).collect::<Vec<_>>();
        if let Some(preferred) = self.preferred.filter(|preferred| active.contains(preferred)) {
            return Demand::One(preferred);
        }
        match (settings.mode, one_or_more(active)) {
            (_, Some(demand)) => demand,
            (MfaMode::On, None) => self.demand_of_everybody(settings, user),
            (_, None) => Demand::None,
        }
    }

    /// Which second factor makes what was proved one of this level, or a higher one; nothing where none does.
    pub fn demand_of_level(&self, user: &User, proved: &[Proof], target: Level) -> Demand {
        let reaches = |factor: &SecondFactor| {
            let address_counts = factor.contact().is_none_or(|contact| user.has_verified(contact));
            let with = [proved, &[Proof::from(*factor)]].concat();
            self.has(user, *factor) && address_counts && Level::of(&with) >= Some(target)
        };
        let able: Vec<SecondFactor> = SecondFactor::ALL.into_iter().filter(reaches).collect();
        match self.preferred.filter(|preferred| able.contains(preferred)) {
            Some(preferred) => Demand::One(preferred),
            None => one_or_more(able).unwrap_or(Demand::None),
        }
    }

    /// What is asked for a risk alone of a user of whom nothing is demanded otherwise: the authenticator app that was proved.
    pub fn demand_of_risk(&self) -> Demand {
        if self.software_token.is_some() { Demand::One(SecondFactor::SoftwareToken) } else { Demand::None }
    }

    fn demand_of_everybody(&self, settings: &MfaSettings, user: &User) -> Demand {
        if self.software_token.is_some() {
            return Demand::One(SecondFactor::SoftwareToken);
        }
        let sent = settings.kinds.iter().copied().filter(|kind| self.has(user, *kind)).collect();
        one_or_more(sent).unwrap_or_else(|| Demand::SetUp(settings.kinds.iter().copied().collect()))
    }
}

fn one_or_more(factors: Vec<SecondFactor>) -> Option<Demand> {
    match factors.as_slice() {
        [] => None,
        [one] => Some(Demand::One(*one)),
        _ => Some(Demand::OneOf(factors)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_proofs_of_one_kind_are_one_factor_and_a_new_password_is_none() {
        let of = |factors: &[Factor]| are_multi_factor(factors);
        assert!(!of(&[Factor::Password, Factor::NewPassword]));
        assert!(!of(&[Factor::Code(Contact::Email), Factor::Code(Contact::Email)]));
        assert!(of(&[Factor::Password, Factor::NewPassword, Factor::SoftwareToken]));
        assert!(of(&[Factor::Password, Factor::Code(Contact::PhoneNumber)]));
    }
}
