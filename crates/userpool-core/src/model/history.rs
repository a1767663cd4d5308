//! What a pool keeps of its directory as it was.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::RestorationId;

/// The longest window, in days.
pub const LONGEST_HISTORY_DAYS: u32 = 35;

/// A moment that is restored lies so far back at least, in seconds: a quarter of an hour. What was decided before history
/// was turned on has been written by then, and the clocks of all nodes agree on what came first.
pub const LEAST_AGE_SECONDS: i64 = 900;

/// Whether a pool keeps what stood before each change of a user, a password, a passkey or a group.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct HistorySettings {
    /// For how many days, at most [`LONGEST_HISTORY_DAYS`]. Default 0: nothing is kept, and nothing is paid for it.
    pub days: u32,
}

/// What is kept of a pool's history, beside what its operator asks for.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct PoolHistory {
    /// Since when every change leaves what stood before it; `None` while none does.
    pub since: Option<Timestamp>,
    /// Whether something may be left of a history that was turned off.
    pub left: bool,
    /// The restoration under way.
    pub restoration: Option<UnderWay>,
}

/// A restoration under way: the directory is not written meanwhile.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct UnderWay {
    /// Which.
    pub id: RestorationId,
    /// How far it is.
    pub phase: Phase,
}

/// How far a restoration under way is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    /// What it would change is being counted.
    Counting,
    /// It waits to be started, before this time.
    Waiting(Timestamp),
    /// It is being done.
    Restoring,
}

impl HistorySettings {
    /// What was changed before this time is of no use any more.
    pub fn forgotten_before(self, now: Timestamp) -> Timestamp {
        window_start(self.days, now)
    }
}

impl PoolHistory {
    /// The history after the window was changed from `before` days to `after`.
    #[must_use]
    pub fn with_days(self, before: u32, after: u32, now: Timestamp) -> Self {
        match (self.since, after) {
            (_, 0) => Self { since: None, left: self.left || self.since.is_some(), ..self },
            (None, _) => Self { since: Some(now), left: false, ..self },
            // What lay outside of the former window may have been forgotten.
            (Some(since), _) => Self { since: Some(since.max(window_start(before, now))), ..self },
        }
    }

    /// The first and the last moment that can be restored now; `None` while there is none.
    pub fn restorable(&self, days: u32, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let first = self.since?.plus_seconds(LEAST_AGE_SECONDS).max(window_start(days, now));
        let last = now.plus_seconds(-LEAST_AGE_SECONDS);
        (first <= last).then_some((first, last))
    }

    /// Whether the directory is not to be written now.
    pub fn is_paused(&self, now: Timestamp) -> bool {
        match self.restoration.as_ref().map(|restoration| restoration.phase) {
            None => false,
            Some(Phase::Waiting(until)) => now < until,
            Some(Phase::Counting | Phase::Restoring) => true,
        }
    }
}

fn window_start(days: u32, now: Timestamp) -> Timestamp {
    now.plus_seconds(-i64::from(days) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(seconds)
    }

    #[test]
    fn a_moment_lies_a_quarter_of_an_hour_back_within_the_window_and_in_the_time_that_was_kept() {
        let on = PoolHistory::default().with_days(0, 2, at(0));

        assert_eq!(PoolHistory::default().restorable(0, at(5000)), None);
        assert_eq!(on.restorable(2, at(1799)), None);
        assert_eq!(on.restorable(2, at(1800)), Some((at(900), at(900))));
        assert_eq!(on.restorable(2, at(10 * DAY)), Some((at(8 * DAY), at(10 * DAY - 900))));
    }

    #[test]
    fn a_wider_window_does_not_reach_back_to_what_was_forgotten() {
        let wider = PoolHistory::default().with_days(0, 1, at(0)).with_days(1, 14, at(10 * DAY));
        let off = wider.clone().with_days(14, 0, at(10 * DAY));

        assert_eq!(wider.restorable(14, at(10 * DAY)), Some((at(9 * DAY + 900), at(10 * DAY - 900))));
        assert_eq!((off.since, off.left), (None, true));
        assert_eq!(off.with_days(0, 14, at(11 * DAY)).since, Some(at(11 * DAY)));
    }

    #[test]
    fn a_restoration_that_waits_for_an_answer_pauses_until_its_time_is_over() {
        let id: RestorationId = "00000000-0000-4000-8000-000000000000".parse().unwrap();
        let paused = |phase, now| {
            let restoration = Some(UnderWay { id: id.clone(), phase });
            PoolHistory { restoration, ..PoolHistory::default() }.is_paused(at(now))
        };

        assert!(paused(Phase::Counting, 0) && paused(Phase::Restoring, 0) && paused(Phase::Waiting(at(9)), 8));
        assert!(!paused(Phase::Waiting(at(9)), 9));
    }
}
