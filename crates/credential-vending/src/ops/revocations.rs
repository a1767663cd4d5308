//! What revokes vended credentials.

use identity_kernel::entropy;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::{Revocation, Revoked};
use crate::ports::Action;
use crate::revocation_list::RevocationList;
use crate::service::CredentialVending;
use crate::storage::{RevocationWrite, Write};

impl CredentialVending {
    /// Revokes one session, all of an identity's, a pool's or a role's, all that were vended before a time, or all, and whatever
    /// was made by them: their keys are refused from now on wherever this
    /// storage is asked, and wherever else as soon as the next [`RevocationList`](crate::RevocationList) is there.
    /// Revocations that have nothing left to revoke are forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn revoke(&self, what: Revoked) -> Result<(), Error> {
        let label = what.label();
        self.recorded(Action::Revoke, &label, self.store_revocation(what)).await
    }

    async fn store_revocation(&self, what: Revoked) -> Result<(), Error> {
        let now = self.now();
        let all = self.storage.revocations().all().await?;
        let what = later(what, &all, now);
        let spent = all.into_iter().filter(|old| !old.matters(now) && old.what.label() != what.label());
        let mut writes: Vec<Write> = spent.map(|old| RevocationWrite::Forget { what: old.what }.into()).collect();
        let id = u64::from_be_bytes(entropy::bytes(self.entropy.as_ref()));
        writes.push(RevocationWrite::Put { revocation: Revocation { id, what, at: now } }.into());
        Ok(self.storage.commit(writes).await?)
    }

    /// The list as it is now, signed with the key that vends now: for verifiers that poll it.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn signed_revocation_list(&self) -> Result<String, Error> {
        let now = self.now();
        let mut revocations = self.storage.revocations().all().await?;
        revocations.retain(|revocation| revocation.matters(now));
        Ok(RevocationList { issued_at: now, revocations }.sign(&self.newest_vending_key().await?))
    }
}

/// A time that is revoked up to never goes back, and lies not in the future.
fn later(what: Revoked, all: &[Revocation], now: Timestamp) -> Revoked {
    let Revoked::IssuedBefore(time) = what else { return what };
    let before = all.iter().filter_map(|old| if let Revoked::IssuedBefore(old) = old.what { Some(old) } else { None });
    Revoked::IssuedBefore(before.fold(time.min(now), Timestamp::max))
}
