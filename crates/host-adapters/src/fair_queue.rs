//! A queue in which no source can keep the others waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::source::Source;

/// Gives out permits, in turn to each source that waits.
///
/// Each source has a line of its own, and the lines are served in turn. When there is no more room to wait, whoever has the
/// longest line gives up its last place to a source with a shorter one; a source whose own line is the longest is refused.
pub(crate) struct FairQueue {
    most_waiting: usize,
    state: Mutex<State>,
}

struct State {
    /// Permits that nobody has; none while anybody waits.
    free: usize,
    /// Whoever stands first is served next, and goes to the end.
    lines: VecDeque<Line>,
}

struct Line {
    source: Option<Source>,
    waiting: VecDeque<oneshot::Sender<Permit>>,
}

/// The right to work; given back when dropped.
pub(crate) struct Permit(Option<Arc<FairQueue>>);

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(queue) = self.0.take() {
            queue.release();
        }
    }
}

impl FairQueue {
    pub(crate) fn new(permits: usize, most_waiting: usize) -> Arc<Self> {
        let state = State { free: permits, lines: VecDeque::new() };
        Arc::new(Self { most_waiting, state: Mutex::new(state) })
    }

    /// A permit, as soon as it is this source's turn; `None` if there is no room to wait, or no more of it.
    pub(crate) async fn permit(self: &Arc<Self>, source: Option<Source>) -> Option<Permit> {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Some(Permit(Some(Arc::clone(self))));
            }
            state.forget_who_went_away();
            if state.waiting() >= self.most_waiting && !state.make_room_for(source) {
                return None;
            }
            let (permit, turn) = oneshot::channel();
            state.join(source, permit);
            turn
        };
        turn.await.ok()
    }

    /// Hands a permit on to whoever is next.
    fn release(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.state();
                let next = state.next();
                state.free += usize::from(next.is_none());
                next
            };
            match next.map(|next| next.send(Permit(Some(Arc::clone(self))))) {
                None | Some(Ok(())) => return,
                // Gone meanwhile: the next one, with the same permit.
                Some(Err(mut permit)) => permit.0 = None,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waiting(&self) -> usize {
        self.lines.iter().map(|line| line.waiting.len()).sum()
    }

    fn forget_who_went_away(&mut self) {
        for line in &mut self.lines {
            line.waiting.retain(|waiting| !waiting.is_closed());
        }
        self.lines.retain(|line| !line.waiting.is_empty());
    }

    /// Sends the last of the longest line away, if that line is longer than this source's would be.
    fn make_room_for(&mut self, source: Option<Source>) -> bool {
        let own = self.lines.iter().find(|line| line.source == source).map_or(0, |line| line.waiting.len());
        let longest = self.lines.iter_mut().max_by_key(|line| line.waiting.len());
        longest.filter(|line| line.waiting.len() > own + 1).and_then(|line| line.waiting.pop_back()).is_some()
    }

    fn join(&mut self, source: Option<Source>, permit: oneshot::Sender<Permit>) {
        match self.lines.iter_mut().find(|line| line.source == source) {
            Some(line) => line.waiting.push_back(permit),
            None => self.lines.push_back(Line { source, waiting: [permit].into() }),
        }
    }

    /// Whose turn it is.
    fn next(&mut self) -> Option<oneshot::Sender<Permit>> {
        let mut line = self.lines.pop_front()?;
        let next = line.waiting.pop_front();
        if !line.waiting.is_empty() {
            self.lines.push_back(line);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::future::{BoxFuture, join_all};

    use super::*;

    fn source(last: u8) -> Source {
        Source::of([192, 0, 2, last].into())
    }

    /// Somebody who has asked, and waits.
    fn waiting(queue: &Arc<FairQueue>, from: Option<Source>) -> BoxFuture<'static, Option<Permit>> {
        let queue = Arc::clone(queue);
        let mut turn = async move { queue.permit(from).await }.boxed();
        assert!((&mut turn).now_or_never().is_none(), "must wait");
        turn
    }

    #[tokio::test]
    async fn line_42_a_source_that_floods_the_queue_neither_fills_it_nor_goes_first() {
        let queue = FairQueue::new(1, 16);
        let working = queue.permit(Some(source(1))).await.unwrap();
        let mut flood: Vec<_> = (0..16).map(|_| waiting(&queue, Some(source(1)))).collect();
        assert!(queue.permit(Some(source(1))).await.is_none(), "the flood has its share");

        let mut other = waiting(&queue, Some(source(2)));
        drop(working);
        let first = flood.remove(0).await.unwrap();
        assert!((&mut other).now_or_never().is_none(), "one of each in turn");
        drop(first);

        assert!(other.await.is_some(), "the second turn is the other source's");
        let served = join_all(flood.into_iter().map(|turn| turn.map(|permit| permit.is_some()))).await;
        assert_eq!(served.iter().filter(|served| !**served).count(), 1, "one place was given up");
    }

    #[tokio::test]
    async fn as_many_sources_as_there_is_room_wait_and_one_more_is_refused() {
        let queue = FairQueue::new(1, 3);
        let _working = queue.permit(Some(source(0))).await;
        let _turns: Vec<_> = (1..4).map(|last| waiting(&queue, Some(source(last)))).collect();

        assert!(queue.permit(Some(source(4))).await.is_none());
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_the_place_and_the_permit_to_the_next() {
        let queue = FairQueue::new(1, 2);
        let working = queue.permit(None).await.unwrap();
        let gone = waiting(&queue, None);
        let stays = waiting(&queue, None);
        drop(gone);
        let also = waiting(&queue, None);

        drop(working);

        drop(stays.await.unwrap());
        drop(also.await.unwrap());
        assert!(queue.permit(None).now_or_never().flatten().is_some(), "the permit is free again");
    }
}
