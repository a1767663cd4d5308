//! Outside providers over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Key, Records, Versioned};

use super::DocumentUserPools;
use crate::model::identity_provider::{IdentityProvider, ProviderIdentifier, ProviderName};
use crate::model::ids::UserPoolId;
use crate::storage::{IdentityProviderWrite, IdentityProviders};
use crate::stored::{provider_entry, tenant};

#[async_trait]
impl<S: DocumentStore> IdentityProviders for DocumentUserPools<S> {
    async fn get(
        &self,
        pool: &UserPoolId,
        name: &ProviderName,
    ) -> Result<Option<Versioned<IdentityProvider>>, StorageError> {
        self.0.record(&tenant(pool), &[name.as_str()]).await
    }

    async fn identified(
        &self,
        pool: &UserPoolId,
        identifier: &ProviderIdentifier,
    ) -> Result<Option<Versioned<IdentityProvider>>, StorageError> {
        self.0.named(&tenant(pool), &provider_entry(identifier)).await
    }

    async fn get_many(
        &self,
        pool: &UserPoolId,
        names: &[&ProviderName],
    ) -> Result<Vec<Versioned<IdentityProvider>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = names.iter().map(|name| tenant.record::<IdentityProvider>(&[name.as_str()])).collect();
        self.0.records(&keys).await
    }

    async fn list(
        &self,
        pool: &UserPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<IdentityProvider>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &IdentityProviderWrite) -> Result<(), StorageError> {
    match write {
        IdentityProviderWrite::Insert { provider } => changes.insert(&tenant(&provider.pool), provider),
        IdentityProviderWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        IdentityProviderWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}
