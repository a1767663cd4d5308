//! What a user pool asks of a storage for domains.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;

use crate::model::domain::{DomainName, PoolDomain};
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;

/// A domain and the pool that it leads to.
pub type DomainAndPool = (Versioned<PoolDomain>, Versioned<UserPool>);

/// Looks domains up.
#[async_trait]
pub trait Domains: Send + Sync {
    /// The domain of this name, of whatever pool, with that pool.
    async fn with_pool(&self, name: &DomainName) -> Result<Option<DomainAndPool>, StorageError>;
    /// A pool's domains by name.
    async fn of_pool(&self, pool: &UserPoolId) -> Result<Vec<Versioned<PoolDomain>>, StorageError>;
}

/// A change of a domain.
#[derive(Clone, Debug)]
pub enum DomainWrite {
    /// Adds a domain. `AlreadyExists` if any pool has one of this name.
    Insert {
        /// The domain.
        domain: PoolDomain,
    },
    /// Replaces a domain. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<PoolDomain>,
        /// As it is to be.
        after: PoolDomain,
    },
    /// Removes a domain. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<PoolDomain>,
    },
}
