//! Domains over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::directory::domain_directory;
use crate::model::domain::{DomainName, PoolDomain};
use crate::model::ids::UserPoolId;
use crate::storage::{DomainAndPool, DomainWrite, Domains};
use crate::stored::{DomainEntry, tenant};

#[async_trait]
impl<S: DocumentStore> Domains for DocumentUserPools<S> {
    async fn with_pool(&self, name: &DomainName) -> Result<Option<DomainAndPool>, StorageError> {
        let found = self.0.record::<DomainEntry>(&domain_directory(), &[name.as_str()]).await?;
        let Some(entry) = found else { return Ok(None) };
        let (domain, pool) = self.0.pair(&tenant(&entry.pool), &[name.as_str()], &[]).await?;
        Ok(domain.zip(pool))
    }

    async fn of_pool(&self, pool: &UserPoolId) -> Result<Vec<Versioned<PoolDomain>>, StorageError> {
        self.0.all(&tenant(pool)).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &DomainWrite) -> Result<(), StorageError> {
    match write {
        DomainWrite::Insert { domain } => changes.insert(&tenant(&domain.pool), domain),
        DomainWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        DomainWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}
