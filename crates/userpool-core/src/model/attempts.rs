//! How often somebody guessed, and how long they must wait.

use identity_kernel::time::{CLOCK_SKEW_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};

/// Failed tries at one account or from one source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Failures, and tries that have not ended yet, less those that time has forgiven.
    pub count: u32,
    /// The same, forgiven by a success or a whole idle day alone.
    pub in_a_row: u32,
    /// When the last one began.
    pub last: Option<Timestamp>,
}

/// How fast somebody may fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// Tries that cost no waiting. Behind them the first wait is a second, and each further one twice as long.
    pub free: u32,
    /// The longest of these waits, in seconds. Time forgives one try in as long.
    pub longest_wait: i64,
    /// Tries in a row after which each wait is [`hard_wait`](Self::hard_wait).
    pub hard: u32,
    /// Seconds between tries beyond [`hard`](Self::hard).
    pub hard_wait: i64,
}

/// For one account, all ways to sign in together: five tries are free, then waits double up to 15 minutes; after a hundred
/// in a row it is one an hour. That is 110 tries on the first day at most, and 24 on each further one.
pub const ACCOUNT: Limit = Limit { free: 5, longest_wait: 900, hard: 100, hard_wait: 3600 };

/// For one source in one pool, all accounts together: 50 failures are free, then waits double up to 10 minutes; after a
/// thousand in a row it is one in half an hour. Many people may share an address.
pub const SOURCE: Limit = Limit { free: 50, longest_wait: 600, hard: 1000, hard_wait: 1800 };

const DAY: i64 = 86_400;

impl Attempts {
    /// From when on the record says no more than none would: every try is forgiven by time. `None` if nobody tried.
    pub fn forgiven_at(&self) -> Option<Timestamp> {
        let slowest = ACCOUNT.longest_wait.max(SOURCE.longest_wait);
        self.last.map(|last| last.plus_seconds(DAY.max(i64::from(self.count) * slowest)))
    }

    /// The count after one more try now. A refused try does not lengthen the wait, and nobody is locked out for good.
    ///
    /// A last try that lies in the future was counted by a node whose clock runs ahead, and counts as just now; one that
    /// lies further ahead, before the clock was set back, keeps nobody waiting until the clock is there again.
    ///
    /// # Errors
    ///
    /// The seconds until the next try, at least 1, if it is too early.
    pub fn one_more(self, limit: &Limit, now: Timestamp) -> Result<Self, i64> {
        let idle = self.last.map_or(i64::MAX, |last| now.seconds_since(last));
        let waited = if idle < -CLOCK_SKEW_SECONDS { i64::MAX } else { idle.max(0) };
        let left = self.wait(limit).saturating_sub(waited);
        if left > 0 {
            return Err(left);
        }
        let forgiven = u32::try_from(idle.max(0) / limit.longest_wait).unwrap_or(u32::MAX);
        Ok(Self {
            count: self.count.saturating_sub(forgiven).saturating_add(1),
            in_a_row: if idle >= DAY { 1 } else { self.in_a_row.saturating_add(1) },
            last: Some(now),
        })
    }

    /// Seconds between the last try and the next.
    fn wait(self, limit: &Limit) -> i64 {
        if self.in_a_row >= limit.hard {
            return limit.hard_wait;
        }
        match self.count.checked_sub(limit.free) {
            None => 0,
            Some(beyond) => 1_i64.checked_shl(beyond.min(62)).unwrap_or(i64::MAX).min(limit.longest_wait),
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
    fn after_five_failures_the_waits_double_up_to_fifteen_minutes_and_so_much_idle_time_forgives_one() {
        let mut now = at(0);
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts = attempts.one_more(&ACCOUNT, now).unwrap();
        }
        assert_eq!(attempts.one_more(&ACCOUNT, now), Err(1));
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] {
            assert_eq!(attempts.one_more(&ACCOUNT, now.plus_seconds(wait - 1)), Err(1), "{wait}");
            now = now.plus_seconds(wait);
            attempts = attempts.one_more(&ACCOUNT, now).unwrap();
        }
        assert_eq!(attempts.one_more(&ACCOUNT, now.plus_seconds(899)), Err(1));
        let next = attempts.one_more(&ACCOUNT, now.plus_seconds(900)).unwrap();
        assert_eq!((next.count, next.in_a_row), (15, 16));
        assert_eq!(attempts.one_more(&ACCOUNT, now.plus_seconds(15 * 900)).unwrap().count, 1);
    }

    /// How often a guesser who never rests is let through, from `from` on, in so many seconds.
    fn greedy(attempts: &mut Attempts, from: i64, seconds: i64) -> u32 {
        let mut now = from;
        let mut tries = 0;
        while now < from + seconds {
            match attempts.one_more(&ACCOUNT, at(now)) {
                Ok(next) => {
                    *attempts = next;
                    tries += 1;
                }
                Err(wait) => now += wait,
            }
        }
        tries
    }

    #[test]
    fn line_43_a_guesser_who_never_rests_has_a_hundred_and_ten_tries_on_the_first_day_and_then_one_an_hour() {
        let mut attempts = Attempts::default();

        let first_day = greedy(&mut attempts, 0, DAY);
        let second_day = greedy(&mut attempts, DAY, DAY);

        assert!((90..=110).contains(&first_day), "{first_day}");
        assert!(second_day <= 24 + 10, "{second_day}");
        assert_eq!(greedy(&mut attempts, 2 * DAY, DAY), 24);
    }

    #[test]
    fn a_whole_idle_day_forgives_what_was_in_a_row() {
        let attempts = Attempts { count: 200, in_a_row: 200, last: Some(at(0)) };

        assert_eq!(attempts.one_more(&ACCOUNT, at(3599)), Err(1));
        assert_eq!(attempts.one_more(&ACCOUNT, at(DAY)).unwrap().in_a_row, 1);
    }

    #[test]
    fn line_115_a_clock_that_runs_behind_or_is_set_back_keeps_nobody_waiting() {
        let now = at(10_000);
        let tries = |count, last| {
            Attempts { count, in_a_row: count, last: Some(now.plus_seconds(last)) }.one_more(&ACCOUNT, now)
        };

        assert_eq!(tries(1, 30).unwrap(), Attempts { count: 2, in_a_row: 2, last: Some(now) });
        assert_eq!(tries(6, 30), Err(2), "a node behind waits as long as one that is level");
        assert_eq!(tries(99, 3600).unwrap(), Attempts { count: 100, in_a_row: 100, last: Some(now) });
    }

    #[test]
    fn a_record_is_forgotten_when_a_day_and_the_longest_waits_have_forgiven_every_try() {
        let of = |count| Attempts { count, in_a_row: count, last: Some(at(7)) }.forgiven_at();

        assert_eq!(of(1), Some(at(7 + DAY)));
        assert_eq!(of(96), Some(at(7 + DAY)));
        assert_eq!(of(97), Some(at(7 + 97 * 900)));
        assert_eq!(Attempts::default().forgiven_at(), None);
    }

    #[test]
    fn line_115_a_last_try_a_minute_ahead_is_another_nodes_and_one_further_ahead_keeps_nobody_waiting() {
        let tried =
            |ahead| Attempts { count: 6, in_a_row: 6, last: Some(at(1000 + ahead)) }.one_more(&ACCOUNT, at(1000));

        assert_eq!(tried(CLOCK_SKEW_SECONDS), Err(2));
        assert!(tried(CLOCK_SKEW_SECONDS + 1).is_ok());
    }

    #[test]
    fn a_source_has_fifty_failures_free_and_after_a_thousand_waits_half_an_hour() {
        let tried = |count, in_a_row, waited| {
            Attempts { count, in_a_row, last: Some(at(0)) }.one_more(&SOURCE, at(waited)).map(|next| next.in_a_row)
        };

        assert_eq!(tried(49, 49, 0), Ok(50));
        assert_eq!(tried(50, 50, 0), Err(1));
        assert_eq!(tried(500, 999, 599), Err(1));
        assert_eq!(tried(500, 999, 600), Ok(1000));
        assert_eq!(tried(0, 1000, 1799), Err(1));
        assert_eq!(tried(0, 1000, 1800), Ok(1001));
    }
}
