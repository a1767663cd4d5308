//! A budget that time refills: some tries at once, then growing waits, and never more than a fixed number a day.

use identity_kernel::time::{CLOCK_SKEW_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};

/// How often something may happen.
///
/// In any 24 hours at most [`most`](Self::most) and what they refill: `most + 86,400 / refill_seconds`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// How many cost no waiting.
    pub free: u32,
    /// How many at most before the first is refilled.
    pub most: u32,
    /// Seconds after which one is refilled.
    pub refill_seconds: i64,
    /// Seconds of the first wait; each further wait is twice as long.
    pub first_wait_seconds: i64,
}

impl Rate {
    /// The greatest number in any 24 hours.
    pub const fn most_a_day(&self) -> i64 {
        self.most as i64 + 86_400 / self.refill_seconds
    }
}

/// What is spent of a [`Rate`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// How many, less those that time has refilled by `since`.
    pub count: u32,
    /// From when on the next one is refilled.
    pub since: Timestamp,
    /// When the last one was spent.
    pub last: Timestamp,
}

/// It is too early: seconds to wait, at least 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooEarly(pub i64);

impl Spent {
    /// What is spent after one more now.
    ///
    /// A last one that lies in the future was counted by a node whose clock runs ahead, and counts as just now. One that
    /// lies further ahead, before the clock was set back, is taken as of now: nothing is refilled by that.
    ///
    /// # Errors
    ///
    /// [`TooEarly`]; then nothing is spent, and the wait grows no longer.
    pub fn one_more(self, rate: &Rate, now: Timestamp) -> Result<Self, TooEarly> {
        let spent = self.refilled(rate, now);
        if spent.count >= rate.most {
            return Err(TooEarly((rate.refill_seconds - now.seconds_since(spent.since)).max(1)));
        }
        if let Some(beyond) = spent.count.checked_sub(rate.free) {
            let wait = rate.first_wait_seconds.saturating_mul(1_i64.checked_shl(beyond).unwrap_or(i64::MAX));
            let idle = now.seconds_since(spent.last).max(0);
            if idle < wait {
                return Err(TooEarly(wait - idle));
            }
        }
        Ok(Self { count: spent.count + 1, last: now, ..spent })
    }

    /// What is spent after one that happens whether it is early or not.
    #[must_use]
    pub fn one_anyway(self, rate: &Rate, now: Timestamp) -> Self {
        let spent = self.refilled(rate, now);
        Self { count: spent.count.saturating_add(1).min(rate.most), last: now, ..spent }
    }

    /// What is spent after one that turned out not to count.
    #[must_use]
    pub fn one_less(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// What is spent after what time has refilled.
    #[must_use]
    pub fn refilled(self, rate: &Rate, now: Timestamp) -> Self {
        let elapsed = now.seconds_since(self.since);
        if self.count == 0 || elapsed < -CLOCK_SKEW_SECONDS {
            let last = if now.seconds_since(self.last) < -CLOCK_SKEW_SECONDS { now } else { self.last };
            return Self { count: self.count, since: now, last };
        }
        let refilled = elapsed.max(0) / rate.refill_seconds;
        let count = self.count.saturating_sub(u32::try_from(refilled).unwrap_or(u32::MAX));
        let since = if count == 0 { now } else { self.since.plus_seconds(refilled * rate.refill_seconds) };
        Self { count, since, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { free: 2, most: 4, refill_seconds: 600, first_wait_seconds: 60 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(1_000_000 + seconds)
    }

    #[test]
    fn some_are_free_then_waits_double_then_only_time_refills() {
        let one = Spent::default().one_more(&RATE, at(0)).unwrap();
        let two = one.one_more(&RATE, at(0)).unwrap();
        assert_eq!(two.one_more(&RATE, at(59)), Err(TooEarly(1)));
        let three = two.one_more(&RATE, at(60)).unwrap();
        assert_eq!(three.one_more(&RATE, at(60 + 119)), Err(TooEarly(1)));
        let four = three.one_more(&RATE, at(180)).unwrap();
        assert_eq!(four.one_more(&RATE, at(599)), Err(TooEarly(1)));
        let again = four.one_more(&RATE, at(600)).unwrap();
        assert_eq!(again.count, 4);
        assert_eq!(again.one_more(&RATE, at(1199)), Err(TooEarly(1)));
        assert_eq!(again.refilled(&RATE, at(3000)).count, 0);
    }

    #[test]
    fn no_day_sees_more_than_the_rate_says() {
        let (mut spent, mut times) = (Spent::default(), Vec::new());
        for second in (0..3 * 86_400).step_by(7) {
            if let Ok(next) = spent.one_more(&RATE, at(second)) {
                spent = next;
                times.push(second);
            }
        }
        let worst = times.iter().map(|from| times.iter().filter(|at| (*from..from + 86_400).contains(*at)).count());
        assert_eq!(RATE.most_a_day(), 148);
        assert!((140..=148).contains(&worst.max().unwrap()));
    }

    #[test]
    fn what_happens_anyway_counts_up_to_the_most_and_what_did_not_count_is_given_back() {
        let mut spent = Spent::default();
        for _ in 0..9 {
            spent = spent.one_anyway(&RATE, at(0));
        }
        assert_eq!(spent.count, 4);
        assert_eq!(spent.one_less().count, 3);
        assert_eq!(Spent::default().one_less().count, 0);
    }

    #[test]
    fn line_115_a_clock_that_runs_behind_or_is_set_back_refills_nothing_and_keeps_nobody_waiting_for_long() {
        let full = Spent { count: 4, since: at(0), last: at(0) };
        assert_eq!(full.one_more(&RATE, at(-30)), Err(TooEarly(630)), "a node behind");
        assert_eq!(full.one_more(&RATE, at(-7200)), Err(TooEarly(600)), "set back");
        let waiting = Spent { count: 2, since: at(0), last: at(0) };
        assert_eq!(waiting.one_more(&RATE, at(-7200)), Err(TooEarly(60)));
    }

    #[test]
    fn line_115_up_to_a_minute_ahead_it_is_another_nodes_clock_and_beyond_that_this_one_was_set_back() {
        let full = Spent { count: 4, since: at(0), last: at(0) };
        assert_eq!(full.refilled(&RATE, at(-60)), full);
        assert_eq!(full.refilled(&RATE, at(-61)), Spent { count: 4, since: at(-61), last: at(-61) });

        let since_ahead = |last| Spent { count: 2, since: at(0), last: at(last) }.refilled(&RATE, at(-100)).last;
        assert_eq!(since_ahead(-200), at(-200), "a last one in the past stays where it is");
        assert_eq!(since_ahead(-40), at(-40), "a minute ahead");
        assert_eq!(since_ahead(-39), at(-100), "further ahead");
    }

    #[test]
    fn what_is_refilled_is_counted_from_the_last_refill_and_from_now_when_nothing_is_spent() {
        let spent = Spent { count: 3, since: at(0), last: at(5) };

        assert_eq!(spent.refilled(&RATE, at(599)), spent);
        assert_eq!(spent.refilled(&RATE, at(1300)), Spent { count: 1, since: at(1200), last: at(5) });
        assert_eq!(spent.refilled(&RATE, at(1850)), Spent { count: 0, since: at(1850), last: at(5) });
        assert_eq!(Spent::default().refilled(&RATE, at(9)).since, at(9));
    }

    #[test]
    fn what_happens_anyway_moves_the_last_one_and_refills_first() {
        let spent = Spent { count: 3, since: at(0), last: at(5) }.one_anyway(&RATE, at(700));

        assert_eq!(spent, Spent { count: 3, since: at(600), last: at(700) });
    }
}
