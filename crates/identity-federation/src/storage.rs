//! What identity pools ask of a storage backend.

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
/// - [`commit`](Self::commit) applies every write or none; after `Ok` all of them are durable. Its writes are all of one
///   pool. A refusal names the write by its place.
/// - A lookup sees every commit that returned `Ok` before the lookup began.
/// - Finding nothing is `Ok(None)` or an empty page. `Err` means that the backend failed.
/// - Pages come in the order that the lookup names. A page's `limit` of 0 is 60. A page's token stays good whatever is added
///   or removed meanwhile.
///
/// `storage_conformance::federation_rules!` holds a backend to each rule.
/// [`DocumentFederation`](crate::DocumentFederation) is an implementation over any document store.
#[async_trait]
pub trait FederationStorage: Send + Sync {
    /// Pools and their keys.
    fn pools(&self) -> &dyn Pools;
    /// Identities and the logins that lead to them.
    fn identities(&self) -> &dyn Identities;
    /// Applies `writes` as one.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError>;
    /// Removes up to `limit` records of what is left of a deleted pool, and says how many they were: 0 when nothing is left.
    /// Can be called again after it was interrupted.
    async fn purge(&self, pool: &IdentityPoolId, limit: usize) -> Result<usize, StorageError>;
}

/// Looks pools up.
#[async_trait]
pub trait Pools: Send + Sync {
    /// The pool of this id.
    async fn get(&self, id: &IdentityPoolId) -> Result<Option<Versioned<IdentityPool>>, StorageError>;
    /// Pools by id.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<IdentityPool>>, StorageError>;
    /// All signing keys of a pool, in no order.
    async fn keys(&self, pool: &IdentityPoolId) -> Result<Vec<Versioned<SealedKey>>, StorageError>;
}

/// Looks identities up.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The identity of this id.
    async fn get(&self, id: &IdentityId) -> Result<Option<Versioned<Identity>>, StorageError>;
    /// The identities to which these logins lead, each once, in no order; logins that lead nowhere are passed over.
    async fn of_logins(
        &self,
        pool: &IdentityPoolId,
        logins: &[&Login],
    ) -> Result<Vec<Versioned<Identity>>, StorageError>;
    /// A pool's identities by id.
    async fn list(&self, pool: &IdentityPoolId, page: &PageRequest) -> Result<Page<Versioned<Identity>>, StorageError>;
}

/// One change, with the condition under which it holds.
///
/// Exhaustive on purpose: a backend that does not know a new write should not compile.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum Write {
    /// Of a pool.
    Pool(PoolWrite),
    /// Of a pool's signing key.
    Key(KeyWrite),
    /// Of an identity.
    Identity(IdentityWrite),
}

/// A change of a pool.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum PoolWrite {
    /// Adds a pool. `AlreadyExists` if the id is taken.
    Insert {
        /// The pool.
        pool: IdentityPool,
    },
    /// Replaces a pool. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<IdentityPool>,
        /// As it is to be.
        after: IdentityPool,
    },
    /// Changes nothing. `Conflict` unless the pool stands as it was read.
    Expect {
        /// As it was read.
        before: Versioned<IdentityPool>,
    },
    /// Removes a pool's record; [`FederationStorage::purge`] removes the rest. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<IdentityPool>,
    },
}

/// A change of a pool's signing key.
#[derive(Clone, Debug)]
pub enum KeyWrite {
    /// Stores a key in the place of the one of the same name, if there is one.
    Put {
        /// The pool that it belongs to.
        pool: IdentityPoolId,
        /// The key.
        key: SealedKey,
    },
    /// Replaces a key, or removes it. `Conflict` unless it stands as it was read.
    Change {
        /// The pool that it belongs to.
        pool: IdentityPoolId,
        /// As it was read.
        before: Versioned<SealedKey>,
        /// As it is to be, of the same name; `None` to remove it.
        after: Option<SealedKey>,
    },
    /// Removes a key; nothing happens if there is none of this name.
    Remove {
        /// The pool that it belongs to.
        pool: IdentityPoolId,
        /// The key's name.
        kid: String,
    },
}

/// A change of an identity.
#[derive(Clone, Debug)]
pub enum IdentityWrite {
    /// Adds an identity. `AlreadyExists` if the id is taken, in any pool, or one of its logins leads to another; of a login,
    /// with `login` as condition.
    Insert {
        /// The identity.
        identity: Identity,
    },
    /// Replaces an identity. `Conflict` unless it stands as it was read; `AlreadyExists`, with `login` as condition, if a
    /// new login leads to another.
    Update {
        /// As it was read.
        before: Versioned<Identity>,
        /// As it is to be.
        after: Identity,
    },
    /// Removes an identity. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<Identity>,
    },
}

macro_rules! from_subject {
    ($($write:ident => $variant:ident),* $(,)?) => {
        $(impl From<$write> for Write {
            fn from(write: $write) -> Self {
                Self::$variant(write)
            }
        })*
    };
}

from_subject! { PoolWrite => Pool, KeyWrite => Key, IdentityWrite => Identity }
