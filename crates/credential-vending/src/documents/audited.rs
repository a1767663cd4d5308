use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{DocumentStore, Records as _};

use super::DocumentVending;
use crate::model::AuditedSession;
use crate::storage::AuditedSessions;

#[async_trait]
impl<S: DocumentStore> AuditedSessions for DocumentVending<S> {
    async fn of(&self, access_key_ids: &[&str]) -> Result<Vec<AuditedSession>, StorageError> {
        let keys: Vec<_> = access_key_ids.iter().map(|id| self.tenant.record::<AuditedSession>(&[id])).collect();
        let found = self.store.records::<AuditedSession>(&keys).await?;
        Ok(found.into_iter().map(|found| found.record).collect())
    }
}
