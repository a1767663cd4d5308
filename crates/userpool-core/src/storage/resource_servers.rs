//! What a user pool asks of a storage for resource servers.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::ids::UserPoolId;
use crate::model::resource_server::{ResourceServer, ResourceServerId};

/// Looks resource servers up.
#[async_trait]
pub trait ResourceServers: Send + Sync {
    /// The resource server of this identifier.
    async fn get(
        &self,
        pool: &UserPoolId,
        id: &ResourceServerId,
    ) -> Result<Option<Versioned<ResourceServer>>, StorageError>;
    /// The resource servers of these identifiers that are there, in no order. One read.
    async fn get_many(
        &self,
        pool: &UserPoolId,
        ids: &[&ResourceServerId],
    ) -> Result<Vec<Versioned<ResourceServer>>, StorageError>;
    /// A pool's resource servers by identifier.
    async fn list(
        &self,
        pool: &UserPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<ResourceServer>>, StorageError>;
}

/// A change of a resource server.
#[derive(Clone, Debug)]
pub enum ResourceServerWrite {
    /// Adds a resource server. `AlreadyExists` if the pool has one of this identifier.
    Insert {
        /// The resource server.
        server: ResourceServer,
    },
    /// Replaces a resource server. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<ResourceServer>,
        /// As it is to be.
        after: ResourceServer,
    },
    /// Removes a resource server. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<ResourceServer>,
    },
}
