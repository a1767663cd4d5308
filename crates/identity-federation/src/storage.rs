use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use jwt_tokens::SealedKey;

use crate::model::identity::{Identity, Login};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;

/// The records behind one [`IdentityPools`](crate::IdentityPools).
///
/// # Contract
///
/// As of every storage trait here: a commit applies every write or none and is durable after `Ok`; a lookup sees every
/// commit that returned `Ok` before it began; finding nothing is `Ok(None)` or an empty page.
#[async_trait]
pub trait FederationStorage: Send + Sync {
    /// The pool of this id.
    async fn pool(&self, id: &IdentityPoolId) -> Result<Option<Versioned<IdentityPool>>, StorageError>;
    /// Pools by id.
    async fn pools(&self, page: &PageRequest) -> Result<Page<Versioned<IdentityPool>>, StorageError>;
    /// The keys of a pool, in no order.
    async fn keys(&self, pool: &IdentityPoolId) -> Result<Vec<SealedKey>, StorageError>;
    /// The identity of this id.
    async fn identity(&self, id: &IdentityId) -> Result<Option<Versioned<Identity>>, StorageError>;
    /// The identity to which this login leads.
    async fn identity_of(
        &self,
        pool: &IdentityPoolId,
        login: &Login,
    ) -> Result<Option<Versioned<Identity>>, StorageError>;
    /// A pool's identities by id.
    async fn identities(
        &self,
        pool: &IdentityPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Identity>>, StorageError>;
    /// Applies `writes` as one.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError>;
    /// Removes what is left of a deleted pool. Can be called again after it was interrupted.
    async fn purge(&self, pool: &IdentityPoolId) -> Result<(), StorageError>;
}

/// One change, with the condition under which it holds.
#[derive(Clone, Debug)]
pub enum Write {
    /// Adds a pool and its first key. `AlreadyExists` if the id is taken.
    InsertPool(IdentityPool, SealedKey),
    /// Replaces a pool. `Conflict` unless the stored version is this one.
    UpdatePool(u64, IdentityPool),
    /// Removes a pool's record; [`FederationStorage::purge`] removes the rest.
    DeletePool(u64, IdentityPoolId),
    /// Stores a signing key in the place of the one of the same name, if there is one.
    PutKey(IdentityPoolId, SealedKey),
    /// Removes the signing key of this name.
    RemoveKey(IdentityPoolId, String),
    /// Adds an identity. `AlreadyExists` if one of its logins leads to another.
    InsertIdentity(Identity),
    /// Replaces an identity. `Conflict` unless the stored version is the first one's; `AlreadyExists` if a new login
    /// leads to another.
    UpdateIdentity(Versioned<Identity>, Identity),
    /// Removes an identity. `Conflict` unless the stored version is this one.
    DeleteIdentity(Versioned<Identity>),
}
