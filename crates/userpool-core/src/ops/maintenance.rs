//! What is done again and again in the background.

use std::sync::Arc;

use document_store::page::PageRequest;
use identity_kernel::time::CLOCK_STEP_SECONDS;

use crate::error::Error;
use crate::model::pool::UserPool;
use crate::ports::{Routine, Running};
use crate::service::UserPools;

/// How many records one commit of the sweeping removes.
const SWEPT_AT_ONCE: usize = 200;

/// Seconds between two rounds.
const EVERY_SECONDS: u64 = 3600;

impl UserPools {
    /// Finishes what deletions left in any pool, goes on with imports, restorations and changes of case rules that were broken off, forgets histories outside of their windows, and removes from every pool what has ended: sessions, codes, spent
    /// challenges, and tries and budgets that time has forgiven. What ended less than [`CLOCK_STEP_SECONDS`] ago stays, for a
    /// clock that is set back must not revive it.
    ///
    /// It works in commits of some hundred records. It can be broken off at any time, and run on several nodes at once; no
    /// other operation waits for it, or does any of the sweeping. [`maintain_regularly`](Self::maintain_regularly) calls it.
    ///
    /// # Errors
    ///
    /// The first pool's that could not be done; the others are done all the same, and that one the next time.
    pub async fn maintain(&self) -> Result<(), Error> {
        let (mut outcome, mut page) = (Ok(()), PageRequest::default());
        loop {
            let pools = self.storage.pools().list(&page).await?;
            for pool in &pools.items {
                let done = self.maintain_pool(pool).await;
                outcome = outcome.and(done);
            }
            if pools.next.is_none() {
                return outcome;
            }
            page.after = pools.next;
        }
    }

    async fn maintain_pool(&self, pool: &UserPool) -> Result<(), Error> {
        while self.clean_up(&pool.id).await? {}
        if pool.deleted_at.is_none() {
            self.resume_imports(&pool.id).await?;
            self.resume_restorations(pool).await?;
            self.resume_case_change(pool).await;
            self.attend_case_change(pool).await;
            let ended_before = self.now().plus_seconds(-CLOCK_STEP_SECONDS);
            self.forget_old_history(pool).await?;
            while self.storage.sweep(&pool.id, ended_before, SWEPT_AT_ONCE).await? {}
        }
        Ok(())
    }

    /// Has [`maintain`](Self::maintain) done in the background, now and every hour, for as long as this handle is held by
    /// anybody. The facade calls it.
    pub async fn maintain_regularly(self: &Arc<Self>) {
        let held = Arc::downgrade(self);
        let round = move || {
            let service = held.upgrade()?;
            Some(Box::pin(async move { service.maintain().await }) as Running)
        };
        let routine = Routine { name: "maintain", every_seconds: EVERY_SECONDS, round: Box::new(round) };
        self.background.repeat(routine).await;
    }
}
