use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Batch, Change, DocumentStore, Key, Records, Versioned, body};

use crate::model::{NumberedKey, OidcProvider, OperatorKey, Revocation, Revoked, Role};
use crate::storage::{VendingStorage, Write};

/// [`VendingStorage`] over a [`DocumentStore`]: `role`, `oidc-provider`, `operator-key`, `revoked` and `vending-keys`, each
/// followed by the record's name.
#[derive(Clone, Debug)]
pub struct DocumentVending<S>(S);

impl<S: DocumentStore> DocumentVending<S> {
    /// Keeps roles, providers, keys and revocations in `store`, beside whatever else is there.
    pub fn new(store: S) -> Self {
        Self(store)
    }
}

fn role_key(name: &str) -> Key {
    Key::new(&["role", &name.to_lowercase()])
}

fn revoked_key(what: &Revoked) -> Key {
    Key::new(&["revoked", &what.label()])
}

fn vending_keys() -> Key {
    Key::new(&["vending-keys", "all"])
}

fn change(write: &Write) -> Result<(Key, Change), StorageError> {
    Ok(match write {
        Write::InsertRole(role) => (role_key(&role.name), Change::Insert(body(role)?)),
        Write::UpdateRole(version, role) => (role_key(&role.name), Change::Replace(*version, body(role)?)),
        Write::DeleteRole(version, name) => (role_key(name), Change::Remove(*version)),
        Write::InsertOidcProvider(provider) => {
            (Key::new(&["oidc-provider", &provider.arn]), Change::Insert(body(provider)?))
        }
        Write::DeleteOidcProvider(version, arn) => (Key::new(&["oidc-provider", arn]), Change::Remove(*version)),
        Write::PutOperatorKey(key) => (Key::new(&["operator-key", &key.access_key_id]), Change::Put(body(key)?)),
        Write::RemoveOperatorKey(id) => (Key::new(&["operator-key", id]), Change::Clear),
        Write::Revoke(revocation) => (revoked_key(&revocation.what), Change::Put(body(revocation)?)),
        Write::ForgetRevocation(what) => (revoked_key(what), Change::Clear),
        Write::SetVendingKeys(None, keys) => (vending_keys(), Change::Insert(body(keys)?)),
        Write::SetVendingKeys(Some(version), keys) => (vending_keys(), Change::Replace(*version, body(keys)?)),
    })
}

#[async_trait]
impl<S: DocumentStore> VendingStorage for DocumentVending<S> {
    async fn role(&self, name: &str) -> Result<Option<Versioned<Role>>, StorageError> {
        self.0.record(&role_key(name)).await
    }

    async fn roles(&self, page: &PageRequest) -> Result<Page<Versioned<Role>>, StorageError> {
        self.0.records(&["role"], page).await
    }

    async fn oidc_provider(&self, arn: &str) -> Result<Option<Versioned<OidcProvider>>, StorageError> {
        self.0.record(&Key::new(&["oidc-provider", arn])).await
    }

    async fn oidc_providers(&self, page: &PageRequest) -> Result<Page<Versioned<OidcProvider>>, StorageError> {
        self.0.records(&["oidc-provider"], page).await
    }

    async fn operator_key(&self, access_key_id: &str) -> Result<Option<Versioned<OperatorKey>>, StorageError> {
        self.0.record(&Key::new(&["operator-key", access_key_id])).await
    }

    async fn operator_keys(&self, page: &PageRequest) -> Result<Page<Versioned<OperatorKey>>, StorageError> {
        self.0.records(&["operator-key"], page).await
    }

    async fn has_operator_keys(&self) -> Result<bool, StorageError> {
        Ok(!self.0.scan(&Key::new(&["operator-key"]), None, 1).await?.is_empty())
    }

    async fn revocation(&self, what: &Revoked) -> Result<Option<Revocation>, StorageError> {
        Ok(self.0.record(&revoked_key(what)).await?.map(|found| found.record))
    }

    async fn revocations(&self) -> Result<Vec<Revocation>, StorageError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.0.records(&["revoked"], &PageRequest { limit: 1000, after }).await?;
            all.extend(page.items.into_iter().map(|revocation| revocation.record));
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    async fn vending_keys(&self) -> Result<Option<Versioned<Vec<NumberedKey>>>, StorageError> {
        self.0.record(&vending_keys()).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let batch: Batch = writes.iter().map(change).collect::<Result<_, _>>()?;
        self.0.commit(batch).await
    }
}
