//! How much of a kind is under way in this process, and no more than may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many may be under way at once.
const MOST: usize = 1024;

/// What is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnderWay(Arc<AtomicUsize>);

/// One of them. Dropped, it is not under way any more.
#[derive(Debug)]
pub(crate) struct OneUnderWay(UnderWay);

impl UnderWay {
    /// One more; `None` if there are as many as may be.
    pub(crate) fn begin(&self) -> Option<OneUnderWay> {
        let one = OneUnderWay(self.clone());
        (self.0.fetch_add(1, Ordering::Relaxed) < MOST).then_some(one)
    }
}

impl Drop for OneUnderWay {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_may_be_are_under_way_and_another_when_one_has_ended() {
        let under_way = UnderWay::default();
        let mut begun: Vec<_> = (0..MOST).map(|_| under_way.begin().unwrap()).collect();

        assert!(under_way.begin().is_none() && under_way.begin().is_none());
        begun.pop();
        let another = under_way.begin();
        assert!(another.is_some() && under_way.begin().is_none());
    }
}
