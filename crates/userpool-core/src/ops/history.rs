//! What pools keep of their directories as they were, forgotten when its time is over.

use identity_kernel::time::CLOCK_STEP_SECONDS;

use crate::error::Error;
use crate::model::history::PoolHistory;
use crate::model::pool::UserPool;
use crate::ops::rounds::is_overtaken;
use crate::service::UserPools;
use crate::storage::PoolWrite;

/// How many changes one commit forgets.
const FORGOTTEN_AT_ONCE: usize = 500;

impl UserPools {
    /// Forgets what stood in a pool before the window that it names, and everything once its history is turned off. While a
    /// restoration is under way nothing is forgotten. A pool that never had a history is not looked at.
    pub(crate) async fn forget_old_history(&self, pool: &UserPool) -> Result<(), Error> {
        let history = &pool.history;
        if history.restoration.is_some() || (history.since.is_none() && !history.left) {
            return Ok(());
        }
        let now = self.now();
        let before = match history.since {
            // A clock that is set back must not need what is gone.
            Some(_) => pool.settings.history.forgotten_before(now).plus_seconds(-CLOCK_STEP_SECONDS),
            None => now.plus_seconds(CLOCK_STEP_SECONDS),
        };
        while self.storage.forget_history(&pool.id, before, FORGOTTEN_AT_ONCE).await? {}
        if history.left { self.note_nothing_left(pool).await } else { Ok(()) }
    }

    async fn note_nothing_left(&self, pool: &UserPool) -> Result<(), Error> {
        let Some(before) = self.find_pool(&pool.id).await?.filter(|now| now.history == pool.history) else {
            return Ok(());
        };
        let history = PoolHistory { left: false, ..before.history.clone() };
        let after = UserPool { history, ..before.record.clone() };
        match self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await {
            Err(error) if !is_overtaken(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }
}
