//! The stored forms of the records: what stands in documents, apart from the structs that the service works with.

use std::collections::BTreeMap;

use document_store::error::StorageError;
use document_store::{Index, Name, Stored};
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, SealedKey};
use serde::{Deserialize, Serialize};

use crate::model::attempts::Attempts;
use crate::model::attributes::Attributes;
use crate::model::cleanup::Cleanup;
use crate::model::client::{AppClient, ClientSettings};
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{ClientId, GroupId, GroupName, Subject, UserPoolId, Username};
use crate::model::pool::{Contact, Mark, UserPool};
use crate::model::session::{Grant, Session};
use crate::model::user::{Credential, NameKind, User, UserStatus};

/// A struct that is stored as it is.
macro_rules! stored_as_it_is {
    ($record:ty, $kind:literal, |$it:ident| $id:expr) => {
        impl Stored for $record {
            type Form = Self;
            const KIND: &'static str = $kind;
            const VERSION: u32 = 1;

            fn to_form(&self) -> Self {
                self.clone()
            }

            fn from_form(form: Self) -> Result<Self, StorageError> {
                Ok(form)
            }

            fn id(&self) -> Vec<&str> {
                let $it = self;
                $id
            }
        }
    };
}

stored_as_it_is!(UserPool, "pool", |_pool| Vec::new());
stored_as_it_is!(Group, "group", |group| vec![group.name.as_str()]);
stored_as_it_is!(PoolEntry, "pool", |entry| vec![entry.pool.as_str()]);
stored_as_it_is!(ClientEntry, "client", |entry| vec![entry.client.as_str()]);

/// That there is a pool: what pools are listed by.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PoolEntry {
    pub(crate) pool: UserPoolId,
}

/// The pool of a client, whose id does not tell it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ClientEntry {
    pub(crate) client: ClientId,
    pub(crate) pool: UserPoolId,
}

/// A signing key, under its name.
pub(crate) struct StoredKey(pub(crate) SealedKey);

#[derive(Serialize, Deserialize)]
pub(crate) struct KeyForm {
    kid: String,
    algorithm: Algorithm,
    #[serde(with = "document_store::base64_bytes")]
    sealed_pkcs8: Vec<u8>,
    created_at: Timestamp,
    signs_from: Timestamp,
    retires_at: Option<Timestamp>,
}

impl Stored for StoredKey {
    type Form = KeyForm;
    const KIND: &'static str = "key";
    const VERSION: u32 = 1;

    fn to_form(&self) -> KeyForm {
        let SealedKey { kid, algorithm, sealed_pkcs8, created_at, signs_from, retires_at } = self.0.clone();
        KeyForm { kid, algorithm, sealed_pkcs8, created_at, signs_from, retires_at }
    }

    fn from_form(form: KeyForm) -> Result<Self, StorageError> {
        let KeyForm { kid, algorithm, sealed_pkcs8, created_at, signs_from, retires_at } = form;
        Ok(Self(SealedKey { kid, algorithm, sealed_pkcs8, created_at, signs_from, retires_at }))
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.0.kid]
    }
}

/// Bytes as Base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Bytes(#[serde(with = "document_store::base64_bytes")] Vec<u8>);

/// How an app client is stored.
#[derive(Serialize, Deserialize)]
pub struct ClientForm {
    id: ClientId,
    pool: UserPoolId,
    sealed_secret: Option<Bytes>,
    settings: ClientSettings,
    created_at: Timestamp,
    modified_at: Timestamp,
}

impl Stored for AppClient {
    type Form = ClientForm;
    const KIND: &'static str = "client";
    const VERSION: u32 = 1;

    fn to_form(&self) -> ClientForm {
        let Self { id, pool, sealed_secret, settings, created_at, modified_at } = self.clone();
        ClientForm { id, pool, sealed_secret: sealed_secret.map(Bytes), settings, created_at, modified_at }
    }

    fn from_form(form: ClientForm) -> Result<Self, StorageError> {
        let ClientForm { id, pool, sealed_secret, settings, created_at, modified_at } = form;
        let sealed_secret = sealed_secret.map(|Bytes(sealed)| sealed);
        Ok(Self { id, pool, sealed_secret, settings, created_at, modified_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.id.as_str()]
    }
}

/// How a user is stored.
#[derive(Serialize, Deserialize)]
pub struct UserForm {
    pool: UserPoolId,
    sub: Subject,
    username: Username,
    names: BTreeMap<NameKind, String>,
    attributes: Attributes,
    pending: BTreeMap<Contact, String>,
    status: UserStatus,
    enabled: bool,
    memberships: BTreeMap<GroupName, GroupId>,
    epoch: u64,
    created_at: Timestamp,
    modified_at: Timestamp,
}

/// A password, with whose it is.
pub(crate) struct StoredPassword {
    pub(crate) sub: Subject,
    pub(crate) credential: Credential,
}

/// How a password is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct PasswordForm {
    sub: Subject,
    hash: String,
    srp_salt: String,
    sealed_verifier: Bytes,
    expires_at: Option<Timestamp>,
}

impl Stored for StoredPassword {
    type Form = PasswordForm;
    const KIND: &'static str = "password";
    const VERSION: u32 = 1;

    fn to_form(&self) -> PasswordForm {
        let Credential { hash, srp_salt, sealed_verifier, expires_at } = self.credential.clone();
        PasswordForm { sub: self.sub.clone(), hash, srp_salt, sealed_verifier: Bytes(sealed_verifier), expires_at }
    }

    fn from_form(form: PasswordForm) -> Result<Self, StorageError> {
        let PasswordForm { sub, hash, srp_salt, sealed_verifier: Bytes(sealed_verifier), expires_at } = form;
        Ok(Self { sub, credential: Credential { hash, srp_salt, sealed_verifier, expires_at } })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }
}

/// An index by an attribute of the same name.
macro_rules! by_attribute {
    ($attribute:literal) => {
        Index {
            name: $attribute,
            since: 1,
            values: |user| user.attributes.get($attribute).cloned().into_iter().collect(),
        }
    };
}

/// The users of a group.
pub(crate) const BY_GROUP: Index<User> =
    Index { name: "group", since: 1, values: |user| user.memberships.values().map(ToString::to_string).collect() };

/// One for each of [`SEARCHABLE`](crate::storage::SEARCHABLE), in its order, and the members of groups.
const USER_INDEXES: [Index<User>; 8] = [
    by_attribute!("email"),
    by_attribute!("family_name"),
    by_attribute!("given_name"),
    by_attribute!("name"),
    by_attribute!("phone_number"),
    by_attribute!("preferred_username"),
    Index { name: "username", since: 1, values: |user| vec![user.username.to_string()] },
    BY_GROUP,
];

impl Stored for User {
    type Form = UserForm;
    const KIND: &'static str = "user";
    const VERSION: u32 = 1;

    fn to_form(&self) -> UserForm {
        let Self {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            epoch,
            created_at,
            modified_at,
        } = self.clone();
        UserForm {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            epoch,
            created_at,
            modified_at,
        }
    }

    fn from_form(form: UserForm) -> Result<Self, StorageError> {
        let UserForm {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            epoch,
            created_at,
            modified_at,
        } = form;
        Ok(Self {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            epoch,
            created_at,
            modified_at,
        })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }

    fn names(&self) -> Vec<Name> {
        self.names.iter().map(|(kind, name)| Name { name: name.clone(), label: kind.label() }).collect()
    }

    fn indexes() -> &'static [Index<Self>] {
        &USER_INDEXES
    }
}

/// How a session is stored.
#[derive(Serialize, Deserialize)]
pub struct SessionForm {
    pool: UserPoolId,
    id: String,
    sub: Subject,
    client: ClientId,
    epoch: u64,
    mark: Mark,
    auth_time: Timestamp,
    event_id: String,
    grant: Grant,
    expires_at: Timestamp,
    refresh_seed: String,
    generation: u32,
    rotated_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// The sessions of a user.
pub(crate) const BY_USER: Index<Session> =
    Index { name: "user", since: 1, values: |session| vec![session.sub.to_string()] };

impl Stored for Session {
    type Form = SessionForm;
    const KIND: &'static str = "session";
    const VERSION: u32 = 1;

    fn to_form(&self) -> SessionForm {
        let Self {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        } = self.clone();
        SessionForm {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        }
    }

    fn from_form(form: SessionForm) -> Result<Self, StorageError> {
        let SessionForm {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        } = form;
        Ok(Self {
            pool,
            id,
            sub,
            client,
            epoch,
            mark,
            auth_time,
            event_id,
            grant,
            expires_at,
            refresh_seed,
            generation,
            rotated_at,
            revoked_at,
        })
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.id]
    }

    fn indexes() -> &'static [Index<Self>] {
        &[BY_USER]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.expires_at.epoch_millis())
    }
}

/// How a one-time code is stored.
#[derive(Serialize, Deserialize)]
pub struct CodeForm {
    pool: UserPoolId,
    sub: Subject,
    purpose: CodePurpose,
    contact: Contact,
    address: String,
    hash: Bytes,
    mark: Mark,
    requested_from: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Stored for Code {
    type Form = CodeForm;
    const KIND: &'static str = "code";
    const VERSION: u32 = 1;

    fn to_form(&self) -> CodeForm {
        let Self { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at } =
            self.clone();
        let hash = Bytes(hash);
        CodeForm { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at }
    }

    fn from_form(form: CodeForm) -> Result<Self, StorageError> {
        let CodeForm { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at } =
            form;
        let Bytes(hash) = hash;
        Ok(Self { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str(), self.purpose.label()]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.expires_at.epoch_millis())
    }
}

/// What a deletion left to be removed, under its name.
pub(crate) struct StoredCleanup {
    name: String,
    pub(crate) cleanup: Cleanup,
}

impl From<Cleanup> for StoredCleanup {
    fn from(cleanup: Cleanup) -> Self {
        Self { name: cleanup.name(), cleanup }
    }
}

impl Stored for StoredCleanup {
    type Form = Cleanup;
    const KIND: &'static str = "cleanup";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Cleanup {
        self.cleanup.clone()
    }

    fn from_form(form: Cleanup) -> Result<Self, StorageError> {
        Ok(form.into())
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

/// What is counted under a name.
pub(crate) struct Counted<T> {
    pub(crate) name: String,
    pub(crate) count: T,
}

/// What is counted, with the name that it stands under.
#[derive(Serialize, Deserialize)]
pub(crate) struct CountedForm<T> {
    name: String,
    #[serde(flatten)]
    count: T,
}

/// A count that is stored under its name, and of no use from some time on.
macro_rules! counted {
    ($count:ty, $kind:literal, |$it:ident| $ends:expr) => {
        impl Stored for Counted<$count> {
            type Form = CountedForm<$count>;
            const KIND: &'static str = $kind;
            const VERSION: u32 = 1;

            fn to_form(&self) -> Self::Form {
                CountedForm { name: self.name.clone(), count: self.count.clone() }
            }

            fn from_form(form: Self::Form) -> Result<Self, StorageError> {
                Ok(Self { name: form.name, count: form.count })
            }

            fn id(&self) -> Vec<&str> {
                vec![&self.name]
            }

            fn ends_at_millis(&self) -> Option<i64> {
                let $it = &self.count;
                $ends
            }
        }
    };
}

counted!(Attempts, "attempts", |attempts| attempts.forgiven_at().map(end_of_day));
counted!(CodeBudget, "code-budget", |budget| Some(budget.whole_at().epoch_millis()));

/// The end of the day, in milliseconds: tries of one day under one name end at one time, however often they are forgotten
/// and begin anew. What says when they end is one document then, and not one for each sign-in.
fn end_of_day(time: Timestamp) -> i64 {
    const DAY: i64 = 86_400_000;
    time.epoch_millis().div_euclid(DAY).saturating_add(1).saturating_mul(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SEARCHABLE;

    #[test]
    fn every_searchable_attribute_has_an_index_of_its_name() {
        let names: Vec<&str> = User::indexes().iter().map(|index| index.name).collect();

        assert_eq!(names[..SEARCHABLE.len()], SEARCHABLE);
    }
}
