//! The stored forms of the records: what stands in documents, apart from the structs that the service works with.

mod authorizations;
mod counts;
mod device;
mod factors;
mod identity_provider;
mod import;
mod passkeys;
mod restoration;
mod session;
mod terms;
mod user;

use document_store::error::StorageError;
use document_store::{Stored, Tenant};
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use serde::{Deserialize, Serialize};

use crate::model::cleanup::Cleanup;
use crate::model::client::{AppClient, ClientSettings, SealedSecret};
use crate::model::domain::{DomainName, PoolDomain};
use crate::model::group::Group;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::resource_server::ResourceServer;
use crate::model::risk::RiskConfiguration;

pub(crate) use counts::Counted;
pub(crate) use device::DEVICES_BY_USER;
pub(crate) use factors::StoredSecondFactors;
pub(crate) use identity_provider::provider_entry;
pub(crate) use import::{StoredPart, StoredReport, numbered};
pub(crate) use restoration::{StoredPlan, plan_id};
pub(crate) use session::BY_USER;
pub(crate) use terms::terms_entry;
pub(crate) use user::{BY_GROUP, BY_OWN, StoredPassword, login_entry, own_entry};

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
stored_as_it_is!(ResourceServer, "resource-server", |server| vec![server.id.as_str()]);
stored_as_it_is!(PoolDomain, "domain", |domain| vec![domain.name.as_str()]);
stored_as_it_is!(DomainEntry, "domain", |entry| vec![entry.domain.as_str()]);
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

/// The pool of a domain.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DomainEntry {
    pub(crate) domain: DomainName,
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

/// How a client's secret is stored.
#[derive(Serialize, Deserialize)]
struct SecretForm {
    id: String,
    #[serde(with = "document_store::base64_bytes")]
    sealed: Vec<u8>,
    created_at: Timestamp,
}

impl From<SealedSecret> for SecretForm {
    fn from(secret: SealedSecret) -> Self {
        let SealedSecret { id, sealed, created_at } = secret;
        Self { id, sealed, created_at }
    }
}

impl From<SecretForm> for SealedSecret {
    fn from(form: SecretForm) -> Self {
        let SecretForm { id, sealed, created_at } = form;
        Self { id, sealed, created_at }
    }
}

/// How an app client is stored.
#[derive(Serialize, Deserialize)]
pub struct ClientForm {
    id: ClientId,
    pool: UserPoolId,
    secrets: Vec<SecretForm>,
    settings: ClientSettings,
    #[serde(default)]
    risk: Option<Box<RiskConfiguration>>,
    sso_minutes: i64,
    created_at: Timestamp,
    modified_at: Timestamp,
}

impl Stored for AppClient {
    type Form = ClientForm;
    const KIND: &'static str = "client";
    const VERSION: u32 = 1;

    fn to_form(&self) -> ClientForm {
        let Self { id, pool, secrets, settings, risk, sso_minutes, created_at, modified_at } = self.clone();
        let secrets = secrets.into_iter().map(SecretForm::from).collect();
        ClientForm { id, pool, secrets, settings, risk, sso_minutes, created_at, modified_at }
    }

    fn from_form(form: ClientForm) -> Result<Self, StorageError> {
        let ClientForm { id, pool, secrets, settings, risk, sso_minutes, created_at, modified_at } = form;
        let secrets = secrets.into_iter().map(SealedSecret::from).collect();
        Ok(Self { id, pool, secrets, settings, risk, sso_minutes, created_at, modified_at })
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
