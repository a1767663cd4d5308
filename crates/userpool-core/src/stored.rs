//! The stored forms of the records: what stands in documents, apart from the structs that the service works with.

mod counts;
mod session;
mod user;

use document_store::error::StorageError;
use document_store::{Stored, Tenant};
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use serde::{Deserialize, Serialize};

use crate::model::cleanup::Cleanup;
use crate::model::client::{AppClient, ClientSettings};
use crate::model::group::Group;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::risk::RiskConfiguration;

pub(crate) use counts::Counted;
pub(crate) use session::BY_USER;
pub(crate) use user::{BY_GROUP, BY_OWN, StoredPassword, own_entry};

/// A pool with everything in it.
pub(crate) fn tenant(pool: &UserPoolId) -> Tenant {
    Tenant::new("user-pool", pool.as_str())
}

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
    #[serde(default)]
    usage: KeyUse,
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
        let SealedKey { kid, algorithm, usage, sealed_pkcs8, created_at, signs_from, retires_at } = self.0.clone();
        KeyForm { kid, algorithm, usage, sealed_pkcs8, created_at, signs_from, retires_at }
    }

    fn from_form(form: KeyForm) -> Result<Self, StorageError> {
        let KeyForm { kid, algorithm, usage, sealed_pkcs8, created_at, signs_from, retires_at } = form;
        Ok(Self(SealedKey { kid, algorithm, usage, sealed_pkcs8, created_at, signs_from, retires_at }))
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
    #[serde(default)]
    risk: Option<Box<RiskConfiguration>>,
    created_at: Timestamp,
    modified_at: Timestamp,
}

impl Stored for AppClient {
    type Form = ClientForm;
    const KIND: &'static str = "client";
    const VERSION: u32 = 1;

    fn to_form(&self) -> ClientForm {
        let Self { id, pool, sealed_secret, settings, risk, created_at, modified_at } = self.clone();
        ClientForm { id, pool, sealed_secret: sealed_secret.map(Bytes), settings, risk, created_at, modified_at }
    }

    fn from_form(form: ClientForm) -> Result<Self, StorageError> {
        let ClientForm { id, pool, sealed_secret, settings, risk, created_at, modified_at } = form;
        let sealed_secret = sealed_secret.map(|Bytes(sealed)| sealed);
        Ok(Self { id, pool, sealed_secret, settings, risk, created_at, modified_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.id.as_str()]
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
