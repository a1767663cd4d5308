//! A user keeps so many devices and no more.

use document_store::Versioned;
use document_store::page::PageRequest;

use crate::error::Error;
use crate::model::device::{Device, MOST_DEVICES};
use crate::ops::account::Authenticated;
use crate::service::UserPools;
use crate::storage::{DeviceWrite, Write};

/// How many devices are looked at before another is added: twice as many as there should be, for some may be dead, and some
/// may have been confirmed at once.
const LOOKED_AT: usize = 2 * MOST_DEVICES;

impl UserPools {
    /// The writes that make room for one more device of the caller's: those that another password has forgotten go, and of the
    /// others those that have signed in least lately.
    pub(crate) async fn room_for_a_device(&self, me: &Authenticated, bound_to: &str) -> Result<Vec<Write>, Error> {
        let page = PageRequest { limit: LOOKED_AT, after: None };
        let there = self.storage.devices().of_user(&me.pool.id, &me.user.sub, &page).await?.items;
        let gone = to_go(there, bound_to).into_iter();
        Ok(gone.map(|before| DeviceWrite::Delete { before }.into()).collect())
    }
}

fn to_go(there: Vec<Versioned<Device>>, bound_to: &str) -> Vec<Versioned<Device>> {
    let (mut living, mut gone): (Vec<_>, Vec<_>) = there.into_iter().partition(|device| device.is_bound_to(bound_to));
    living.sort_by_key(|device| device.authenticated_at);
    let beyond = (living.len() + 1).saturating_sub(MOST_DEVICES);
    gone.extend(living.into_iter().take(beyond));
    gone
}
