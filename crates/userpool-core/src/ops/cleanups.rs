//! What deletions leave to be removed, removed slice by slice.

use document_store::Versioned;
use document_store::page::PageRequest;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::cleanup::CleanupTask;
use crate::model::ids::{GroupId, Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::codes::is_overtaken;
use crate::ports::Job;
use crate::service::UserPools;
use crate::storage::{CleanupWrite, PoolWrite, SessionWrite, UserWrite, Write};

/// How many users or sessions one commit changes or removes.
const SLICE: usize = 100;

/// How many records of a deleted pool one commit removes.
pub(crate) const PURGED_AT_ONCE: usize = 500;

/// How long after a pool's deletion its record stays at least, in seconds. A call that had begun before may add something
/// afterwards; none runs so long.
const LATECOMERS_SECONDS: i64 = 3600;

impl UserPools {
    /// Has what deletions left in a pool removed in the background.
    pub(crate) async fn start_cleanups(&self, pool: &UserPoolId) {
        let (service, pool) = (self.clone(), pool.clone());
        let work = async move {
            while service.clean_up(&pool).await? {}
            Ok(())
        };
        self.background.start(Job { name: "clean-up", work: Box::pin(work) }).await;
    }

    /// Removes one slice of whatever deletions left in a pool. Whether there may be more.
    pub(crate) async fn clean_up(&self, pool: &UserPoolId) -> Result<bool, Error> {
        let Some(found) = self.storage.pools().get(pool).await? else { return Ok(false) };
        if let Some(deleted_at) = found.deleted_at {
            return self.clean_up_pool(found, deleted_at).await;
        }
        let cleanups = self.storage.cleanups().of_pool(pool, &PageRequest { limit: 10, after: None }).await?;
        for cleanup in &cleanups.items {
            let done = match &cleanup.task {
                CleanupTask::Members(group) => self.remove_members(pool, group).await?,
                CleanupTask::Sessions(sub) => self.remove_sessions(pool, sub).await?,
            };
            if done {
                self.storage.commit(vec![CleanupWrite::End { cleanup: cleanup.clone() }.into()]).await?;
            }
        }
        Ok(!cleanups.items.is_empty())
    }

    async fn clean_up_pool(&self, pool: Versioned<UserPool>, deleted_at: Timestamp) -> Result<bool, Error> {
        self.forget_keys(&pool.id);
        match self.storage.purge(&pool, PURGED_AT_ONCE).await {
            Ok(0) => {}
            Ok(_) => return Ok(true),
            // Another node has finished, or the pool was made anew.
            Err(error) if is_overtaken(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if self.now().seconds_since(deleted_at) < LATECOMERS_SECONDS {
            return Ok(false);
        }
        match self.storage.commit(vec![PoolWrite::Delete { before: pool }.into()]).await {
            Err(error) if !is_overtaken(&error) => Err(error.into()),
            _ => Ok(false),
        }
    }

    /// Takes a slice of the members out of a group that is gone. Whether nobody was left.
    async fn remove_members(&self, pool: &UserPoolId, group: &GroupId) -> Result<bool, Error> {
        let page = PageRequest { limit: SLICE, after: None };
        let found = self.storage.users().members(pool, group, &page).await?;
        let done = found.items.is_empty() && found.next.is_none();
        let now = self.now();
        let leave = |before: Versioned<User>| {
            let mut after = User { modified_at: now, ..before.record.clone() };
            after.memberships.retain(|_, id| id != group);
            UserWrite::Update { before, after }.into()
        };
        self.commit_each(found.items.into_iter().map(leave).collect()).await?;
        Ok(done)
    }

    /// Removes a slice of the sessions of a user who is gone. Whether none was left.
    async fn remove_sessions(&self, pool: &UserPoolId, sub: &Subject) -> Result<bool, Error> {
        let page = PageRequest { limit: SLICE, after: None };
        let found = self.storage.sessions().of_user(pool, sub, &page).await?;
        let done = found.items.is_empty() && found.next.is_none();
        let remove = |before| SessionWrite::Delete { before }.into();
        self.commit_each(found.items.into_iter().map(remove).collect()).await?;
        Ok(done)
    }

    /// Commits these writes as one, or, if one of them is overtaken, each by itself. What is overtaken then is left for the
    /// next slice.
    async fn commit_each(&self, writes: Vec<Write>) -> Result<(), Error> {
        if writes.is_empty() {
            return Ok(());
        }
        match self.storage.commit(writes.clone()).await {
            Err(error) if is_overtaken(&error) => {}
            outcome => return Ok(outcome?),
        }
        for write in writes {
            match self.storage.commit(vec![write]).await {
                Err(error) if !is_overtaken(&error) => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}
