//! How often somebody guessed, and how long they must wait.

use identity_kernel::time::{CLOCK_SKEW_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};

/// Failed tries under one name, all ways to sign in together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Attempts {
    /// Failures, and tries that have not ended yet.
    pub count: u32,
    /// When the last one began.
    pub last: Option<Timestamp>,
}

/// Tries that cost no waiting.
const FREE: u32 = 5;
/// The longest wait, and the idle time after which the count starts again: 15 minutes.
const LONGEST_WAIT: i64 = 900;

impl Attempts {
    /// The count after one more try now, or the seconds to wait if it is too early for one: after five failures a second, then
    /// twice as long each time, up to 15 minutes. A refused try does not lengthen the wait, and nobody is locked out
    /// for good.
    ///
    /// A last try that lies in the future was counted by a node whose clock runs ahead, and counts as just now; one that
    /// lies further ahead, before the clock was set back, keeps nobody waiting until the clock is there again.
    ///
    /// # Errors
    ///
    /// The seconds until the next try, at least 1.
    pub fn one_more(self, now: Timestamp) -> Result<Self, i64> {
        let next = Self { count: self.count.saturating_add(1), last: Some(now) };
        let idle = self.last.map_or(i64::MAX, |last| now.seconds_since(last));
        if idle >= LONGEST_WAIT {
            return Ok(Self { count: 1, ..next });
        }
        if idle < -CLOCK_SKEW_SECONDS {
            return Ok(next);
        }
        let wait = match self.count.checked_sub(FREE) {
            None => 0,
            Some(beyond) => 1_i64.checked_shl(beyond).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT),
        };
        let left = wait - idle.max(0);
        if left <= 0 { Ok(next) } else { Err(left) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_failures_the_waits_double_and_fifteen_idle_minutes_forgive() {
        let mut now = Timestamp::from_epoch_seconds(0);
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts = attempts.one_more(now).unwrap();
        }
        assert_eq!(attempts.one_more(now), Err(1));
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] {
            assert_eq!(attempts.one_more(now.plus_seconds(wait - 1)), Err(1), "{wait}");
            now = now.plus_seconds(wait);
            attempts = attempts.one_more(now).unwrap();
        }
        assert_eq!(attempts.one_more(now.plus_seconds(899)), Err(1));
        assert_eq!(attempts.one_more(now.plus_seconds(900)).unwrap().count, 1);
    }

    #[test]
    fn line_115_a_clock_that_runs_behind_or_is_set_back_keeps_nobody_waiting() {
        let now = Timestamp::from_epoch_seconds(10_000);
        let tries = |count, last| Attempts { count, last: Some(now.plus_seconds(last)) }.one_more(now);

        assert_eq!(tries(1, 30).unwrap(), Attempts { count: 2, last: Some(now) });
        assert_eq!(tries(6, 30), Err(2), "a node behind waits as long as one that is level");
        assert_eq!(tries(99, 3600).unwrap(), Attempts { count: 100, last: Some(now) });
    }
}
