//! A user keeps so many devices and no more.

use document_store::Versioned;
use document_store::page::PageRequest;

use crate::error::Error;
use crate::model::ceremony::fingerprint;
use crate::model::cleanup::{Cleanup, CleanupTask};
use crate::model::device::{Device, MOST_DEVICES};
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::ops::account::Authenticated;
use crate::service::UserPools;
use crate::storage::{CleanupWrite, DeviceWrite, Write};

/// How many devices are looked at before another is added: twice as many as there should be, for some may be dead, and some
/// may have been confirmed at once.
const LOOKED_AT: usize = 2 * MOST_DEVICES;

impl UserPools {
    /// The writes that make room for one more device of the caller's: those that another password has forgotten go, and of the
    /// others those that have signed in least lately. What devices that are confirmed at the same moment leave beyond the most goes
    /// in the background.
    pub(crate) async fn room_for_a_device(&self, me: &Authenticated, bound_to: &str) -> Result<Vec<Write>, Error> {
        let page = PageRequest { limit: LOOKED_AT, after: None };
        let there = self.storage.devices().of_user(&me.pool.id, &me.user.sub, &page).await?.items;
        let gone = to_go(there, bound_to, MOST_DEVICES - 1).into_iter();
        let mut writes: Vec<Write> = gone.map(|before| DeviceWrite::Delete { before }.into()).collect();
        writes.extend(forget_devices(&me.pool, &me.user.sub));
        Ok(writes)
    }

    /// The writes that remove the devices of a user that another password has forgotten, and those beyond the most.
    pub(crate) async fn surplus_devices(&self, pool: &UserPoolId, sub: &Subject) -> Result<Vec<Write>, Error> {
        let (mut there, mut page) = (Vec::new(), PageRequest { limit: LOOKED_AT, after: None });
        loop {
            let found = self.storage.devices().of_user(pool, sub, &page).await?;
            there.extend(found.items);
            let Some(next) = found.next else { break };
            page.after = Some(next);
        }
        if there.is_empty() {
            return Ok(Vec::new());
        }
        // Read after them: a device that was there is of this password, or of one that is no more.
        let password = self.storage.passwords().get(pool, sub).await?;
        let gone = to_go(there, &fingerprint(password.as_deref()), MOST_DEVICES).into_iter();
        Ok(gone.map(|before| DeviceWrite::Delete { before }.into()).collect())
    }
}

/// The write that has a user's devices gone through in the background, where the pool knows devices: with another password, and
/// with another device.
pub(crate) fn forget_devices(pool: &UserPool, sub: &Subject) -> Option<Write> {
    pool.settings.devices?;
    let cleanup = Cleanup { pool: pool.id.clone(), task: CleanupTask::Devices(sub.clone()) };
    Some(CleanupWrite::Begin { cleanup }.into())
}

/// The devices that go, if so many may stay.
fn to_go(there: Vec<Versioned<Device>>, bound_to: &str, most: usize) -> Vec<Versioned<Device>> {
    let (mut living, mut gone): (Vec<_>, Vec<_>) = there.into_iter().partition(|device| device.is_bound_to(bound_to));
    living.sort_by_key(|device| device.authenticated_at);
    let beyond = living.len().saturating_sub(most);
    gone.extend(living.into_iter().take(beyond));
    gone
}
