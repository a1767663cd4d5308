//! A storage whose pools keep what stood before each change of their directory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::page::{Page, PageRequest};
use identity_kernel::time::{Clock, Timestamp};
use jwt_tokens::SealedKey;

use crate::model::client::AppClient;
use crate::model::group::Group;
use crate::model::history::PoolHistory;
use crate::model::ids::{ClientId, GroupName, Subject, UserPoolId};
use crate::model::past::Standing;
use crate::model::pool::UserPool;
use crate::reasons::PAUSED;
use crate::storage::{
    Authorizations, Cleanups, Clients, Codes, Devices, Domains, FactorWrite, Factors, GroupWrite, Groups, Histories,
    HistoryWrite, IdentityProviders, Imports, PasskeyWrite, Passkeys, PasswordAttempts, PasswordWrite, Passwords,
    PoolAndGroup, Pools, Protections, ResourceServers, Sessions, TermsOfClients, Tracking, UserPoolStorage, UserWrite,
    Users, Write, is_of_the_directory,
};

/// How often a commit is tried that was overtaken by what this storage has added to it.
const MOST_ROUNDS: usize = 20;

/// A storage that sees which pools keep a history, from the pools that operations read anyway, and adds to commits that change
/// the directory of one of them the write which keeps what stands there. Those writes lean on the pool's version: a node that
/// has not heard yet that a history was turned off, or that a restoration has begun, is refused, looks at the pool, and does
/// what is right. Commits of pools without a history pass as they are.
///
/// No operation asks for its history, so none forgets to.
pub(crate) struct Recorded {
    storage: Arc<dyn UserPoolStorage>,
    clock: Arc<dyn Clock>,
    seen: Mutex<BTreeMap<UserPoolId, Seen>>,
}

/// A pool with a history, as it was last read. Those without are not remembered.
#[derive(Clone, Debug)]
struct Seen {
    /// When the pool was made: of two of one id, the later counts.
    made_at: Timestamp,
    version: u64,
    history: PoolHistory,
}

impl Seen {
    fn of(pool: &Versioned<UserPool>) -> Self {
        Self { made_at: pool.created_at, version: pool.version, history: pool.history.clone() }
    }

    fn is_newer_than(&self, other: &Self) -> bool {
        (self.made_at, self.version) > (other.made_at, other.version)
    }
}

impl Recorded {
    pub(crate) fn new(storage: Arc<dyn UserPoolStorage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock, seen: Mutex::default() }
    }

    fn see(&self, pool: &Versioned<UserPool>) {
        let now = Seen::of(pool);
        let mut seen = self.lock();
        if seen.get(&pool.id).is_some_and(|before| before.is_newer_than(&now)) {
            return;
        }
        match (pool.history.since, pool.deleted_at) {
            (Some(_), None) => drop(seen.insert(pool.id.clone(), now)),
            _ => drop(seen.remove(&pool.id)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UserPoolId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the pool whose directory these writes change, if it keeps a history.
    fn recorded(&self, writes: &[Write]) -> Option<(UserPoolId, Seen)> {
        let seen = self.lock();
        if seen.is_empty() {
            return None;
        }
        let pool = writes.iter().filter(|write| is_of_the_directory(write)).find_map(pool_of)?;
        seen.get(pool).map(|known| (pool.clone(), known.clone()))
    }

    /// The writes with what keeps what stood before them.
    async fn keeping(
        &self,
        mut writes: Vec<Write>,
        pool: &UserPoolId,
        seen: &Seen,
    ) -> Result<Vec<Write>, StorageError> {
        self.name_what_stands(&mut writes, pool).await?;
        if !writes.iter().any(|write| matches!(write, Write::History(_))) {
            let keep = HistoryWrite::Keep { pool: pool.clone(), version: seen.version, at: self.clock.now() };
            writes.push(keep.into());
        }
        Ok(writes)
    }

    /// Turns writes of passwords and second factors that do not say what stands there into ones that do. One read, unless the users are new.
    async fn name_what_stands(&self, writes: &mut [Write], pool: &UserPoolId) -> Result<(), StorageError> {
        let new: Vec<Subject> = writes.iter().filter_map(inserted).cloned().collect();
        let blind: BTreeSet<Subject> = writes.iter().filter_map(blind).cloned().collect();
        let blind: Vec<&Subject> = blind.iter().filter(|sub| !new.contains(sub)).collect();
        let standing = match blind.as_slice() {
            [] => Vec::new(),
            blind => self.storage.histories().standing(pool, blind).await?,
        };
        let standing: BTreeMap<&Subject, Standing> = blind.into_iter().zip(standing).collect();
        for write in writes {
            let stands = |sub: &Subject| standing.get(sub).cloned().unwrap_or_default();
            match write {
                Write::Password(write) => *write = exact_password(write.clone(), stands),
                Write::Factor(FactorWrite::DeleteSecond { pool, sub }) => {
                    if let Some(before) = stands(sub).factors {
                        *write = FactorWrite::RemoveSecond { pool: pool.clone(), sub: sub.clone(), before }.into();
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn exact_password(write: PasswordWrite, stands: impl Fn(&Subject) -> Standing) -> PasswordWrite {
    match write {
        PasswordWrite::Put { pool, sub, password } => match stands(&sub).password {
            Some(before) => PasswordWrite::Update { pool, sub, before, after: password },
            None => PasswordWrite::Insert { pool, sub, password },
        },
        PasswordWrite::Delete { pool, sub } => match stands(&sub).password {
            Some(before) => PasswordWrite::Remove { pool, sub, before },
            None => PasswordWrite::Delete { pool, sub },
        },
        other => other,
    }
}

/// The pool of a write of the directory.
fn pool_of(write: &Write) -> Option<&UserPoolId> {
    match write {
        Write::User(UserWrite::Insert { user }) => Some(&user.pool),
        Write::User(UserWrite::Update { before, .. } | UserWrite::Delete { before }) => Some(&before.pool),
        Write::Password(write) => Some(write.pool()),
        Write::Factor(write) => Some(write.pool()),
        Write::Passkey(PasskeyWrite::Insert { passkeys }) => Some(&passkeys.pool),
        Write::Passkey(PasskeyWrite::Update { before, .. } | PasskeyWrite::Delete { before }) => Some(&before.pool),
        Write::Group(GroupWrite::Insert { group }) => Some(&group.pool),
        Write::Group(
            GroupWrite::Update { before, .. } | GroupWrite::Expect { before } | GroupWrite::Delete { before },
        ) => Some(&before.pool),
        _ => None,
    }
}

fn inserted(write: &Write) -> Option<&Subject> {
    match write {
        Write::User(UserWrite::Insert { user }) => Some(&user.sub),
        _ => None,
    }
}

fn blind(write: &Write) -> Option<&Subject> {
    match write {
        Write::Password(PasswordWrite::Put { sub, .. } | PasswordWrite::Delete { sub, .. })
        | Write::Factor(FactorWrite::DeleteSecond { sub, .. }) => Some(sub),
        _ => None,
    }
}

/// Whether a refusal is of what was added or made more exact here, and not of what the caller knows.
fn is_of_what_was_added(refusal: &StorageError, asked: &[Write]) -> bool {
    let refused = matches!(refusal.kind(), StorageErrorKind::Conflict | StorageErrorKind::AlreadyExists);
    let place = refusal.write().map(|at| asked.get(at));
    refused && place.is_some_and(|write| write.is_none_or(|write| blind(write).is_some()))
}

fn paused() -> StorageError {
    StorageError::refused(StorageErrorKind::Conflict, 0, Some(PAUSED))
}

#[async_trait]
impl UserPoolStorage for Recorded {
    fn pools(&self) -> &dyn Pools {
        self
    }

    fn clients(&self) -> &dyn Clients {
        self
    }

    fn users(&self) -> &dyn Users {
        self.storage.users()
    }

    fn passwords(&self) -> &dyn Passwords {
        self.storage.passwords()
    }

    fn groups(&self) -> &dyn Groups {
        self
    }

    fn identity_providers(&self) -> &dyn IdentityProviders {
        self.storage.identity_providers()
    }

    fn domains(&self) -> &dyn Domains {
        self.storage.domains()
    }

    fn terms(&self) -> &dyn TermsOfClients {
        self.storage.terms()
    }

    fn authorizations(&self) -> &dyn Authorizations {
        self.storage.authorizations()
    }

    fn resource_servers(&self) -> &dyn ResourceServers {
        self.storage.resource_servers()
    }

    fn sessions(&self) -> &dyn Sessions {
        self.storage.sessions()
    }

    fn devices(&self) -> &dyn Devices {
        self.storage.devices()
    }

    fn tracking(&self) -> &dyn Tracking {
        self.storage.tracking()
    }

    fn codes(&self) -> &dyn Codes {
        self.storage.codes()
    }

    fn attempts(&self) -> &dyn PasswordAttempts {
        self.storage.attempts()
    }

    fn passkeys(&self) -> &dyn Passkeys {
        self.storage.passkeys()
    }

    fn factors(&self) -> &dyn Factors {
        self.storage.factors()
    }

    fn cleanups(&self) -> &dyn Cleanups {
        self.storage.cleanups()
    }

    fn protections(&self) -> &dyn Protections {
        self.storage.protections()
    }

    fn imports(&self) -> &dyn Imports {
        self.storage.imports()
    }

    fn histories(&self) -> &dyn Histories {
        self.storage.histories()
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        // Who says so is the restoration itself.
        let may_write = writes.iter().any(|write| matches!(write, Write::History(_)));
        for _ in 0..MOST_ROUNDS {
            let Some((pool, seen)) = self.recorded(&writes) else { return self.storage.commit(writes).await };
            if seen.history.is_paused(self.clock.now()) && !may_write {
                // It may be over by now: whoever is refused has looked.
                let now = self.pools().get(&pool).await?;
                if now.is_some_and(|now| now.history.is_paused(self.clock.now())) {
                    return Err(paused());
                }
                continue;
            }
            let kept = self.keeping(writes.clone(), &pool, &seen).await?;
            match self.storage.commit(kept).await {
                Err(refusal) if is_of_what_was_added(&refusal, &writes) && !may_write => {
                    drop(self.pools().get(&pool).await?);
                }
                outcome => return outcome,
            }
        }
        Err(StorageError::of_kind(StorageErrorKind::Conflict))
    }

    async fn purge(&self, pool: &Versioned<UserPool>, limit: usize) -> Result<usize, StorageError> {
        self.storage.purge(pool, limit).await
    }

    async fn sweep(&self, pool: &UserPoolId, ended_before: Timestamp, limit: usize) -> Result<bool, StorageError> {
        self.storage.sweep(pool, ended_before, limit).await
    }

    async fn forget_history(
        &self,
        pool: &UserPoolId,
        made_before: Timestamp,
        limit: usize,
    ) -> Result<bool, StorageError> {
        self.storage.forget_history(pool, made_before, limit).await
    }
}

#[async_trait]
impl Pools for Recorded {
    async fn get(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, StorageError> {
        let found = self.storage.pools().get(id).await?;
        if let Some(pool) = &found {
            self.see(pool);
        }
        Ok(found)
    }

    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<UserPool>>, StorageError> {
        let found = self.storage.pools().list(page).await?;
        for pool in &found.items {
            self.see(pool);
        }
        Ok(found)
    }

    async fn keys(&self, pool: &UserPoolId) -> Result<Vec<SealedKey>, StorageError> {
        self.storage.pools().keys(pool).await
    }
}

#[async_trait]
impl Clients for Recorded {
    async fn get(&self, pool: &UserPoolId, id: &ClientId) -> Result<Option<Versioned<AppClient>>, StorageError> {
        self.storage.clients().get(pool, id).await
    }

    async fn with_pool(
        &self,
        id: &ClientId,
    ) -> Result<Option<(Versioned<AppClient>, Versioned<UserPool>)>, StorageError> {
        let found = self.storage.clients().with_pool(id).await?;
        if let Some((_, pool)) = &found {
            self.see(pool);
        }
        Ok(found)
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<AppClient>>, StorageError> {
        self.storage.clients().list(pool, page).await
    }
}

#[async_trait]
impl Groups for Recorded {
    async fn get(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<Versioned<Group>>, StorageError> {
        self.storage.groups().get(pool, name).await
    }

    async fn with_pool(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<PoolAndGroup>, StorageError> {
        let found = self.storage.groups().with_pool(pool, name).await?;
        if let Some((pool, _)) = &found {
            self.see(pool);
        }
        Ok(found)
    }

    async fn get_many(&self, pool: &UserPoolId, names: &[&GroupName]) -> Result<Vec<Versioned<Group>>, StorageError> {
        self.storage.groups().get_many(pool, names).await
    }

    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Group>>, StorageError> {
        self.storage.groups().list(pool, page).await
    }
}
