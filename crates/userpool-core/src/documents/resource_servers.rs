//! Resource servers over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Key, Records, Versioned};

use super::DocumentUserPools;
use crate::model::ids::UserPoolId;
use crate::model::resource_server::{ResourceServer, ResourceServerId};
use crate::storage::{ResourceServerWrite, ResourceServers};
use crate::stored::tenant;

#[async_trait]
impl<S: DocumentStore> ResourceServers for DocumentUserPools<S> {
    async fn get(
        &self,
        pool: &UserPoolId,
        id: &ResourceServerId,
    ) -> Result<Option<Versioned<ResourceServer>>, StorageError> {
        self.0.record(&tenant(pool), &[id.as_str()]).await
    }

    async fn get_many(
        &self,
        pool: &UserPoolId,
        ids: &[&ResourceServerId],
    ) -> Result<Vec<Versioned<ResourceServer>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = ids.iter().map(|id| tenant.record::<ResourceServer>(&[id.as_str()])).collect();
        self.0.records(&keys).await
    }

    async fn list(
        &self,
        pool: &UserPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<ResourceServer>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &ResourceServerWrite) -> Result<(), StorageError> {
    match write {
        ResourceServerWrite::Insert { server } => changes.insert(&tenant(&server.pool), server),
        ResourceServerWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        ResourceServerWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}
