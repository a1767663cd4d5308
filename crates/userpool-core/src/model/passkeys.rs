//! Passkeys: what users have, and what pools say about them.

use std::fmt;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use webauthn_verify::{Algorithm, Assertion, CredentialId, Known, PublicKey, Registered, RegistrationResponse};

use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::invalidation::InvalidationMark;

pub use webauthn_verify::{Origin, RelyingPartyId, UserVerification};

/// How many passkeys a user has at most.
pub const MOST_PASSKEYS: usize = 20;

/// The algorithms that are offered at registration.
pub const ALGORITHMS: [Algorithm; 4] = Algorithm::ALL;

/// Whether a passkey stands for one factor or for two.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum PasskeyFactor {
    /// For one. Users of whom a second factor is demanded do not sign in with passkeys.
    #[default]
    Single,
    /// For two, where the authenticator has verified its user.
    MultiWhenVerified,
}

/// What a pool says about passkeys.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct PasskeySettings {
    /// The domain that passkeys are made for. Without, there are none.
    #[serde(with = "as_text")]
    pub relying_party: Option<RelyingPartyId>,
    /// Whether authenticators must verify their user. Default `false`: they are asked to, and may not.
    pub verification_required: bool,
    /// What a passkey stands for.
    pub factor: PasskeyFactor,
}

/// The passkeys of one user, oldest first. A user without has no such record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserPasskeys {
    /// The pool.
    pub pool: UserPoolId,
    /// The user.
    pub sub: Subject,
    /// At least one and at most [`MOST_PASSKEYS`]. The ids stand once in the pool.
    pub list: Vec<Passkey>,
}

/// A passkey. It prints what its owner may see.
#[derive(Clone, Eq, PartialEq)]
pub struct Passkey {
    /// The credential's id, in Base64 for URLs.
    pub id: String,
    /// The public key, as COSE.
    pub public_key: Vec<u8>,
    /// The domain that it was made for.
    pub relying_party: String,
    /// What people call it.
    pub name: String,
    /// Which ways lead to its authenticator, as the browser said.
    pub transports: Vec<String>,
    /// `platform` or `cross-platform`, as the browser said.
    pub attachment: Option<String>,
    /// The kind of authenticator, as it says itself, in hexadecimal. Nobody vouches for it.
    pub aaguid: String,
    /// The signature counter of its last use.
    pub sign_count: u32,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it was so at its last use.
    pub backed_up: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_used_at: Option<Timestamp>,
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passkey")
            .field("name", &self.name)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

impl UserPasskeys {
    /// Whether nothing differs from these but what a use of a passkey counts on.
    pub(crate) fn only_counts_on(&self, before: &Self) -> bool {
        let counted = |(after, before): (&Passkey, &Passkey)| after.sign_count >= before.sign_count;
        self.list.len() == before.list.len()
            && self.list.iter().zip(&before.list).all(counted)
            && self.list.iter().zip(&before.list).all(|(after, before)| after.with_counters_of(before) == *before)
    }
}

impl Passkey {
    /// The same passkey, as it stood after the last use of the other.
    pub(crate) fn with_counters_of(&self, other: &Self) -> Self {
        let Self { sign_count, backed_up, last_used_at, .. } = other.clone();
        Self { sign_count, backed_up, last_used_at, ..self.clone() }
    }

    /// A passkey that was just registered.
    pub fn new(new: &Registered, response: &RegistrationResponse, relying_party: &str, now: Timestamp) -> Self {
        Self {
            id: new.id.to_string(),
            public_key: new.public_key.as_cose().to_vec(),
            relying_party: relying_party.to_owned(),
            name: kind_name(response).to_owned(),
            transports: response.transports.clone(),
            attachment: response.attachment.clone(),
            aaguid: format!("{:032x}", u128::from_be_bytes(new.aaguid)),
            sign_count: new.sign_count,
            backup_eligible: new.flags.backup_eligible(),
            backed_up: new.flags.backed_up(),
            created_at: now,
            last_used_at: None,
        }
    }

    /// Whether its authenticator is a part of the device that its owner signs in on.
    pub fn is_platform(&self) -> bool {
        self.attachment.as_deref() == Some("platform")
    }

    /// The same after it was used.
    #[must_use]
    pub fn used(self, used: &Assertion, now: Timestamp) -> Self {
        Self { sign_count: used.sign_count, backed_up: used.flags.backed_up(), last_used_at: Some(now), ..self }
    }

    /// Calls `judge` with what an assertion is judged by; `None` if the stored key cannot be read.
    pub fn judged<T>(&self, owner: &Subject, judge: impl FnOnce(&Known<'_>) -> T) -> Option<T> {
        let id = CredentialId::from_text(&self.id).ok()?;
        let public_key = PublicKey::from_cose(&self.public_key).ok()?;
        Some(judge(&Known {
            id: &id,
            public_key: &public_key,
            sign_count: self.sign_count,
            backup_eligible: self.backup_eligible,
            user_handle: owner.as_str().as_bytes(),
        }))
    }
}

/// What a passkey is called by the kind of its authenticator.
fn kind_name(response: &RegistrationResponse) -> &'static str {
    let has = |name: &str| response.transports.iter().any(|transport| transport == name);
    match response.attachment.as_deref() {
        Some("platform") => "Passkey on this device",
        _ if has("hybrid") => "Passkey on a phone",
        _ if has("usb") || has("nfc") || has("ble") => "Security key",
        _ => "Passkey",
    }
}

impl UserPasskeys {
    /// The passkey of this id.
    pub fn get(&self, id: &str) -> Option<&Passkey> {
        self.list.iter().find(|passkey| passkey.id == id)
    }

    /// The same with one more, under a name that none of the others has.
    ///
    /// # Errors
    ///
    /// [`NotAdded`].
    pub fn with(&self, mut new: Passkey) -> Result<Self, NotAdded> {
        if self.get(&new.id).is_some() {
            return Err(NotAdded::Known);
        }
        if self.list.len() >= MOST_PASSKEYS {
            return Err(NotAdded::TooMany);
        }
        let is_taken = |name: &str| self.list.iter().any(|other| other.name == name);
        let numbered = |number: usize| format!("{} {number}", new.name);
        if is_taken(&new.name) {
            new.name = (2..=MOST_PASSKEYS + 1).map(numbered).find(|name| !is_taken(name)).unwrap_or_default();
        }
        let list = self.list.iter().cloned().chain([new]).collect();
        Ok(Self { list, ..self.clone() })
    }

    /// The same with one in the place of that of its id.
    #[must_use]
    pub fn replacing(&self, passkey: &Passkey) -> Self {
        let one = |old: &Passkey| if old.id == passkey.id { passkey.clone() } else { old.clone() };
        Self { list: self.list.iter().map(one).collect(), ..self.clone() }
    }

    /// The same without one.
    #[must_use]
    pub fn without(&self, id: &str) -> Self {
        Self { list: self.list.iter().filter(|passkey| passkey.id != id).cloned().collect(), ..self.clone() }
    }

    /// The ids and transports of those that were made for a domain, as options name them.
    pub fn descriptors(&self, relying_party: &RelyingPartyId) -> Vec<(CredentialId, Vec<String>)> {
        let own = self.list.iter().filter(|passkey| passkey.relying_party == relying_party.as_str());
        own.filter_map(|passkey| Some((CredentialId::from_text(&passkey.id).ok()?, passkey.transports.clone())))
            .collect()
    }
}

/// Why a passkey was not added to a user's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotAdded {
    /// It is one of them.
    Known,
    /// There are as many as there may be.
    TooMany,
}

/// A registration under way: what the challenge of its options is, under seal.
///
/// The form is versioned: one that a node does not know is refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRegistration {
    /// The version of this form.
    pub v: u8,
    /// Spent when the passkey is stored.
    pub id: String,
    /// The pool.
    pub pool: UserPoolId,
    /// The client whose token began it.
    pub client: ClientId,
    /// Whose passkey it is to be.
    pub user: Subject,
    /// The domain that it is made for.
    pub relying_party: String,
    /// The pool's mark when it began.
    pub mark: InvalidationMark,
    /// When it began.
    pub begun_at: Timestamp,
    /// From when on it is over.
    pub expires_at: Timestamp,
}

/// The version of the form of [`PasskeyRegistration`].
pub const REGISTRATION_VERSION: u8 = 1;

/// What may be absent and is written as text.
mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands it out so")]
    pub(super) fn serialize<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests;
