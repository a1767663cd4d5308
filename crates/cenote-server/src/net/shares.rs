//! Something limited, of which no source gets more than a part.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cenote::adapters::Source;

/// Hands out amounts of something, up to a limit for all and one for each source.
pub(crate) struct Shares {
    most: usize,
    most_each: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    each: HashMap<Source, usize>,
}

impl Shares {
    pub(crate) fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, held: Mutex::default() })
    }

    /// An amount for this source, if there is so much left. Without a source, only the limit for all counts.
    pub(crate) fn take(self: &Arc<Self>, source: Option<Source>, amount: usize) -> Option<Share> {
        let mut share = Share { of: Arc::clone(self), source, amount: 0 };
        share.grow(amount).then_some(share)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a source holds; given back when dropped.
pub(crate) struct Share {
    of: Arc<Shares>,
    source: Option<Source>,
    amount: usize,
}

impl Share {
    /// Takes more; nothing if there is not so much left.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let mut held = self.of.held();
        let own = self.source.and_then(|source| held.each.get(&source).copied()).unwrap_or(0);
        if held.all + more > self.of.most || own + more > self.of.most_each {
            return false;
        }
        held.all += more;
        if let Some(source) = self.source {
            *held.each.entry(source).or_default() += more;
        }
        self.amount += more;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.of.held();
        held.all = held.all.saturating_sub(self.amount);
        let Some(source) = self.source else { return };
        let left = held.each.get(&source).map_or(0, |own| own.saturating_sub(self.amount));
        if left == 0 {
            held.each.remove(&source);
        } else {
            held.each.insert(source, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    #[test]
    fn no_source_gets_more_than_its_part_nor_all_more_than_there_is() {
        let shares = Shares::new(10, 6);

        let first = shares.take(Some(source(1)), 6);
        assert!(first.is_some() && shares.take(Some(source(1)), 1).is_none(), "its part");
        let second = shares.take(Some(source(2)), 4);
        assert!(second.is_some() && shares.take(Some(source(3)), 1).is_none() && shares.take(None, 1).is_none(), "all");
        drop(first);

        assert!(shares.take(Some(source(1)), 6).is_some());
        assert!(shares.held().each.len() == 1, "who holds nothing is forgotten");
    }
}
