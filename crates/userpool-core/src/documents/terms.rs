//! Terms over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::terms::{Terms, TermsId, TermsName};
use crate::storage::{TermsOfClients, TermsWrite};
use crate::stored::{tenant, terms_entry};

#[async_trait]
impl<S: DocumentStore> TermsOfClients for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, id: &TermsId) -> Result<Option<Versioned<Terms>>, StorageError> {
        self.0.record(&tenant(pool), &[id.as_str()]).await
    }

    async fn of_client(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        name: TermsName,
    ) -> Result<Option<Versioned<Terms>>, StorageError> {
        self.0.named(&tenant(pool), &terms_entry(client, name)).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Terms>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &TermsWrite) -> Result<(), StorageError> {
    match write {
        TermsWrite::Insert { terms } => changes.insert(&tenant(&terms.pool), terms),
        TermsWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        TermsWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}
