//! An operator's word that what began in some span of time counts no more.

use document_store::error::StorageErrorKind;
use document_store::page::PageRequest;
use identity_kernel::entropy;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::ids::UserPoolId;
use crate::model::pool::{Invalidation, UserPool};
use crate::service::UserPools;
use crate::storage::PoolWrite;

impl UserPools {
    /// Ends in every pool what began at `since` or later: sign-ins with their refresh tokens, challenges, and codes that
    /// were sent. Users sign in anew with what they know; accounts and passwords stay.
    ///
    /// It is for the time after a backup was restored, which has forgotten what was revoked and spent since it was taken
    /// (line 116), and after a break-in. Access tokens count no more where the directory is asked; those who check them
    /// with the key set alone take them until they expire, or until the keys are rotated
    /// ([`rotate_signing_key`](Self::rotate_signing_key)). It costs one write for each pool. Returns the number of pools.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`], after which some pools may have been done: do it again. [`Error::Concurrent`] if a pool was
    /// changed by others again and again meanwhile.
    pub async fn invalidate_since(&self, since: Timestamp) -> Result<usize, Error> {
        let (mut done, mut after) = (0, None);
        loop {
            let page = self.storage.pools().list(&PageRequest { limit: 60, after }).await?;
            for pool in page.items.iter().filter(|pool| pool.deleted_at.is_none()) {
                self.invalidate_pool(&pool.id, since).await?;
                done += 1;
            }
            after = page.next;
            if after.is_none() {
                return Ok(done);
            }
        }
    }

    async fn invalidate_pool(&self, id: &UserPoolId, since: Timestamp) -> Result<(), Error> {
        for _ in 0..16 {
            // Deleted meanwhile: nothing is left of it.
            let Some(before) = self.find_pool(id).await? else { return Ok(()) };
            let mut after: UserPool = before.record.clone();
            let id = u64::from_be_bytes(entropy::bytes(self.entropy.as_ref()));
            after.invalidations.push(Invalidation { id, since });
            match self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await {
                Err(error) if error.kind() == StorageErrorKind::Conflict => {}
                outcome => return Ok(outcome?),
            }
        }
        Err(Error::Concurrent)
    }
}
