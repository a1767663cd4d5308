//! Removing what has ended.

use document_store::page::PageRequest;
use identity_kernel::time::CLOCK_STEP_SECONDS;

use crate::error::Error;
use crate::service::UserPools;

/// How many records one commit removes.
const SWEPT_AT_ONCE: usize = 200;

impl UserPools {
    /// Removes from every pool what has ended: sessions, codes, spent challenges, and tries and budgets that time has
    /// forgiven. What ended less than [`CLOCK_STEP_SECONDS`] ago stays, for a clock that is set back must not revive it.
    ///
    /// No other operation waits for it or does any of it. For every hour or so; it can be broken off at any time, and run on
    /// several nodes at once.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; what was not removed then is, the next time.
    pub async fn sweep(&self) -> Result<(), Error> {
        let ended_before = self.now().plus_seconds(-CLOCK_STEP_SECONDS);
        let mut page = PageRequest::default();
        loop {
            let pools = self.storage.pools().list(&page).await?;
            for pool in pools.items {
                while self.storage.sweep(&pool.id, ended_before, SWEPT_AT_ONCE).await? {}
            }
            if pools.next.is_none() {
                return Ok(());
            }
            page.after = pools.next;
        }
    }
}
