//! [`FederationStorage`] over any document store.

use std::collections::BTreeSet;

use async_trait::async_trait;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::page::{Page, PageRequest};
use document_store::{Batch, Change, Changes, DocumentStore, Key, Range, Records, Tenant, Versioned};
use jwt_tokens::SealedKey;

use crate::model::identity::{Identity, Login};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::storage::{FederationStorage, Identities, IdentityWrite, KeyWrite, PoolWrite, Pools, Write};
use crate::stored::{IdentityEntry, PoolEntry, StoredKey, login_name};

/// [`FederationStorage`] over a [`DocumentStore`].
///
/// A pool with its keys, identities and logins is a tenant: the namespace `identity-pool` and the pool's id. Which pools
/// there are, and which pool an identity is of, stands in the tenants `directory`: an entry is written before what it leads
/// to and removed after it, so it may lead nowhere for a moment, which every lookup takes for nothing there.
#[derive(Clone, Debug)]
pub struct DocumentFederation<S>(S);

impl<S: DocumentStore> DocumentFederation<S> {
    /// Keeps identity pools in `store`, beside whatever else is there.
    pub fn new(store: S) -> Self {
        Self(store)
    }

    /// Writes what leads to a new pool or identity. Gives the identity if nothing led to it before.
    async fn announce(&self, at: usize, write: &Write) -> Result<Option<IdentityId>, StorageError> {
        let mut changes = Changes::default();
        match write {
            Write::Pool(PoolWrite::Insert { pool }) => {
                changes.put(&pool_directory(), &PoolEntry { pool: pool.id.clone() })?;
                changes.commit(&self.0).await.map(|()| None)
            }
            Write::Identity(IdentityWrite::Insert { identity }) => {
                let entry = IdentityEntry { identity: identity.id.clone(), pool: identity.pool.clone() };
                changes.insert(&identity_directory(), &entry)?;
                match changes.commit(&self.0).await {
                    Err(error) if error.kind() == StorageErrorKind::AlreadyExists => {
                        self.check_announced(at, &entry).await.map(|()| None)
                    }
                    outcome => outcome.map(|()| Some(entry.identity)),
                }
            }
            _ => Ok(None),
        }
    }

    /// An entry that is there already may be left over from an attempt that was interrupted, but only of the same pool.
    async fn check_announced(&self, at: usize, entry: &IdentityEntry) -> Result<(), StorageError> {
        let found = self.0.record::<IdentityEntry>(&identity_directory(), &[entry.identity.as_str()]).await?;
        match found {
            Some(found) if found.pool == entry.pool => Ok(()),
            _ => Err(StorageError::refused(StorageErrorKind::AlreadyExists, at, None)),
        }
    }

    /// Removes what led to an identity that is gone.
    async fn withdraw(&self, identities: &[IdentityId]) -> Result<(), StorageError> {
        let mut changes = Changes::default();
        for id in identities {
            changes.clear::<IdentityEntry>(&identity_directory(), &[id.as_str()]);
        }
        changes.commit(&self.0).await
    }
}

fn tenant(pool: &IdentityPoolId) -> Tenant {
    Tenant::new("identity-pool", pool.as_str())
}

fn pool_directory() -> Tenant {
    Tenant::new("directory", "identity-pools")
}

fn identity_directory() -> Tenant {
    Tenant::new("directory", "identities")
}

fn add(changes: &mut Changes, write: &Write) -> Result<(), StorageError> {
    match write {
        Write::Pool(PoolWrite::Insert { pool }) => changes.insert(&tenant(&pool.id), pool),
        Write::Pool(PoolWrite::Update { before, after }) => changes.update(&tenant(&after.id), before, after),
        Write::Pool(PoolWrite::Expect { before }) => {
            changes.expect(&tenant(&before.id), before);
            Ok(())
        }
        Write::Pool(PoolWrite::Delete { before }) => changes.remove(&tenant(&before.id), before),
        Write::Key(KeyWrite::Put { pool, key }) => changes.put(&tenant(pool), &StoredKey(key.clone())),
        Write::Key(KeyWrite::Change { pool, before, after }) => {
            let before = before.clone().map(StoredKey);
            match after {
                Some(after) => changes.update(&tenant(pool), &before, &StoredKey(after.clone())),
                None => changes.remove(&tenant(pool), &before),
            }
        }
        Write::Key(KeyWrite::Remove { pool, kid }) => {
            changes.clear::<StoredKey>(&tenant(pool), &[kid]);
            Ok(())
        }
        Write::Identity(IdentityWrite::Insert { identity }) => changes.insert(&tenant(&identity.pool), identity),
        Write::Identity(IdentityWrite::Update { before, after }) => changes.update(&tenant(&after.pool), before, after),
        Write::Identity(IdentityWrite::Delete { before }) => changes.remove(&tenant(&before.pool), before),
    }
}

#[async_trait]
impl<S: DocumentStore> FederationStorage for DocumentFederation<S> {
    fn pools(&self) -> &dyn Pools {
        self
    }

    fn identities(&self) -> &dyn Identities {
        self
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let mut changes = Changes::default();
        for (at, write) in writes.iter().enumerate() {
            add(changes.write(at), write)?;
        }
        let mut announced = Vec::new();
        for (at, write) in writes.iter().enumerate() {
            announced.extend(self.announce(at, write).await?);
        }
        if let Err(refused) = changes.commit(&self.0).await {
            if refused.write().is_some() {
                self.withdraw(&announced).await?;
            }
            return Err(refused);
        }
        let gone = writes.iter().filter_map(|write| match write {
            Write::Identity(IdentityWrite::Delete { before }) => Some(before.id.clone()),
            _ => None,
        });
        self.withdraw(&gone.collect::<Vec<_>>()).await
    }

    async fn purge(&self, pool: &IdentityPoolId, limit: usize) -> Result<usize, StorageError> {
        let tenant = tenant(pool);
        let found = self.0.scan(&Range::of(tenant.key(&[]), limit)).await?;
        if found.is_empty() {
            let mut changes = Changes::default();
            changes.clear::<PoolEntry>(&pool_directory(), &[pool.as_str()]);
            changes.commit(&self.0).await?;
            return Ok(0);
        }
        // What leads to an identity goes first: the identity itself tells a second attempt of it.
        let ids = found.iter().filter_map(|document| identity_at(&document.key));
        self.withdraw(&ids.collect::<Vec<_>>()).await?;
        let removed = found.len();
        let batch: Batch = found.into_iter().map(|document| (document.key, Change::Clear)).collect();
        self.0.commit(batch).await?;
        Ok(removed)
    }
}

/// The id of the identity whose record stands here.
fn identity_at(key: &Key) -> Option<IdentityId> {
    match key.parts().as_slice() {
        [_, _, kind, what, id] if kind == "identity" && what == "record" => id.parse().ok(),
        _ => None,
    }
}

#[async_trait]
impl<S: DocumentStore> Pools for DocumentFederation<S> {
    async fn get(&self, id: &IdentityPoolId) -> Result<Option<Versioned<IdentityPool>>, StorageError> {
        self.0.record(&tenant(id), &[]).await
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<IdentityPool>>, StorageError> {
        let found = self.0.list::<PoolEntry>(&pool_directory(), page).await?;
        let keys = found.items.iter().map(|entry| tenant(&entry.pool).record::<IdentityPool>(&[]));
        Ok(Page { items: self.0.records(&keys.collect::<Vec<_>>()).await?, next: found.next })
    }

    async fn keys(&self, pool: &IdentityPoolId) -> Result<Vec<Versioned<SealedKey>>, StorageError> {
        let found = self.0.all::<StoredKey>(&tenant(pool)).await?;
        Ok(found.into_iter().map(|key| key.map(|stored| stored.0)).collect())
    }
}

#[async_trait]
impl<S: DocumentStore> Identities for DocumentFederation<S> {
    async fn get(&self, id: &IdentityId) -> Result<Option<Versioned<Identity>>, StorageError> {
        match self.0.record::<IdentityEntry>(&identity_directory(), &[id.as_str()]).await? {
            Some(entry) => self.0.record(&tenant(&entry.pool), &[id.as_str()]).await,
            None => Ok(None),
        }
    }

    async fn of_logins(
        &self,
        pool: &IdentityPoolId,
        logins: &[&Login],
    ) -> Result<Vec<Versioned<Identity>>, StorageError> {
        let tenant = tenant(pool);
        let names: Vec<String> = logins.iter().map(|login| login_name(login)).collect();
        let mut found = self.0.named_many::<Identity>(&tenant, &names).await?;
        let mut seen = BTreeSet::new();
        found.retain(|identity| seen.insert(identity.id.clone()));
        Ok(found)
    }

    async fn list(&self, pool: &IdentityPoolId, page: &PageRequest) -> Result<Page<Versioned<Identity>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}
