//! [`UserPoolStorage`] over any document store.

mod authorizations;
mod counted;
mod devices;
mod domains;
mod factors;
mod history;
mod identity_providers;
mod imports;
mod lookups;
mod passkeys;
mod protection;
mod resource_servers;
mod session_tracking;
mod terms;
mod writes;

use async_trait::async_trait;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::{
    Batch, Change, Changes, DocumentStore, Prepared, Range, Remember, Versioned, forget_history, sweep,
};
use identity_kernel::time::Timestamp;

use crate::directory::Directory;
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::storage::{
    Authorizations, Cleanups, Clients, Codes, Devices, Domains, Factors, Groups, Histories, HistoryWrite,
    IdentityProviders, Imports, Passkeys, PasswordAttempts, Passwords, Pools, Protections, ResourceServers, Sessions,
    TermsOfClients, Tracking, UserPoolStorage, Users, Write, is_of_the_directory,
};
use crate::stored::tenant;

/// [`UserPoolStorage`] over a [`DocumentStore`].
///
/// A pool with everything in it is a tenant: the namespace `user-pool` and the pool's id. Which pools there are, and which
/// pool a client is of, stands in the tenants `directory`: an entry is written before what it leads to and removed after it,
/// so it may lead nowhere for a moment, which every lookup takes for nothing there.
#[derive(Clone, Debug)]
pub struct DocumentUserPools<S>(S);

impl<S: DocumentStore> DocumentUserPools<S> {
    /// Keeps user pools in `store`, beside whatever else is there.
    pub fn new(store: S) -> Self {
        Self(store)
    }

    fn directory(&self) -> Directory<'_, S> {
        Directory(&self.0)
    }

    /// Commits through `apply` in the place of the store: for a storage that keeps some subjects in tables of its own beside
    /// the documents, and writes both in one transaction.
    ///
    /// `apply` is called once, with the changes that those `writes` come to which are `ours`, and gives whatever the
    /// transaction gives; a refusal names a write by its place in `writes`, as [`Prepared::told`] does. What leads to new
    /// pools and clients is written before that, and what leads to removed ones is removed after it, by the store in commits
    /// of its own: no transaction of yours may be open meanwhile.
    ///
    /// # Errors
    ///
    /// What `apply` and the store say.
    pub async fn commit_with<T, F>(
        &self,
        writes: &[Write],
        ours: impl Fn(&Write) -> bool + Send + Sync,
        apply: impl FnOnce(Prepared) -> F + Send,
    ) -> Result<T, StorageError>
    where
        T: Send,
        F: Future<Output = Result<T, StorageError>> + Send,
    {
        let mut changes = Changes::default();
        let kept_at = writes.iter().find_map(|write| match write {
            Write::History(HistoryWrite::Keep { at, .. }) => Some(Remember { at_millis: at.epoch_millis() }),
            _ => None,
        });
        for (at, write) in writes.iter().enumerate().filter(|(_, write)| ours(write)) {
            changes.remembering(kept_at.filter(|_| is_of_the_directory(write)));
            writes::add(changes.write(at), write)?;
        }
        let leading = self.directory().leading_to_what_goes(writes).await?;
        let announced = self.directory().announce(writes).await?;
        match apply(changes.prepare()).await {
            Ok(given) => self.directory().withdraw(&leading).await.map(|()| given),
            Err(refused) => {
                if refused.write().is_some() {
                    self.directory().withdraw(&announced).await?;
                }
                Err(refused)
            }
        }
    }
}

#[async_trait]
impl<S: DocumentStore> UserPoolStorage for DocumentUserPools<S> {
    fn pools(&self) -> &dyn Pools {
        self
    }

    fn clients(&self) -> &dyn Clients {
        self
    }

    fn users(&self) -> &dyn Users {
        self
    }

    fn passwords(&self) -> &dyn Passwords {
        self
    }

    fn factors(&self) -> &dyn Factors {
        self
    }

    fn groups(&self) -> &dyn Groups {
        self
    }

    fn identity_providers(&self) -> &dyn IdentityProviders {
        self
    }

    fn terms(&self) -> &dyn TermsOfClients {
        self
    }

    fn resource_servers(&self) -> &dyn ResourceServers {
        self
    }

    fn domains(&self) -> &dyn Domains {
        self
    }

    fn authorizations(&self) -> &dyn Authorizations {
        self
    }

    fn sessions(&self) -> &dyn Sessions {
        self
    }

    fn devices(&self) -> &dyn Devices {
        self
    }

    fn tracking(&self) -> &dyn Tracking {
        self
    }

    fn codes(&self) -> &dyn Codes {
        self
    }

    fn attempts(&self) -> &dyn PasswordAttempts {
        self
    }

    fn passkeys(&self) -> &dyn Passkeys {
        self
    }

    fn cleanups(&self) -> &dyn Cleanups {
        self
    }

    fn protections(&self) -> &dyn Protections {
        self
    }

    fn imports(&self) -> &dyn Imports {
        self
    }

    fn histories(&self) -> &dyn Histories {
        self
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        self.commit_with(&writes, |_| true, |prepared| prepared.commit(&self.0)).await
    }

    async fn purge(&self, pool: &Versioned<UserPool>, limit: usize) -> Result<usize, StorageError> {
        let tenant = tenant(&pool.id);
        let own = tenant.record::<UserPool>(&[]);
        let mut found = self.0.scan(&Range::of(tenant.key(&[]), limit + 1)).await?;
        found.retain(|document| document.key != own);
        found.truncate(limit);
        if found.is_empty() {
            return Ok(0);
        }
        // What leads to a client or domain goes first: the record itself tells a second attempt of it.
        let leading = self.directory().leading_to_what_is_at(found.iter().map(|document| &document.key)).await?;
        // Asked after they were read: entries of a pool that is made anew from now on stand at other versions.
        let as_read = Pools::get(self, &pool.id).await?.is_some_and(|now| now.version == pool.version);
        if !as_read {
            return Err(StorageError::of_kind(StorageErrorKind::Conflict));
        }
        self.directory().withdraw(&leading).await?;
        let removed = found.len();
        let mut batch: Batch = found.into_iter().map(|document| (document.key, Change::Clear)).collect();
        batch.push((own, Change::Expect(pool.version)));
        self.0.commit(batch).await?;
        Ok(removed)
    }

    async fn sweep(&self, pool: &UserPoolId, ended_before: Timestamp, limit: usize) -> Result<bool, StorageError> {
        sweep(&self.0, &tenant(pool), ended_before.epoch_millis(), limit).await
    }

    async fn forget_history(
        &self,
        pool: &UserPoolId,
        made_before: Timestamp,
        limit: usize,
    ) -> Result<bool, StorageError> {
        forget_history(&self.0, &tenant(pool), made_before.epoch_millis(), limit).await
    }
}
