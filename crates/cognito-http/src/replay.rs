use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use identity_kernel::time::Timestamp;

/// The most signatures that are remembered: some 10 MB. Beyond that the oldest are forgotten.
const MOST: usize = 100_000;

/// The signatures of calls that changed something, for as long as they would be taken again.
///
/// It is this process's own: of several nodes each takes a call once.
#[derive(Debug, Default)]
pub(crate) struct ReplayMemory(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    signatures: HashSet<String>,
    /// Each with the time from which on the signature is too old to be taken, in the order in which they came.
    order: VecDeque<(Timestamp, String)>,
}

impl ReplayMemory {
    /// Whether this signature comes for the first time. It is remembered until `ends`.
    pub(crate) fn is_first(&self, signature: &str, now: Timestamp, ends: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while seen.order.front().is_some_and(|(ends, _)| *ends < now) {
            seen.forget_oldest();
        }
        if seen.signatures.contains(signature) {
            return false;
        }
        if seen.order.len() >= MOST {
            seen.forget_oldest();
        }
        seen.signatures.insert(signature.to_owned());
        seen.order.push_back((ends, signature.to_owned()));
        true
    }
}

impl Seen {
    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.order.pop_front() {
            self.signatures.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(seconds)
    }

    #[test]
    fn a_signature_is_first_once_until_it_is_too_old_to_be_taken() {
        let memory = ReplayMemory::default();

        assert!(memory.is_first("a", at(0), at(600)));
        assert!(!memory.is_first("a", at(600), at(1200)));
        assert!(memory.is_first("b", at(600), at(1200)));
        assert!(memory.is_first("a", at(601), at(1201)));
    }

    #[test]
    fn the_memory_is_bounded() {
        let memory = ReplayMemory::default();
        for number in 0..=MOST {
            assert!(memory.is_first(&number.to_string(), at(0), at(600)));
        }

        assert_eq!(memory.0.lock().unwrap().signatures.len(), MOST);
        assert!(memory.is_first("0", at(0), at(600)));
        assert!(!memory.is_first(&MOST.to_string(), at(0), at(600)));
    }
}
