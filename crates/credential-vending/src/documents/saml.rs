//! SAML identity providers over a document store.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Records, Tenant, Versioned};

use super::DocumentVending;
use crate::model::saml::{SamlProvider, UsedAssertion};
use crate::storage::{SamlProviders, SamlWrite};

pub(super) fn add(changes: &mut Changes, tenant: &Tenant, write: SamlWrite) -> Result<(), StorageError> {
    match write {
        SamlWrite::Insert { provider } => changes.insert(tenant, &provider),
        SamlWrite::Update { before, after } => changes.update(tenant, &before, &after),
        SamlWrite::Delete { before } => changes.remove(tenant, &before),
        SamlWrite::Use { used } => changes.insert(tenant, &used),
    }
}

#[async_trait]
impl<S: DocumentStore> SamlProviders for DocumentVending<S> {
    async fn get(&self, arn: &str) -> Result<Option<Versioned<SamlProvider>>, StorageError> {
        self.store.record(&self.tenant, &[arn]).await
    }

    async fn is_used(&self, arn: &str, assertion: &str) -> Result<bool, StorageError> {
        Ok(self.store.record::<UsedAssertion>(&self.tenant, &[arn, assertion]).await?.is_some())
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<SamlProvider>>, StorageError> {
        self.store.list(&self.tenant, page).await
    }
}
