use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Records, Tenant, Versioned};

use crate::documents::DocumentVending;
use crate::model::managed_policy::ManagedPolicy;
use crate::storage::{ManagedPolicies, ManagedPolicyWrite};
use crate::stored::StoredPolicy;

#[async_trait]
impl<S: DocumentStore> ManagedPolicies for DocumentVending<S> {
    async fn named(&self, names: &[&str]) -> Result<Vec<Versioned<ManagedPolicy>>, StorageError> {
        let key = |name: &&str| self.tenant.record::<StoredPolicy>(&[&name.to_lowercase()]);
        let found = self.store.records::<StoredPolicy>(&names.iter().map(key).collect::<Vec<_>>()).await?;
        Ok(found.into_iter().map(|found| found.map(|stored| stored.policy)).collect())
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<ManagedPolicy>>, StorageError> {
        let found = self.store.list::<StoredPolicy>(&self.tenant, page).await?;
        Ok(found.map(|found| found.map(|stored| stored.policy)))
    }
}

pub(super) fn add(changes: &mut Changes, tenant: &Tenant, write: ManagedPolicyWrite) -> Result<(), StorageError> {
    match write {
        ManagedPolicyWrite::Insert { policy } => changes.insert(tenant, &StoredPolicy::new(policy)),
        ManagedPolicyWrite::Update { before, after } => {
            changes.update(tenant, &before.map(StoredPolicy::new), &StoredPolicy::new(after))
        }
        ManagedPolicyWrite::Delete { before } => changes.remove(tenant, &before.map(StoredPolicy::new)),
    }
}
