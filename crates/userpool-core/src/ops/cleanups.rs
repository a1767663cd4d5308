//! What deletions leave to be removed, removed slice by slice.

use document_store::Versioned;
use document_store::page::PageRequest;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::cleanup::{Cleanup, CleanupTask};
use crate::model::ids::{GroupId, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::rounds::is_overtaken;
use crate::ports::Job;
use crate::service::UserPools;
use crate::storage::{CleanupWrite, DeviceWrite, PoolWrite, SessionWrite, UserWrite, Write};

/// How many users or sessions one commit changes or removes.
const SLICE: usize = 100;

/// How often a slice is tried as a whole before it is done one by one.
const WHOLE_SLICES: usize = 3;

/// How many records of a deleted pool one commit removes.
pub(crate) const PURGED_AT_ONCE: usize = 500;

/// How long after a pool's deletion its record stays at least, in seconds. A call that had begun before may add something
/// afterwards; none runs so long.
const LATECOMERS_SECONDS: i64 = 3600;

impl UserPools {
    /// Has what deletions left in a pool removed in the background, by one job of this process at a time.
    pub(crate) async fn start_cleanups(&self, pool: &UserPoolId) {
        let (service, pool) = (self.clone(), pool.clone());
        let work = async move {
            let Some(mut turn) = service.cleaning.take(&pool) else { return Ok(()) };
            loop {
                while service.clean_up(&pool).await? {}
                match turn.end() {
                    Ok(()) => return Ok(()),
                    Err(still) => turn = still,
                }
            }
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
            if self.remove_slice(cleanup).await? {
                self.end_cleanup(cleanup.clone()).await?;
            }
        }
        Ok(!cleanups.items.is_empty())
    }

    /// Ends a cleanup of which nothing is left to do. If it was begun anew meanwhile, it stands and is gone through again.
    pub(crate) async fn end_cleanup(&self, before: Versioned<Cleanup>) -> Result<(), Error> {
        match self.storage.commit(vec![CleanupWrite::End { before }.into()]).await {
            Err(error) if !is_overtaken(&error) => Err(error.into()),
            _ => Ok(()),
        }
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

    /// Does one slice of a cleanup, as one commit. Whether nothing was left to do.
    pub(crate) async fn remove_slice(&self, cleanup: &Cleanup) -> Result<bool, Error> {
        let mut slice = self.next_slice(cleanup).await?;
        for _ in 0..WHOLE_SLICES {
            let Some(writes) = slice else { return Ok(true) };
            match self.storage.commit(writes).await {
                // Somebody was changed meanwhile, or another node has done the slice.
                Err(error) if is_overtaken(&error) => slice = self.next_slice(cleanup).await?,
                outcome => return Ok(outcome.map(|()| false)?),
            }
        }
        for write in slice.into_iter().flatten() {
            match self.storage.commit(vec![write]).await {
                Err(error) if !is_overtaken(&error) => return Err(error.into()),
                _ => {}
            }
        }
        Ok(false)
    }

    /// The writes of a cleanup's next slice; `None` when it is done.
    async fn next_slice(&self, cleanup: &Cleanup) -> Result<Option<Vec<Write>>, Error> {
        let page = PageRequest { limit: SLICE, after: None };
        if let CleanupTask::Devices(sub) = &cleanup.task {
            let writes: Vec<Write> = self.surplus_devices(&cleanup.pool, sub).await?.into_iter().take(SLICE).collect();
            return Ok((!writes.is_empty()).then_some(writes));
        }
        let (writes, next): (Vec<Write>, _) = match &cleanup.task {
            CleanupTask::Members(group) => {
                let found = self.storage.users().members(&cleanup.pool, group, &page).await?;
                let now = self.now();
                (found.items.into_iter().map(|before| leave(before, group, now)).collect(), found.next)
            }
            CleanupTask::Sessions(sub) | CleanupTask::Devices(sub) => {
                let found = self.storage.sessions().of_user(&cleanup.pool, sub, &page).await?;
                let devices = self.storage.devices().of_user(&cleanup.pool, sub, &page).await?;
                let sessions = found.items.into_iter().map(|before| SessionWrite::Delete { before }.into());
                let owned = devices.items.into_iter().map(|before| DeviceWrite::Delete { before }.into());
                (sessions.chain(owned).collect(), found.next.or(devices.next))
            }
        };
        // An empty page that is not the last: others were faster with what was on it.
        Ok((!writes.is_empty() || next.is_some()).then_some(writes))
    }
}

/// Takes a user out of a group that is gone.
fn leave(before: Versioned<User>, group: &GroupId, now: Timestamp) -> Write {
    let mut after = User { modified_at: now, ..before.record.clone() };
    after.memberships.retain(|_, id| id != group);
    UserWrite::Update { before, after }.into()
}
