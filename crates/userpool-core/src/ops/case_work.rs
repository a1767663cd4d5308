//! Changes of case rules, done some users at a time. How far one has come stands in the pool; what it does to a user can be done
//! twice. So whoever finds one goes on where it stands, after a crash or on another node.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::PageRequest;

use crate::error::Error;
use crate::model::case_change::{CaseChange, CasePhase};
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ports::{Job, Routine, Running};
use crate::service::UserPools;
use crate::storage::{PoolWrite, UserWrite, Write};

/// How many users one commit changes.
const CHANGED_AT_ONCE: usize = 100;

/// Seconds between two looks at a change.
const EVERY_SECONDS: u64 = 60;

/// After how many pages it is written down how far the change has come.
const PAGES_AT_ONCE: usize = 20;

/// Whether users are to be gone through, now or later.
fn has_work(pool: &UserPool) -> bool {
    pool.case_change.as_ref().is_some_and(|change| change.phase.is_work())
}

impl UserPools {
    /// Goes on with the change of a pool's case rule, if there is something to do now, by one job of this process at a time.
    pub(crate) async fn resume_case_change(&self, pool: &UserPool) {
        if !pool.case_change.as_ref().is_some_and(|change| change.is_due(self.now())) {
            return;
        }
        let (service, pool) = (self.clone(), pool.id.clone());
        let work = async move {
            let Some(mut turn) = service.changing_case.take(&pool) else { return Ok(()) };
            loop {
                service.change_case(&pool).await?;
                match turn.end() {
                    Ok(()) => return Ok(()),
                    Err(still) => turn = still,
                }
            }
        };
        self.background.start(Job { name: "change of a case rule", work: Box::pin(work) }).await;
    }

    /// Looks after the change of a pool's case rule every minute, as long as users are to be gone through: between two passes
    /// a quarter of an hour goes by. One routine of this process at a time.
    pub(crate) async fn attend_case_change(&self, pool: &UserPool) {
        if !has_work(pool) {
            return;
        }
        let Some(turn) = self.attending_case.take(&pool.id) else { return };
        let (service, id, over) = (self.clone(), pool.id.clone(), Arc::new(AtomicBool::new(false)));
        let round = move || {
            // Given back with the routine.
            let _turn = &turn;
            let (service, id, ending) = (service.clone(), id.clone(), Arc::clone(&over));
            let look = async move {
                match service.find_pool(&id).await? {
                    Some(pool) if has_work(&pool) => service.resume_case_change(&pool).await,
                    _ => ending.store(true, Ordering::SeqCst),
                }
                Ok(())
            };
            (!over.load(Ordering::SeqCst)).then(|| Box::pin(look) as Running)
        };
        let routine = Routine { name: "change of a case rule", every_seconds: EVERY_SECONDS, round: Box::new(round) };
        self.background.repeat(routine).await;
    }

    async fn change_case(&self, id: &UserPoolId) -> Result<(), Error> {
        while let Some(pool) = self.find_pool(id).await? {
            let Some(change) = pool.case_change.clone().filter(|change| change.is_due(self.now())) else { break };
            match self.change_some(pool, change).await {
                // Another node has done it, or the pool was changed: what is done already is not done again.
                Err(Error::Concurrent) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// Looks at some pages of users, and writes down how far that is; behind the last one the phase has ended, or the users are
    /// gone through again.
    async fn change_some(&self, before: Versioned<UserPool>, mut change: CaseChange) -> Result<(), Error> {
        for _ in 0..PAGES_AT_ONCE {
            let page = PageRequest { limit: CHANGED_AT_ONCE, after: change.page.take() };
            let found = self.storage.users().list(&before.id, &page).await?;
            change.users += found.items.len() as u64;
            change.taken += self.hold_names(&before, found.items).await?;
            change.page = found.next;
            if change.page.is_none() {
                break;
            }
        }
        let (now, phase) = (self.now(), change.phase);
        let case_change = if change.page.is_some() { Some(change) } else { change.after_pass(now) };
        let in_force = case_change.as_ref().map(|change| change.phase) == Some(CasePhase::InForce);
        let turns = in_force && phase != CasePhase::InForce;
        let case_sensitive = before.case_sensitive != turns;
        let modified_at = if turns { now } else { before.modified_at };
        let after = UserPool { case_sensitive, case_change, modified_at, ..before.record.clone() };
        Ok(self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?)
    }

    /// Gives users the names that the phase asks for. How many have one that is somebody's.
    async fn hold_names(&self, pool: &UserPool, users: Vec<Versioned<User>>) -> Result<u64, Error> {
        let writes: Vec<Write> = users.iter().filter_map(|user| holding(pool, user.clone())).collect();
        if writes.is_empty() {
            return Ok(0);
        }
        match self.storage.commit(writes).await {
            Err(error) if matches!(error.kind(), StorageErrorKind::AlreadyExists | StorageErrorKind::Conflict) => {}
            outcome => return Ok(outcome.map(|()| 0)?),
        }
        let mut taken = 0;
        for user in users {
            taken += u64::from(self.is_taken(pool, user).await?);
        }
        Ok(taken)
    }

    /// The same for one user: whether a name is somebody's.
    async fn is_taken(&self, pool: &UserPool, mut user: Versioned<User>) -> Result<bool, Error> {
        for _ in 0..MOST_ROUNDS {
            let sub = user.sub.clone();
            let Some(write) = holding(pool, user) else { return Ok(false) };
            match self.storage.commit(vec![write]).await {
                Ok(()) => return Ok(false),
                Err(error) if is_overtaken(&error) => {}
                Err(error) if error.kind() == StorageErrorKind::AlreadyExists => return Ok(true),
                Err(error) => return Err(error.into()),
            }
            let Some(now) = self.storage.users().get(&pool.id, &sub).await? else { return Ok(false) };
            user = now;
        }
        Err(Error::Concurrent)
    }
}

/// The write that has a user hold the right names, if others are held.
fn holding(pool: &UserPool, before: Versioned<User>) -> Option<Write> {
    let mut after = before.record.clone();
    after.claim_names(pool);
    (after != before.record).then(|| UserWrite::Update { before, after }.into())
}
