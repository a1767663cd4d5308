//! Customers and their passwords from own tables, everything else from documents, and both written in one transaction.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cenote::documents::error::StorageError;
use cenote::documents::{Page, PageRequest, Prepared, Versioned};
use cenote::kernel::time::Timestamp;
use cenote::sqlite::rusqlite::{Connection, Transaction, TransactionBehavior};
use cenote::sqlite::{SqliteStore, apply};
use cenote::userpool::model::ids::{GroupId, Subject, UserPoolId};
use cenote::userpool::model::login::LoginKey;
use cenote::userpool::model::pool::UserPool;
use cenote::userpool::model::user::{Credential, User};
use cenote::userpool::storage::{
    Authorizations, Cleanups, Clients, Codes, Devices, Domains, Factors, Groups, Histories, IdentityProviders, Imports,
    Passkeys, PasswordAttempts, Passwords, PoolWrite, Pools, Protections, ResourceServers, Search, Sessions,
    TermsOfClients, Tracking, UserAndPassword, Users, Write,
};
use cenote::userpool::{DocumentUserPools, UserPoolStorage};

use crate::customers::{self, By, Listing};

/// The shop's database: its own tables, and Cenote's documents beside them.
#[derive(Clone)]
pub(crate) struct Shop {
    /// One connection is enough to show it; an application has its pool of them here.
    connection: Arc<Mutex<Connection>>,
    documents: DocumentUserPools<Arc<SqliteStore>>,
}

impl Shop {
    /// The shop over a connection to the file of `documents`. Makes the tables if they are not there.
    pub(crate) fn new(connection: Connection, documents: Arc<SqliteStore>) -> Result<Self, StorageError> {
        connection.execute_batch(customers::SCHEMA).map_err(StorageError::unavailable)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), documents: DocumentUserPools::new(documents) })
    }

    /// Does something with the connection, on a thread that may wait for the disk.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let connection = Arc::clone(&self.connection);
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.map_err(StorageError::unavailable)?
    }

    /// Does something in one transaction with the changes of documents: all of it, or nothing.
    async fn transaction<T: Send + 'static>(
        &self,
        documents: Prepared,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let work = move |connection: &mut Connection| {
            let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let transaction = begun.map_err(StorageError::unavailable)?;
            apply(&transaction, documents.batch()).map_err(|refusal| documents.told(refusal))?;
            // Whatever fails from here on drops the transaction, which rolls it back.
            let done = work(&transaction)?;
            transaction.commit().map_err(StorageError::unavailable)?;
            Ok(done)
        };
        self.with(work).await
    }

    async fn page(
        &self,
        pool: &UserPoolId,
        listing: Listing,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let limit = if page.limit == 0 { 60 } else { page.limit.min(1000) };
        let (pool, page) = (pool.clone(), page.clone());
        let read = move |connection: &mut Connection| {
            let mut items = customers::list(connection, pool.as_str(), &listing, &page, limit + 1)?;
            let more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| more).map(|last| customers::token(&listing, last));
            Ok(Page { items, next })
        };
        self.with(read).await
    }
}

/// Whether a write is of documents, and not of a table.
fn is_of_documents(write: &Write) -> bool {
    !matches!(write, Write::User(_) | Write::Password(_))
}

fn write_rows(transaction: &Transaction<'_>, writes: &[Write]) -> Result<(), StorageError> {
    let each = |write_one: fn(&Connection, &Write) -> Result<(), StorageError>| {
        let refused = |at| move |refusal: StorageError| refusal.at(at);
        writes.iter().enumerate().try_for_each(|(at, write)| write_one(transaction, write).map_err(refused(at)))
    };
    each(|connection, write| match write {
        Write::User(write) => customers::let_go(connection, write),
        _ => Ok(()),
    })?;
    each(|connection, write| match write {
        Write::User(write) => customers::write(connection, write),
        Write::Password(write) => customers::write_password(connection, write),
        _ => Ok(()),
    })
}

#[async_trait]
impl UserPoolStorage for Shop {
    fn pools(&self) -> &dyn Pools {
        self.documents.pools()
    }

    fn clients(&self) -> &dyn Clients {
        self.documents.clients()
    }

    fn users(&self) -> &dyn Users {
        self
    }

    fn passwords(&self) -> &dyn Passwords {
        self
    }

    fn groups(&self) -> &dyn Groups {
        self.documents.groups()
    }

    fn identity_providers(&self) -> &dyn IdentityProviders {
        self.documents.identity_providers()
    }

    fn domains(&self) -> &dyn Domains {
        self.documents.domains()
    }

    fn terms(&self) -> &dyn TermsOfClients {
        self.documents.terms()
    }

    fn authorizations(&self) -> &dyn Authorizations {
        self.documents.authorizations()
    }

    fn resource_servers(&self) -> &dyn ResourceServers {
        self.documents.resource_servers()
    }

    fn sessions(&self) -> &dyn Sessions {
        self.documents.sessions()
    }

    fn codes(&self) -> &dyn Codes {
        self.documents.codes()
    }

    fn attempts(&self) -> &dyn PasswordAttempts {
        self.documents.attempts()
    }

    fn passkeys(&self) -> &dyn Passkeys {
        self.documents.passkeys()
    }

    fn factors(&self) -> &dyn Factors {
        self.documents.factors()
    }

    fn cleanups(&self) -> &dyn Cleanups {
        self.documents.cleanups()
    }

    fn protections(&self) -> &dyn Protections {
        self.documents.protections()
    }

    fn devices(&self) -> &dyn Devices {
        self.documents.devices()
    }

    fn tracking(&self) -> &dyn Tracking {
        self.documents.tracking()
    }

    fn imports(&self) -> &dyn Imports {
        self.documents.imports()
    }

    fn histories(&self) -> &dyn Histories {
        self.documents.histories()
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        // What stood in the shop's own tables is not kept: no pool of this storage has a history.
        if writes.iter().any(|write| matches!(write, Write::History(_))) {
            return Err(StorageError::unavailable("the shop keeps no history of its customers"));
        }
        let all = writes.clone();
        let with_rows = |prepared| self.transaction(prepared, move |transaction| write_rows(transaction, &all));
        self.documents.commit_with(&writes, is_of_documents, with_rows).await
    }

    async fn purge(&self, pool: &Versioned<UserPool>, limit: usize) -> Result<usize, StorageError> {
        let id = pool.id.clone();
        let as_read = [PoolWrite::Expect { before: pool.clone() }.into()];
        let rows =
            |prepared| self.transaction(prepared, move |transaction| customers::purge(transaction, id.as_str(), limit));
        match self.documents.commit_with(&as_read, |_| true, rows).await? {
            0 => self.documents.purge(pool, limit).await,
            removed => Ok(removed),
        }
    }

    async fn sweep(&self, pool: &UserPoolId, ended_before: Timestamp, limit: usize) -> Result<bool, StorageError> {
        self.documents.sweep(pool, ended_before, limit).await
    }

    async fn forget_history(
        &self,
        pool: &UserPoolId,
        made_before: Timestamp,
        limit: usize,
    ) -> Result<bool, StorageError> {
        self.documents.forget_history(pool, made_before, limit).await
    }
}

#[async_trait]
impl Users for Shop {
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<User>>, StorageError> {
        let (pool, sub) = (pool.clone(), sub.clone());
        self.with(move |connection| customers::with_id(connection, pool.as_str(), sub.as_str())).await
    }

    async fn named(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<User>>, StorageError> {
        let (pool, name) = (pool.clone(), name.to_owned());
        self.with(move |connection| customers::named(connection, pool.as_str(), &name)).await
    }

    async fn of_login(&self, pool: &UserPoolId, login: &LoginKey) -> Result<Option<Versioned<User>>, StorageError> {
        let (pool, login) = (pool.clone(), login.clone());
        self.with(move |connection| customers::of_login(connection, pool.as_str(), &login)).await
    }

    async fn named_many(&self, pool: &UserPoolId, names: &[String]) -> Result<Vec<Versioned<User>>, StorageError> {
        let (pool, names) = (pool.clone(), names.to_vec());
        let read = move |connection: &mut Connection| {
            let found = names.iter().map(|name| customers::named(connection, pool.as_str(), name));
            found.filter_map(Result::transpose).collect()
        };
        self.with(read).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<User>>, StorageError> {
        self.page(pool, Listing::All, page).await
    }

    async fn search(
        &self,
        pool: &UserPoolId,
        search: &Search,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let Search { attribute, value, prefix } = search.clone();
        self.page(pool, Listing::Search { attribute, value, prefix }, page).await
    }

    async fn members(
        &self,
        pool: &UserPoolId,
        group: &GroupId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        self.page(pool, Listing::Members { group: group.to_string() }, page).await
    }
}

#[async_trait]
impl Passwords for Shop {
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<Credential>>, StorageError> {
        let (pool, sub) = (pool.clone(), sub.clone());
        self.with(move |connection| customers::password(connection, pool.as_str(), sub.as_str())).await
    }

    async fn of_many(
        &self,
        pool: &UserPoolId,
        subs: &[&Subject],
    ) -> Result<Vec<Option<Versioned<Credential>>>, StorageError> {
        let (pool, subs) = (pool.clone(), subs.iter().map(ToString::to_string).collect::<Vec<_>>());
        let read = move |connection: &mut Connection| {
            subs.iter().map(|sub| customers::password(connection, pool.as_str(), sub)).collect()
        };
        self.with(read).await
    }

    async fn with_user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<UserAndPassword>, StorageError> {
        let (pool, sub) = (pool.clone(), sub.clone());
        self.with(move |connection| customers::with_password(connection, pool.as_str(), By::Id(sub.as_str()))).await
    }

    async fn with_named_user(&self, pool: &UserPoolId, name: &str) -> Result<Option<UserAndPassword>, StorageError> {
        let (pool, name) = (pool.clone(), name.to_owned());
        self.with(move |connection| customers::with_password(connection, pool.as_str(), By::Name(&name))).await
    }
}
