//! A user and what stands under the name.

use std::collections::BTreeMap;
use std::fmt;

use cognito_srp::Salt;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::attributes::Attributes;
use crate::model::case_change::CaseRule;
use crate::model::ids::{GroupId, GroupName, Subject, UserPoolId, Username};
use crate::model::login::{self, Login};
use crate::model::pool::{Alias, Contact, SignInNames, UserPool, fold};

pub use crate::reasons::NameKind;

/// How far a user has come. Whether the user is enabled is another matter.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum UserStatus {
    /// Signed up, the address not proved yet.
    Unconfirmed,
    /// Ready.
    Confirmed,
    /// Must reset the password.
    ResetRequired,
    /// Has a temporary password that must be replaced at the first sign-in.
    ForceChangePassword,
    /// Signs in through outside providers alone.
    ExternalProvider,
}

impl UserStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Unconfirmed, Self::Confirmed, Self::ResetRequired, Self::ForceChangePassword, Self::ExternalProvider];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::ResetRequired => "RESET_REQUIRED",
            Self::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            Self::ExternalProvider => "EXTERNAL_PROVIDER",
        }
    }
}

/// A password as it is kept: hashed with Argon2id, and as an SRP verifier under seal. What it prints for debugging is
/// neither.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// The hash with its parameters, as a PHC string.
    pub hash: String,
    /// The SRP salt in hexadecimal.
    pub srp_salt: String,
    /// The SRP verifier under seal: one guess against it costs little, so it never stands in the open. Empty where only the
    /// hash came from elsewhere: the first sign-in with the password makes one, and until then nobody signs in by SRP.
    pub sealed_verifier: Vec<u8>,
    /// The name that the verifier is of: for any other one it is none.
    #[serde(default)]
    pub srp_name: String,
    /// For a temporary password, when it dies.
    pub expires_at: Option<Timestamp>,
    /// The hashes of the passwords before, the last one first, as far as the pool remembers them.
    #[serde(default)]
    pub history: Vec<String>,
}

impl Credential {
    /// The hashes that a new password must not be of, in a pool that remembers so many passwords: this one's, and those of the
    /// ones before.
    pub fn remembered(&self, history_size: usize) -> impl Iterator<Item = &str> {
        std::iter::once(&self.hash).chain(&self.history).map(String::as_str).take(history_size)
    }

    /// What the password that follows this one remembers. A temporary one, which nobody chose, is not remembered.
    pub fn history_after(&self, history_size: usize) -> Vec<String> {
        let chosen = self.expires_at.is_none().then_some(&self.hash);
        chosen.into_iter().chain(&self.history).take(history_size.saturating_sub(1)).cloned().collect()
    }
}

impl Credential {
    /// A password of which only the hash is known.
    pub(crate) fn of_hash(hash: String, salt: &Salt, expires_at: Option<Timestamp>) -> Self {
        let (sealed_verifier, srp_name, history) = (Vec::new(), String::new(), Vec::new());
        Self { hash, srp_salt: salt.to_hex(), sealed_verifier, srp_name, expires_at, history }
    }

    /// Whether it is the same password, however it is hashed: the salt of SRP stands for the password.
    pub(crate) fn is_same_password(&self, other: &Self) -> bool {
        self.srp_salt == other.srp_salt
    }

    /// Whether nothing but the hash differs.
    pub(crate) fn is_only_rehashed(&self, before: &Self) -> bool {
        let Self { hash: _, srp_salt: _, sealed_verifier: _, srp_name: _, expires_at, history } = self;
        self.is_same_password(before) && (expires_at, history) == (&before.expires_at, &before.history)
    }

    /// Whether somebody can sign in by SRP under this name.
    pub(crate) fn has_verifier_of(&self, srp_name: &str) -> bool {
        !self.sealed_verifier.is_empty() && self.srp_name == srp_name
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// A user of a pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The pool.
    pub pool: UserPoolId,
    /// The user for ever.
    pub sub: Subject,
    /// The name, as given.
    pub username: Username,
    /// The names that lead here at sign-in, folded as the pool folds them. Each stands once in the pool.
    pub names: BTreeMap<NameKind, String>,
    /// What is known.
    pub attributes: Attributes,
    /// Addresses that shall take the place of those above once they are proved.
    #[serde(default)]
    pub pending: BTreeMap<Contact, String>,
    /// How far the user has come.
    pub status: UserStatus,
    /// Whether the user may do anything at all.
    pub enabled: bool,
    /// The groups that the user was put into. One that was deleted since may still stand here, under a name that another
    /// group has now: [`UserPools::is_in_group`](crate::UserPools::is_in_group) and
    /// [`admin_list_groups_for_user`](crate::UserPools::admin_list_groups_for_user) look at those that are there.
    pub memberships: BTreeMap<GroupName, GroupId>,
    /// The logins at outside providers that lead here. Each leads to one user of the pool.
    #[serde(default)]
    pub logins: Vec<Login>,
    /// Sessions of an earlier epoch are over: signing out everywhere raises it.
    pub epoch: u64,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub modified_at: Timestamp,
}

/// The state of users who may do something.
pub(crate) const ENABLED: &str = "Enabled";

/// The state of users who may not.
pub(crate) const DISABLED: &str = "Disabled";

impl User {
    /// Whether nothing differs from this one but how often everything was signed out, which only rises.
    pub(crate) fn only_counts_on(&self, before: &Self) -> bool {
        self.epoch >= before.epoch && self.with_counters_of(before) == *before
    }

    /// The same user, as often signed out and as lately changed as the other.
    pub(crate) fn with_counters_of(&self, other: &Self) -> Self {
        Self { epoch: other.epoch, modified_at: other.modified_at, ..self.clone() }
    }

    /// Whether the user was made by a login at an outside provider. No address signs such a user in: the provider vouches for the
    /// login, and not for whose the address is.
    pub fn is_of_a_provider(&self) -> bool {
        self.logins.iter().any(|login| login.primary)
    }

    /// The attributes as they are shown: with `identities`, which tells the logins.
    pub fn shown_attributes(&self) -> Attributes {
        let identities = login::identities(&self.logins).map(|identities| ("identities".to_owned(), identities));
        self.attributes.clone().into_iter().chain(identities).collect()
    }

    /// Whether the user is enabled, as searches name it.
    pub(crate) fn state(&self) -> &'static str {
        if self.enabled { ENABLED } else { DISABLED }
    }

    /// The address of this kind that a code can prove: the one that shall be the user's, or else the one that is.
    pub fn provable_address(&self, contact: Contact) -> Option<String> {
        self.pending.get(&contact).cloned().or_else(|| self.address(contact))
    }

    /// The user's address of this kind.
    pub fn address(&self, contact: Contact) -> Option<String> {
        self.attributes.get(contact.attribute()).cloned()
    }

    /// Whether the user has proved to own this address.
    pub fn has_verified(&self, contact: Contact) -> bool {
        self.attributes.get(contact.verified_attribute()).is_some_and(|value| value == "true")
    }

    /// Sets `names` to what the pool's rules make of username and attributes. Call it after either has changed. While the pool's
    /// case rule is being changed, a new name is held by both rules; whoever holds one by a single rule, since by the other it
    /// is somebody else's, is kept from nothing.
    pub fn refresh_names(&mut self, pool: &UserPool) {
        let names = self.names_by(pool, pool.case_rule());
        let stays = |kind| self.names.get(&kind).is_some_and(|held| names.get(&kind) == Some(held));
        let others = self.other_names(pool).into_iter().filter_map(|(kind, name)| {
            let otherwise = kind.otherwise()?;
            let name = if stays(kind) { self.names.get(&otherwise).cloned()? } else { name };
            Some((otherwise, name))
        });
        self.names = both(names.clone(), others.collect());
    }

    /// The same, holding every name by both rules.
    pub(crate) fn claim_names(&mut self, pool: &UserPool) {
        let others = self.other_names(pool).into_iter().filter_map(|(kind, name)| Some((kind.otherwise()?, name)));
        self.names = both(self.names_by(pool, pool.case_rule()), others.collect());
    }

    /// The names by the rule that holds beside the one in force.
    fn other_names(&self, pool: &UserPool) -> BTreeMap<NameKind, String> {
        pool.other_case_rule().map(|rule| self.names_by(pool, rule)).unwrap_or_default()
    }

    /// What the pool's rules make of username and attributes, were this its case rule.
    pub(crate) fn names_by(&self, pool: &UserPool, rule: CaseRule) -> BTreeMap<NameKind, String> {
        let mut names = BTreeMap::from([(NameKind::Username, fold(rule, self.username.as_str()))]);
        let mut add = |kind, value: Option<&String>| {
            if let Some(value) = value.map(|value| fold(rule, value))
                && !names.values().any(|other| *other == value)
            {
                names.insert(kind, value);
            }
        };
        let attribute = |contact: Contact| self.attributes.get(contact.attribute());
        let (email, phone) = (attribute(Contact::Email), attribute(Contact::PhoneNumber));
        match &pool.sign_in_names {
            _ if self.is_of_a_provider() => {}
            SignInNames::Username => {}
            SignInNames::UsernameOr(aliases) => {
                add(
                    NameKind::Email,
                    email.filter(|_| aliases.contains(&Alias::Email) && self.has_verified(Contact::Email)),
                );
                let proved = aliases.contains(&Alias::PhoneNumber) && self.has_verified(Contact::PhoneNumber);
                add(NameKind::PhoneNumber, phone.filter(|_| proved));
                let preferred = self.attributes.get("preferred_username");
                let usable = aliases.contains(&Alias::PreferredUsername) && self.status != UserStatus::Unconfirmed;
                add(NameKind::PreferredUsername, preferred.filter(|_| usable));
            }
            SignInNames::Address(contacts) => {
                add(NameKind::Email, email.filter(|_| contacts.contains(&Contact::Email)));
                add(NameKind::PhoneNumber, phone.filter(|_| contacts.contains(&Contact::PhoneNumber)));
            }
        }
        names
    }
}

/// Names, with others that are not among them.
fn both(mut names: BTreeMap<NameKind, String>, others: BTreeMap<NameKind, String>) -> BTreeMap<NameKind, String> {
    for (kind, name) in others {
        if !names.values().any(|own| *own == name) {
            names.insert(kind, name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_prints_neither_hash_nor_verifier() {
        let credential = Credential {
            hash: "$argon2id$secret".to_owned(),
            srp_salt: "5a17".to_owned(),
            sealed_verifier: vec![201, 202],
            srp_name: "ada".to_owned(),
            expires_at: None,
            history: vec!["$argon2id$before".to_owned()],
        };

        let printed = format!("{credential:?}");

        for secret in ["argon2id", "5a17", "201"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }

    #[test]
    fn a_password_is_only_rehashed_if_it_is_the_same_and_nothing_is_remembered_otherwise() {
        let of = |salt: &str, hash: &str| Credential {
            hash: hash.to_owned(),
            srp_salt: salt.to_owned(),
            sealed_verifier: vec![1],
            srp_name: "ada".to_owned(),
            expires_at: None,
            history: vec!["before".to_owned()],
        };
        let before = of("5a17", "old");

        assert!(of("5a17", "new").is_only_rehashed(&before));
        assert!(!of("0000", "new").is_only_rehashed(&before));
        assert!(!Credential { history: Vec::new(), ..of("5a17", "new") }.is_only_rehashed(&before));
        let expires_at = Some(Timestamp::from_epoch_seconds(0));
        assert!(!Credential { expires_at, ..of("5a17", "new") }.is_only_rehashed(&before));
        assert!(before.has_verifier_of("ada") && !before.has_verifier_of("eve"));
        assert!(!Credential { sealed_verifier: Vec::new(), ..before }.has_verifier_of("ada"));
    }
}
