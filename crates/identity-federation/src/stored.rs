//! The stored forms of the records.

use document_store::error::StorageError;
use document_store::{Name, Stored};
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use serde::{Deserialize, Serialize};

use crate::model::identity::{Identity, Login};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;

impl Stored for IdentityPool {
    type Form = Self;
    const KIND: &'static str = "pool";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Stored for Identity {
    type Form = Self;
    const KIND: &'static str = "identity";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![self.id.as_str()]
    }

    fn names(&self) -> Vec<Name> {
        self.logins.iter().map(|login| Name { name: login_name(login), label: "login" }).collect()
    }
}

/// A login as one name: the provider's length tells where the subject begins.
pub(crate) fn login_name(login: &Login) -> String {
    format!("{}:{}:{}", login.provider.len(), login.provider, login.subject)
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

/// That there is a pool: what pools are listed by.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PoolEntry {
    pub(crate) pool: IdentityPoolId,
}

impl Stored for PoolEntry {
    type Form = Self;
    const KIND: &'static str = "pool";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![self.pool.as_str()]
    }
}

/// The pool of an identity, whose id does not tell it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IdentityEntry {
    pub(crate) identity: IdentityId,
    pub(crate) pool: IdentityPoolId,
}

impl Stored for IdentityEntry {
    type Form = Self;
    const KIND: &'static str = "identity";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![self.identity.as_str()]
    }
}
