use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Batch, Change, DocumentStore, Key, Records, Versioned, body, purge, scan_page};
use jwt_tokens::SealedKey;

use crate::model::identity::{Identity, Login};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::storage::{FederationStorage, Write};

/// [`FederationStorage`] over a [`DocumentStore`].
///
/// | key | document |
/// |---|---|
/// | `identity-pools`, pool | the pool |
/// | pool, `key`, kid | a signing key |
/// | `identity`, identity | an identity |
/// | pool, `identity`, identity | nothing: an index |
/// | pool, `login`, provider, subject | the identity it leads to |
#[derive(Clone, Debug)]
pub struct DocumentFederation<S>(S);

impl<S: DocumentStore> DocumentFederation<S> {
    /// Keeps identity pools in `store`, beside whatever else is there.
    pub fn new(store: S) -> Self {
        Self(store)
    }
}

fn pool_key(pool: &IdentityPoolId) -> Key {
    Key::new(&["identity-pools", pool.as_str()])
}

fn identity_key(id: &IdentityId) -> Key {
    Key::new(&["identity", id.as_str()])
}

fn index_key(identity: &Identity) -> Key {
    Key::new(&[identity.pool.as_str(), "identity", identity.id.as_str()])
}

fn login_key(pool: &IdentityPoolId, login: &Login) -> Key {
    Key::new(&[pool.as_str(), "login", &login.provider, &login.subject])
}

fn add(batch: &mut Batch, write: &Write) -> Result<(), StorageError> {
    match write {
        Write::InsertPool(pool, key) => {
            batch.push((pool_key(&pool.id), Change::Insert(body(pool)?)));
            batch.push((Key::new(&[pool.id.as_str(), "key", &key.kid]), Change::Insert(body(key)?)));
        }
        Write::UpdatePool(version, pool) => {
            batch.push((pool_key(&pool.id), Change::Replace(*version, body(pool)?)));
        }
        Write::DeletePool(version, pool) => batch.push((pool_key(pool), Change::Remove(*version))),
        Write::PutKey(pool, key) => {
            batch.push((Key::new(&[pool.as_str(), "key", &key.kid]), Change::Put(body(key)?)));
        }
        Write::RemoveKey(pool, kid) => batch.push((Key::new(&[pool.as_str(), "key", kid]), Change::Clear)),
        Write::InsertIdentity(identity) => {
            batch.push((identity_key(&identity.id), Change::Insert(body(identity)?)));
            batch.push((index_key(identity), Change::Put(Vec::new())));
            add_logins(batch, identity, identity.logins.iter())?;
        }
        Write::UpdateIdentity(before, after) => {
            batch.push((identity_key(&after.id), Change::Replace(before.version, body(after)?)));
            for gone in before.logins.difference(&after.logins) {
                batch.push((login_key(&before.pool, gone), Change::Clear));
            }
            add_logins(batch, after, after.logins.difference(&before.logins))?;
        }
        Write::DeleteIdentity(before) => {
            batch.push((identity_key(&before.id), Change::Remove(before.version)));
            batch.push((index_key(before), Change::Clear));
            batch.extend(before.logins.iter().map(|login| (login_key(&before.pool, login), Change::Clear)));
        }
    }
    Ok(())
}

fn add_logins<'a>(
    batch: &mut Batch,
    identity: &Identity,
    logins: impl Iterator<Item = &'a Login>,
) -> Result<(), StorageError> {
    for login in logins {
        batch.push((login_key(&identity.pool, login), Change::Insert(body(&identity.id)?)));
    }
    Ok(())
}

#[async_trait]
impl<S: DocumentStore> FederationStorage for DocumentFederation<S> {
    async fn pool(&self, id: &IdentityPoolId) -> Result<Option<Versioned<IdentityPool>>, StorageError> {
        self.0.record(&pool_key(id)).await
    }

    async fn pools(&self, page: &PageRequest) -> Result<Page<Versioned<IdentityPool>>, StorageError> {
        self.0.records(&["identity-pools"], page).await
    }

    async fn keys(&self, pool: &IdentityPoolId) -> Result<Vec<SealedKey>, StorageError> {
        let page = PageRequest { limit: 100, after: None };
        let found = self.0.records(&[pool.as_str(), "key"], &page).await?;
        Ok(found.items.into_iter().map(|key| key.record).collect())
    }

    async fn identity(&self, id: &IdentityId) -> Result<Option<Versioned<Identity>>, StorageError> {
        self.0.record(&identity_key(id)).await
    }

    async fn identity_of(
        &self,
        pool: &IdentityPoolId,
        login: &Login,
    ) -> Result<Option<Versioned<Identity>>, StorageError> {
        match self.0.record::<IdentityId>(&login_key(pool, login)).await? {
            Some(id) => self.identity(&id).await,
            None => Ok(None),
        }
    }

    async fn identities(
        &self,
        pool: &IdentityPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Identity>>, StorageError> {
        let found = scan_page(&self.0, &[pool.as_str(), "identity"], "", page).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for entry in &found.items {
            items.extend(self.0.record(&Key::new(&["identity", &entry.key.last_part()])).await?);
        }
        Ok(Page { items, next: found.next })
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let mut batch = Batch::new();
        let mut starts = Vec::with_capacity(writes.len());
        for write in &writes {
            starts.push(batch.len());
            add(&mut batch, write)?;
        }
        self.0.commit(batch).await.map_err(|error| match error.write() {
            Some(at) => {
                let write = starts.iter().filter(|start| **start <= at).count().saturating_sub(1);
                StorageError::refused(error.kind(), write, None)
            }
            None => error,
        })
    }

    async fn purge(&self, pool: &IdentityPoolId) -> Result<(), StorageError> {
        let beside = |key: &Key| {
            let id = key.last_part();
            (*key == Key::new(&[pool.as_str(), "identity", &id])).then(|| Key::new(&["identity", &id]))
        };
        purge(&self.0, pool.as_str(), beside).await
    }
}
