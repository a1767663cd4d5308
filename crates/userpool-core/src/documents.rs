//! [`UserPoolStorage`] over any document store.

use async_trait::async_trait;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::page::{Page, PageRequest};
use document_store::{
    Batch, Change, Changes, DocumentStore, Index, Key, Match, Range, Records, Stored, Tenant, Versioned, sortable,
    sweep,
};
use identity_kernel::time::Timestamp;
use jwt_tokens::SealedKey;

use crate::directory::{Directory, client_directory, pool_directory};
use crate::model::attempts::Attempts;
use crate::model::cleanup::Cleanup;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{ClientId, GroupId, GroupName, Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::{Credential, User};
use crate::storage::{
    AttemptsWrite, ChallengeWrite, CleanupWrite, Cleanups, ClientWrite, Clients, CodeWrite, Codes, GroupWrite, Groups,
    KeyWrite, PasswordAttempts, PasswordWrite, Passwords, PoolAndGroup, PoolWrite, Pools, Search, SessionWrite,
    Sessions, UserAndPassword, UserPoolStorage, UserWrite, Users, Write,
};
use crate::stored::{BY_GROUP, BY_USER, ClientEntry, Counted, PoolEntry, StoredCleanup, StoredKey, StoredPassword};

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
}

fn tenant(pool: &UserPoolId) -> Tenant {
    Tenant::new("user-pool", pool.as_str())
}

/// The changes that one write comes to.
fn add(changes: &mut Changes, write: &Write) -> Result<(), StorageError> {
    match write {
        Write::Pool(write) => add_pool(changes, write),
        Write::Key(KeyWrite::Put { pool, key }) => changes.put(&tenant(pool), &StoredKey(key.clone())),
        Write::Key(KeyWrite::Remove { pool, kid }) => {
            changes.clear::<StoredKey>(&tenant(pool), &[kid]);
            Ok(())
        }
        Write::Client(ClientWrite::Insert { client }) => changes.insert(&tenant(&client.pool), client),
        Write::Client(ClientWrite::Update { before, after }) => changes.update(&tenant(&after.pool), before, after),
        Write::Client(ClientWrite::Delete { before }) => changes.remove(&tenant(&before.pool), before),
        Write::User(write) => add_user(changes, write),
        Write::Password(write) => add_password(changes, write),
        Write::Group(write) => add_group(changes, write),
        Write::Session(SessionWrite::Insert { session }) => changes.insert(&tenant(&session.pool), session),
        Write::Session(SessionWrite::Update { before, after }) => changes.update(&tenant(&after.pool), before, after),
        Write::Session(SessionWrite::Delete { before }) => changes.remove(&tenant(&before.pool), before),
        Write::Cleanup(CleanupWrite::Begin { cleanup }) => {
            changes.put(&tenant(&cleanup.pool), &StoredCleanup::from(cleanup.clone()))
        }
        Write::Cleanup(CleanupWrite::End { cleanup }) => {
            changes.clear::<StoredCleanup>(&tenant(&cleanup.pool), &[&cleanup.name()]);
            Ok(())
        }
        Write::Code(write) => add_code(changes, write),
        Write::Challenge(ChallengeWrite::Spend { pool, id, until }) => {
            // Stands where what has ended is looked for: remembering it and sweeping it take one document.
            let key = tenant(pool).key(&["ending", &sortable(until.epoch_millis()), "spent", id]);
            changes.push(None, key, Change::Insert(Vec::new()));
            Ok(())
        }
        Write::Attempts(AttemptsWrite::Set { pool, name, before, after }) => {
            set_count(changes, pool, name, before.as_ref(), after)
        }
        Write::Attempts(AttemptsWrite::Forget { pool, name }) => {
            changes.clear::<Counted<Attempts>>(&tenant(pool), &[name]);
            Ok(())
        }
    }
}

fn add_pool(changes: &mut Changes, write: &PoolWrite) -> Result<(), StorageError> {
    match write {
        PoolWrite::Insert { pool } => changes.insert(&tenant(&pool.id), pool),
        PoolWrite::Update { before, after } => changes.update(&tenant(&after.id), before, after),
        PoolWrite::Delete { before } => changes.remove(&tenant(&before.id), before),
    }
}

fn add_user(changes: &mut Changes, write: &UserWrite) -> Result<(), StorageError> {
    match write {
        UserWrite::Insert { user } => changes.insert(&tenant(&user.pool), user),
        UserWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        UserWrite::Delete { before } => {
            let tenant = tenant(&before.pool);
            changes.clear::<StoredPassword>(&tenant, &[before.sub.as_str()]);
            for purpose in CodePurpose::ALL {
                changes.clear::<Code>(&tenant, &[before.sub.as_str(), purpose.label()]);
            }
            changes.remove(&tenant, before)
        }
    }
}

fn add_password(changes: &mut Changes, write: &PasswordWrite) -> Result<(), StorageError> {
    let stored = |sub: &Subject, credential| StoredPassword { sub: sub.clone(), credential };
    match write {
        PasswordWrite::Put { pool, sub, password } => changes.put(&tenant(pool), &stored(sub, password.clone())),
        PasswordWrite::Update { pool, sub, before, after } => {
            let before = before.clone().map(|credential| stored(sub, credential));
            changes.update(&tenant(pool), &before, &stored(sub, after.clone()))
        }
    }
}

fn add_group(changes: &mut Changes, write: &GroupWrite) -> Result<(), StorageError> {
    match write {
        GroupWrite::Insert { group } => changes.insert(&tenant(&group.pool), group),
        GroupWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        GroupWrite::Expect { before } => {
            changes.expect(&tenant(&before.pool), before);
            Ok(())
        }
        GroupWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}

fn add_code(changes: &mut Changes, write: &CodeWrite) -> Result<(), StorageError> {
    match write {
        CodeWrite::Put { code } => changes.put(&tenant(&code.pool), code),
        CodeWrite::Spend { before } => changes.remove(&tenant(&before.pool), before),
        CodeWrite::ForgetBudget { pool, name } => {
            changes.clear::<Counted<CodeBudget>>(&tenant(pool), &[name]);
            Ok(())
        }
        CodeWrite::SetBudget { pool, name, before, after } => set_count(changes, pool, name, before.as_ref(), after),
    }
}

fn set_count<T: Clone>(
    changes: &mut Changes,
    pool: &UserPoolId,
    name: &str,
    before: Option<&Versioned<T>>,
    after: &T,
) -> Result<(), StorageError>
where
    Counted<T>: Stored,
{
    let counted = |count: T| Counted { name: name.to_owned(), count };
    match before {
        None => changes.insert(&tenant(pool), &counted(after.clone())),
        Some(before) => changes.update(&tenant(pool), &before.clone().map(counted), &counted(after.clone())),
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

    fn groups(&self) -> &dyn Groups {
        self
    }

    fn sessions(&self) -> &dyn Sessions {
        self
    }

    fn codes(&self) -> &dyn Codes {
        self
    }

    fn attempts(&self) -> &dyn PasswordAttempts {
        self
    }

    fn cleanups(&self) -> &dyn Cleanups {
        self
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let mut changes = Changes::default();
        for (at, write) in writes.iter().enumerate() {
            add(changes.write(at), write)?;
        }
        let leading = self.directory().leading_to_what_goes(&writes).await?;
        let announced = self.directory().announce(&writes).await?;
        if let Err(refused) = changes.commit(&self.0).await {
            if refused.write().is_some() {
                self.directory().withdraw(&announced).await?;
            }
            return Err(refused);
        }
        self.directory().withdraw(&leading).await
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
        // What leads to a client goes first: the client itself tells a second attempt of it.
        let leading = self.directory().leading_to_clients_at(found.iter().map(|document| &document.key)).await?;
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
}

#[async_trait]
impl<S: DocumentStore> Pools for DocumentUserPools<S> {
    async fn get(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, StorageError> {
        self.0.record(&tenant(id), &[]).await
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<UserPool>>, StorageError> {
        let found = self.0.list::<PoolEntry>(&pool_directory(), page).await?;
        let keys = found.items.iter().map(|entry| tenant(&entry.pool).record::<UserPool>(&[]));
        Ok(Page { items: self.0.records(&keys.collect::<Vec<_>>()).await?, next: found.next })
    }

    async fn keys(&self, pool: &UserPoolId) -> Result<Vec<SealedKey>, StorageError> {
        let found = self.0.all::<StoredKey>(&tenant(pool)).await?;
        Ok(found.into_iter().map(|key| key.record.0).collect())
    }
}

#[async_trait]
impl<S: DocumentStore> Clients for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, id: &ClientId) -> Result<Option<Versioned<AppClient>>, StorageError> {
        self.0.record(&tenant(pool), &[id.as_str()]).await
    }

    async fn with_pool(
        &self,
        id: &ClientId,
    ) -> Result<Option<(Versioned<AppClient>, Versioned<UserPool>)>, StorageError> {
        let found = self.0.record::<ClientEntry>(&client_directory(), &[id.as_str()]).await?;
        let Some(entry) = found else { return Ok(None) };
        let (client, pool) = self.0.pair(&tenant(&entry.pool), &[id.as_str()], &[]).await?;
        Ok(client.zip(pool))
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<AppClient>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Users for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<User>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str()]).await
    }

    async fn named(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<User>>, StorageError> {
        self.0.named(&tenant(pool), name).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<User>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }

    async fn search(
        &self,
        pool: &UserPoolId,
        search: &Search,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let by = |index: &&Index<User>| index.name == search.attribute && index.name != BY_GROUP.name;
        let Some(index) = User::indexes().iter().find(by) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let value = search.value.as_str();
        let wanted = if search.prefix { Match::Beginning(value) } else { Match::Exactly(value) };
        self.0.search(&tenant(pool), index, wanted, page).await
    }

    async fn members(
        &self,
        pool: &UserPoolId,
        group: &GroupId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        self.0.search(&tenant(pool), &BY_GROUP, Match::Exactly(group.as_str()), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Passwords for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<Credential>>, StorageError> {
        let found = self.0.record::<StoredPassword>(&tenant(pool), &[sub.as_str()]).await?;
        Ok(found.map(|found| found.map(|stored| stored.credential)))
    }

    async fn with_user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<UserAndPassword>, StorageError> {
        let (user, password) =
            self.0.pair::<User, StoredPassword>(&tenant(pool), &[sub.as_str()], &[sub.as_str()]).await?;
        let password = password.map(|found| found.map(|stored| stored.credential));
        Ok(user.map(|user| (user, password)))
    }

    async fn with_named_user(&self, pool: &UserPoolId, name: &str) -> Result<Option<UserAndPassword>, StorageError> {
        match self.0.id_named::<User>(&tenant(pool), name).await?.as_deref() {
            Some([sub]) => self.with_user(pool, &sub.parse().map_err(StorageError::corrupt)?).await,
            _ => Ok(None),
        }
    }
}

#[async_trait]
impl<S: DocumentStore> Groups for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<Versioned<Group>>, StorageError> {
        self.0.record(&tenant(pool), &[name.as_str()]).await
    }

    async fn with_pool(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<PoolAndGroup>, StorageError> {
        let (pool, group) = self.0.pair(&tenant(pool), &[], &[name.as_str()]).await?;
        Ok(pool.map(|pool| (pool, group)))
    }

    async fn get_many(&self, pool: &UserPoolId, names: &[&GroupName]) -> Result<Vec<Versioned<Group>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = names.iter().map(|name| tenant.record::<Group>(&[name.as_str()])).collect();
        self.0.records(&keys).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Group>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Sessions for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<Session>>, StorageError> {
        self.0.record(&tenant(pool), &[id]).await
    }

    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Session>>, StorageError> {
        self.0.search(&tenant(pool), &BY_USER, Match::Exactly(sub.as_str()), page).await
    }
}

#[async_trait]
impl<S: DocumentStore> Codes for DocumentUserPools<S> {
    async fn get(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        purpose: CodePurpose,
    ) -> Result<Option<Versioned<Code>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str(), purpose.label()]).await
    }

    async fn budgets(
        &self,
        pool: &UserPoolId,
        names: &[String],
    ) -> Result<Vec<Option<Versioned<CodeBudget>>>, StorageError> {
        let tenant = tenant(pool);
        let keys: Vec<Key> = names.iter().map(|name| tenant.record::<Counted<CodeBudget>>(&[name])).collect();
        let found = self.0.records_at::<Counted<CodeBudget>>(&keys).await?;
        Ok(found.into_iter().map(|found| found.map(|found| found.map(|counted| counted.count))).collect())
    }
}

#[async_trait]
impl<S: DocumentStore> PasswordAttempts for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<Attempts>>, StorageError> {
        let found = self.0.record::<Counted<Attempts>>(&tenant(pool), &[name]).await?;
        Ok(found.map(|found| found.map(|counted| counted.count)))
    }
}

#[async_trait]
impl<S: DocumentStore> Cleanups for DocumentUserPools<S> {
    async fn of_pool(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Cleanup>, StorageError> {
        let found = self.0.list::<StoredCleanup>(&tenant(pool), page).await?;
        Ok(found.map(|found| found.record.cleanup))
    }
}
