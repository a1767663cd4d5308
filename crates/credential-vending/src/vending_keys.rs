//! Which vending key vends, and which still count.

use std::sync::{Arc, PoisonError, RwLock};

use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Timestamp;

use crate::model::NumberedKey;
use crate::vending_key::VendingKey;

/// How long what was read of the keys is believed, in seconds: how late another node learns of a rotation.
const REFRESHED_AFTER_SECONDS: i64 = 60;

/// The vending keys under one master key.
pub(crate) struct VendingKeys {
    master: MasterKey,
    known: RwLock<Option<Known>>,
}

/// What was read of the keys, and when.
struct Known {
    at: Timestamp,
    keys: Arc<Vec<NumberedKey>>,
}

impl VendingKeys {
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self { master: master.derive("vending-keys"), known: RwLock::new(None) }
    }

    pub(crate) fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The key of this number.
    pub(crate) fn get(&self, number: &str) -> VendingKey {
        VendingKey::from_master(&self.master, number)
    }

    /// What was read not long ago, unless a key of it has retired since.
    pub(crate) fn known(&self, now: Timestamp) -> Option<Arc<Vec<NumberedKey>>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        // A clock that is set back must not make it last longer.
        let good = |known: &&Known| {
            now.is_within(known.at, REFRESHED_AFTER_SECONDS) && known.keys.iter().all(|key| key.counts(now))
        };
        known.as_ref().filter(good).map(|known| Arc::clone(&known.keys))
    }

    /// Remembers what was read now.
    pub(crate) fn remember(&self, keys: &Arc<Vec<NumberedKey>>, now: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known { at: now, keys: Arc::clone(keys) });
    }
}

impl NumberedKey {
    /// The key of a storage that knows of none.
    pub(crate) fn first() -> Self {
        Self { number: VendingKey::FIRST.to_owned(), vends_from: Timestamp::default(), retires_at: None }
    }

    /// Whether what it vended still counts.
    pub(crate) fn counts(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|end| now < end)
    }
}
