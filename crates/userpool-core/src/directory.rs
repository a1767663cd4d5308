//! What leads to pools, clients and domains from outside their tenants.

use document_store::error::{StorageError, StorageErrorKind};
use document_store::{Changes, DocumentStore, Key, Records, Stored, Tenant, Versioned};

use crate::model::ids::UserPoolId;
use crate::storage::{ClientWrite, DomainWrite, PoolWrite, Write};
use crate::stored::{ClientEntry, DomainEntry, PoolEntry};

/// Writes entries before what they lead to, and removes them after it, so that one may lead nowhere for a moment, which
/// every lookup takes for nothing there. An entry is removed at the version that was read before what it leads to was
/// removed: an id may come again, for it may follow from a name, and then the entry is that of the new one.
pub(crate) struct Directory<'a, S>(pub(crate) &'a S);

/// Entries as they were read.
#[derive(Default)]
pub(crate) struct Entries {
    pools: Vec<Versioned<PoolEntry>>,
    clients: Vec<Versioned<ClientEntry>>,
    domains: Vec<Versioned<DomainEntry>>,
}

/// An entry that leads to a pool by a name that stands once.
pub(crate) trait Leading: Stored + Clone {
    /// The pool that it leads to.
    fn pool(&self) -> &UserPoolId;
}

impl Leading for ClientEntry {
    fn pool(&self) -> &UserPoolId {
        &self.pool
    }
}

impl Leading for DomainEntry {
    fn pool(&self) -> &UserPoolId {
        &self.pool
    }
}

pub(crate) fn pool_directory() -> Tenant {
    Tenant::new("directory", "user-pools")
}

pub(crate) fn client_directory() -> Tenant {
    Tenant::new("directory", "clients")
}

pub(crate) fn domain_directory() -> Tenant {
    Tenant::new("directory", "domains")
}

impl<S: DocumentStore> Directory<'_, S> {
    /// Writes what leads to new pools, clients and domains. Gives what did not stand there before.
    pub(crate) async fn announce(&self, writes: &[Write]) -> Result<Entries, StorageError> {
        let mut fresh = Entries::default();
        for (at, write) in writes.iter().enumerate() {
            match write {
                Write::Pool(PoolWrite::Insert { pool }) => self.put_pool(&pool.id).await?,
                Write::Client(ClientWrite::Insert { client }) => {
                    let entry = ClientEntry { client: client.id.clone(), pool: client.pool.clone() };
                    fresh.clients.extend(self.insert(at, &client_directory(), entry).await?);
                }
                Write::Domain(DomainWrite::Insert { domain }) => {
                    let entry = DomainEntry { domain: domain.name.clone(), pool: domain.pool.clone() };
                    fresh.domains.extend(self.insert(at, &domain_directory(), entry).await?);
                }
                _ => {}
            }
        }
        Ok(fresh)
    }

    async fn put_pool(&self, pool: &UserPoolId) -> Result<(), StorageError> {
        let mut changes = Changes::default();
        changes.put(&pool_directory(), &PoolEntry { pool: pool.clone() })?;
        changes.commit(self.0).await
    }

    /// An entry that is there already may be left over from an attempt that was interrupted, but only of the same pool.
    async fn insert<T: Leading>(
        &self,
        at: usize,
        directory: &Tenant,
        entry: T,
    ) -> Result<Option<Versioned<T>>, StorageError> {
        let mut changes = Changes::default();
        changes.insert(directory, &entry)?;
        match changes.commit(self.0).await {
            Err(error) if error.kind() == StorageErrorKind::AlreadyExists => {}
            outcome => return outcome.map(|()| Some(Versioned::new(entry, 1))),
        }
        let found: Option<Versioned<T>> = self.0.record(directory, &entry.id()).await?;
        if found.is_some_and(|found| found.pool() != entry.pool()) {
            return Err(StorageError::refused(StorageErrorKind::AlreadyExists, at, None));
        }
        // One version on: whoever is about to remove it, removes it no more.
        let mut changes = Changes::default();
        changes.put(directory, &entry)?;
        changes.commit(self.0).await.map(|()| None)
    }

    /// What leads to the pools, clients and domains that these writes remove. Read before they are made.
    pub(crate) async fn leading_to_what_goes(&self, writes: &[Write]) -> Result<Entries, StorageError> {
        let mut entries = Entries::default();
        for write in writes {
            match write {
                Write::Pool(PoolWrite::Delete { before }) => {
                    entries.pools.extend(self.0.record(&pool_directory(), &[before.id.as_str()]).await?);
                }
                Write::Client(ClientWrite::Delete { before }) => {
                    entries.clients.extend(self.0.record(&client_directory(), &[before.id.as_str()]).await?);
                }
                Write::Domain(DomainWrite::Delete { before }) => {
                    entries.domains.extend(self.0.record(&domain_directory(), &[before.name.as_str()]).await?);
                }
                _ => {}
            }
        }
        Ok(entries)
    }

    /// What leads to the clients and domains whose records stand at these keys.
    pub(crate) async fn leading_to_what_is_at<'k>(
        &self,
        keys: impl Iterator<Item = &'k Key>,
    ) -> Result<Entries, StorageError> {
        let (mut clients, mut domains) = (Vec::new(), Vec::new());
        for key in keys {
            match key.parts().as_slice() {
                [_, _, kind, what, id] if kind == "client" && what == "record" => {
                    clients.push(client_directory().record::<ClientEntry>(&[id]));
                }
                [_, _, kind, what, id] if kind == "domain" && what == "record" => {
                    domains.push(domain_directory().record::<DomainEntry>(&[id]));
                }
                _ => {}
            }
        }
        let (clients, domains) = (self.0.records(&clients).await?, self.0.records(&domains).await?);
        Ok(Entries { pools: Vec::new(), clients, domains })
    }

    /// Removes entries that stand as they were read.
    pub(crate) async fn withdraw(&self, entries: &Entries) -> Result<(), StorageError> {
        for entry in &entries.pools {
            self.remove(&pool_directory(), entry).await?;
        }
        for entry in &entries.clients {
            self.remove(&client_directory(), entry).await?;
        }
        for entry in &entries.domains {
            self.remove(&domain_directory(), entry).await?;
        }
        Ok(())
    }

    async fn remove<T: Stored>(&self, directory: &Tenant, entry: &Versioned<T>) -> Result<(), StorageError> {
        let mut changes = Changes::default();
        changes.remove(directory, entry)?;
        match changes.commit(self.0).await {
            Err(error) if error.kind() == StorageErrorKind::Conflict => Ok(()),
            outcome => outcome,
        }
    }
}
