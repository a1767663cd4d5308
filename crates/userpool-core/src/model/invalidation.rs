//! What operators declare void.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An operator's word that nothing counts any more which began at `since` or later, and before the word was given.
///
/// What came first, the storage says, and not clocks, which differ: whatever begins keeps a [`InvalidationMark`] of the pool's last
/// invalidation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Invalidation {
    /// A number of its own.
    pub id: u64,
    /// From when on.
    pub since: Timestamp,
}

/// The pool's last invalidation when something began; `None` if there was none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvalidationMark(Option<u64>);

impl InvalidationMark {
    /// The mark for what begins after these.
    pub fn after(invalidations: &[Invalidation]) -> Self {
        Self(invalidations.last().map(|last| last.id))
    }

    /// Whether something that began then, under this mark, still counts after these. An unknown mark is of a pool that was set
    /// back to a backup: every invalidation is about it.
    pub fn is_valid(self, invalidations: &[Invalidation], began_at: Timestamp) -> bool {
        let seen = self.0.and_then(|id| invalidations.iter().position(|known| known.id == id));
        let later = invalidations.iter().skip(seen.map_or(0, |at| at + 1));
        later.map(|invalidation| invalidation.since).all(|since| began_at < since)
    }
}
