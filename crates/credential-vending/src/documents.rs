//! [`VendingStorage`] over any document store.

mod audited;
mod managed_policies;
mod saml;

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Match, Records, Tenant, Versioned, sweep};
use identity_kernel::time::Timestamp;

use crate::model::{NumberedKey, OidcProvider, OperatorKey, Revocation, Revoked, Role};
use crate::storage::{
    AuditedSessions, AuditedWrite, ManagedPolicies, OidcProviderWrite, OidcProviders, OperatorWrite, Operators,
    RevocationWrite, Revocations, RoleWrite, Roles, SamlProviders, VendingKeyTimes, VendingKeysWrite, VendingStorage,
    Write,
};
use crate::stored::{ROLES_BY_POLICY, StoredKeyTimes, StoredRevocation, StoredRole};

/// [`VendingStorage`] over a [`DocumentStore`]: one account's records, in the namespace `vending`.
#[derive(Clone, Debug)]
pub struct DocumentVending<S> {
    store: S,
    tenant: Tenant,
}

impl<S: DocumentStore> DocumentVending<S> {
    /// Keeps the records of a store's only account in `store`, beside whatever else is there.
    pub fn new(store: S) -> Self {
        Self::of_account(store, "only")
    }

    /// Keeps the records of one account of several in `store`.
    pub fn of_account(store: S, account: &str) -> Self {
        Self { store, tenant: Tenant::new("vending", account) }
    }

    /// Removes up to `limit` revocations that have nothing left to revoke, what says that assertions were used that have
    /// expired, and what was kept of sessions long enough. Whether there are more: for a job in the background.
    ///
    /// # Errors
    ///
    /// As the store's.
    pub async fn sweep(&self, now: Timestamp, limit: usize) -> Result<bool, StorageError> {
        sweep(&self.store, &self.tenant, now.epoch_millis(), limit).await
    }

    fn add(&self, changes: &mut Changes, write: Write) -> Result<(), StorageError> {
        let tenant = &self.tenant;
        match write {
            Write::Role(RoleWrite::Insert { role }) => changes.insert(tenant, &StoredRole::new(role)),
            Write::Role(RoleWrite::Update { before, after }) => {
                changes.update(tenant, &before.map(StoredRole::new), &StoredRole::new(after))
            }
            Write::Role(RoleWrite::Delete { before }) => changes.remove(tenant, &before.map(StoredRole::new)),
            Write::ManagedPolicy(write) => managed_policies::add(changes, tenant, write),
            Write::OidcProvider(OidcProviderWrite::Insert { provider }) => changes.insert(tenant, &provider),
            Write::OidcProvider(OidcProviderWrite::Delete { before }) => changes.remove(tenant, &before),
            Write::Saml(write) => saml::add(changes, tenant, write),
            Write::Operator(OperatorWrite::Put { key }) => changes.put(tenant, &key),
            Write::Operator(OperatorWrite::Update { before, after }) => changes.update(tenant, &before, &after),
            Write::Operator(OperatorWrite::Delete { before }) => changes.remove(tenant, &before),
            Write::Revocation(RevocationWrite::Put { revocation }) => {
                changes.put(tenant, &StoredRevocation::new(revocation))
            }
            Write::Revocation(RevocationWrite::Forget { what }) => {
                changes.clear::<StoredRevocation>(tenant, &[&what.label()]);
                Ok(())
            }
            Write::Audited(AuditedWrite::Insert { session }) => changes.insert(tenant, &session),
            Write::VendingKeys(VendingKeysWrite::Set { before: None, after }) => {
                changes.insert(tenant, &StoredKeyTimes(after))
            }
            Write::VendingKeys(VendingKeysWrite::Set { before: Some(before), after }) => {
                changes.update(tenant, &before.map(StoredKeyTimes), &StoredKeyTimes(after))
            }
        }
    }
}

#[async_trait]
impl<S: DocumentStore> VendingStorage for DocumentVending<S> {
    fn roles(&self) -> &dyn Roles {
        self
    }

    fn managed_policies(&self) -> &dyn ManagedPolicies {
        self
    }

    fn oidc_providers(&self) -> &dyn OidcProviders {
        self
    }

    fn saml_providers(&self) -> &dyn SamlProviders {
        self
    }

    fn operators(&self) -> &dyn Operators {
        self
    }

    fn revocations(&self) -> &dyn Revocations {
        self
    }

    fn audited(&self) -> &dyn AuditedSessions {
        self
    }

    fn vending_keys(&self) -> &dyn VendingKeyTimes {
        self
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let mut changes = Changes::default();
        for (at, write) in writes.into_iter().enumerate() {
            self.add(changes.write(at), write)?;
        }
        changes.commit(&self.store).await
    }
}

#[async_trait]
impl<S: DocumentStore> Roles for DocumentVending<S> {
    async fn get(&self, name: &str) -> Result<Option<Versioned<Role>>, StorageError> {
        let found = self.store.record::<StoredRole>(&self.tenant, &[&name.to_lowercase()]).await?;
        Ok(found.map(|found| found.map(|stored| stored.role)))
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<Role>>, StorageError> {
        let found = self.store.list::<StoredRole>(&self.tenant, page).await?;
        Ok(found.map(|found| found.map(|stored| stored.role)))
    }

    async fn of_policy(&self, arn: &str, page: &PageRequest) -> Result<Page<Versioned<Role>>, StorageError> {
        let found = self.store.search(&self.tenant, &ROLES_BY_POLICY, Match::Exactly(arn), page).await?;
        Ok(found.map(|found| found.map(|stored| stored.role)))
    }
}

#[async_trait]
impl<S: DocumentStore> OidcProviders for DocumentVending<S> {
    async fn get(&self, arn: &str) -> Result<Option<Versioned<OidcProvider>>, StorageError> {
        self.store.record(&self.tenant, &[arn]).await
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<OidcProvider>>, StorageError> {
        self.store.list(&self.tenant, page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Operators for DocumentVending<S> {
    async fn get(&self, access_key_id: &str) -> Result<Option<Versioned<OperatorKey>>, StorageError> {
        self.store.record(&self.tenant, &[access_key_id]).await
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<OperatorKey>>, StorageError> {
        self.store.list(&self.tenant, page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Revocations for DocumentVending<S> {
    async fn of(&self, what: &[Revoked]) -> Result<Vec<Revocation>, StorageError> {
        let key = |what: &Revoked| self.tenant.record::<StoredRevocation>(&[&what.label()]);
        let found = self.store.records::<StoredRevocation>(&what.iter().map(key).collect::<Vec<_>>()).await?;
        Ok(found.into_iter().map(|found| found.record.revocation).collect())
    }

    async fn all(&self) -> Result<Vec<Revocation>, StorageError> {
        let found = self.store.all::<StoredRevocation>(&self.tenant).await?;
        Ok(found.into_iter().map(|found| found.record.revocation).collect())
    }
}

#[async_trait]
impl<S: DocumentStore> VendingKeyTimes for DocumentVending<S> {
    async fn get(&self) -> Result<Option<Versioned<Vec<NumberedKey>>>, StorageError> {
        let found = self.store.record::<StoredKeyTimes>(&self.tenant, &["all"]).await?;
        Ok(found.map(|found| found.map(|StoredKeyTimes(keys)| keys)))
    }
}
