//! How many messages a pool sends at most, and how many it has sent.
//!
//! These bound what a pool costs, whoever asks for messages; how many go to one person is bounded by
//! [`code_budget`](crate::model::code_budget). Days and months are those of UTC.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::contact::Contact;
use crate::model::ids::Subject;
use crate::model::rate::TooEarly;

const DAY: i64 = 24 * 3600;
/// Seconds after the day of the last message began from when on no month that is counted lasts.
const FORGOTTEN_AFTER: i64 = 34 * DAY;

/// How many messages a pool sends at most. `None` for any number.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct MessageLimits {
    /// Mails in a day of UTC.
    pub mails_a_day: Option<u32>,
    /// Text messages in a day of UTC.
    pub texts_a_day: Option<u32>,
    /// Text messages in a month of UTC.
    pub texts_a_month: Option<u32>,
}

impl MessageLimits {
    /// What hardened pools begin with.
    pub const HARDENED: Self =
        Self { mails_a_day: Some(50_000), texts_a_day: Some(1_000), texts_a_month: Some(10_000) };

    /// No limits.
    pub const NONE: Self = Self { mails_a_day: None, texts_a_day: None, texts_a_month: None };
}

/// The limits of one kind of message in one part of a pool, and the name under which that part counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Allowance {
    pub(crate) name: String,
    a_day: Option<u32>,
    a_month: Option<u32>,
}

/// How many messages a day, or month, one part counts at least: below, a pool counts in one part.
const LEAST_OF_A_PART: u32 = 1_000;
/// The most parts in which a pool counts, so that its users do not wait for one another.
const MOST_PARTS: u32 = 16;

impl Allowance {
    /// What a user's messages of this kind draw on; `None` where any number may be sent.
    pub(crate) fn of(limits: &MessageLimits, contact: Contact, sub: &Subject) -> Option<Self> {
        let (a_day, a_month, kind) = match contact {
            Contact::Email => (limits.mails_a_day, None, "mails"),
            Contact::PhoneNumber => (limits.texts_a_day, limits.texts_a_month, "texts"),
        };
        let least = a_day.into_iter().chain(a_month).min()?;
        let parts = (least / LEAST_OF_A_PART).clamp(1, MOST_PARTS);
        let part = sub.as_str().bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % parts;
        let share = |limit: Option<u32>| limit.map(|limit| limit / parts);
        Some(Self { name: format!("{kind}-{parts}-{part}"), a_day: share(a_day), a_month: share(a_month) })
    }
}

/// What one part of a pool has sent of one kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// The day that is counted, since 1970.
    pub day: i64,
    /// Messages of that day.
    pub today: u32,
    /// The month that is counted, since January of year 0.
    pub month: i64,
    /// Messages of that month.
    pub this_month: u32,
    /// When the last one was sent, or pretended to be.
    pub last: Timestamp,
}

impl Volume {
    /// When nothing that is counted matters any more; never, if nothing was, or was pretended to be. The same all day: a message
    /// moves it once a day.
    pub(crate) fn forgotten_at(&self) -> Option<Timestamp> {
        let day_begins = Timestamp::from_epoch_seconds(day_of(self.last) * DAY);
        (self.last != Timestamp::default()).then(|| day_begins.plus_seconds(FORGOTTEN_AFTER))
    }

    /// What is counted after one more message.
    ///
    /// # Errors
    ///
    /// [`TooEarly`] until the next day or month begins.
    pub(crate) fn one_more(self, allowed: &Allowance, now: Timestamp) -> Result<Self, TooEarly> {
        let counted = self.at(now);
        let (day, month) = (day_of(now), month_of(day_of(now)));
        if allowed.a_month.is_some_and(|most| counted.this_month >= most) {
            return Err(TooEarly(until(first_day_after(month, day), now)));
        }
        if allowed.a_day.is_some_and(|most| counted.today >= most) {
            return Err(TooEarly(until(day + 1, now)));
        }
        Ok(self.one_anyway(now))
    }

    /// What is counted after one that is only pretended: as much, as late as if it had been sent, so that it costs as much.
    pub(crate) fn none_more(self, now: Timestamp) -> Self {
        let counted = self.at(now);
        Self { last: counted.last.max(now), ..counted }
    }

    /// What is counted after one that is sent whatever the limit is.
    pub(crate) fn one_anyway(self, now: Timestamp) -> Self {
        let counted = self.at(now);
        let (today, this_month) = (counted.today.saturating_add(1), counted.this_month.saturating_add(1));
        Self { today, this_month, last: counted.last.max(now), ..counted }
    }

    /// The same in the day and month of now. A node whose clock is behind counts in the day that others have begun; a clock
    /// that was set back further begins anew.
    fn at(self, now: Timestamp) -> Self {
        let (day, month) = (day_of(now), month_of(day_of(now)));
        let same = |counted: i64, current: i64| counted == current || counted == current + 1;
        let (today, day) = if same(self.day, day) { (self.today, self.day) } else { (0, day) };
        let (this_month, month) = if same(self.month, month) { (self.this_month, self.month) } else { (0, month) };
        let last = if now.seconds_since(self.last) < -DAY { now } else { self.last };
        Self { day, today, month, this_month, last }
    }
}

fn day_of(now: Timestamp) -> i64 {
    now.epoch_seconds().div_euclid(DAY)
}

/// The month of a day since 1970, counted from January of year 0 (Howard Hinnant's `civil_from_days`).
fn month_of(day: i64) -> i64 {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    (era * 400 + year) * 12 + from_march + 2
}

/// The first day that is of a later month; `day` is of `month`.
fn first_day_after(month: i64, day: i64) -> i64 {
    (day + 1..=day + 31).find(|day| month_of(*day) != month).unwrap_or(day + 31)
}

/// Seconds until a day begins, at least 1.
fn until(day: i64, now: Timestamp) -> i64 {
    (day * DAY - now.epoch_seconds()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-25T12:00:00Z.
    const NOON: Timestamp = Timestamp::from_epoch_seconds(1_795_608_000);

    fn sub(last: u8) -> Subject {
        format!("01234567-89ab-4cde-8f01-2345678900{last:02x}").parse().unwrap()
    }

    fn allowed(a_day: u32, a_month: u32) -> Allowance {
        let limits = MessageLimits { texts_a_day: Some(a_day), texts_a_month: Some(a_month), mails_a_day: None };
        Allowance::of(&limits, Contact::PhoneNumber, &sub(0)).unwrap()
    }

    fn after(count: u32) -> Volume {
        (0..count).fold(Volume::default(), |volume, _| volume.one_anyway(NOON))
    }

    #[test]
    fn line_64_a_day_and_a_month_have_so_many_messages_and_the_next_ones_have_theirs() {
        let day = after(2).one_more(&allowed(2, 100), NOON);
        let month = after(2).one_more(&allowed(100, 2), NOON);

        assert_eq!(day, Err(TooEarly(12 * 3600)));
        assert_eq!(month, Err(TooEarly(12 * 3600 + 5 * DAY)));
        let (tomorrow, december) = (NOON.plus_seconds(12 * 3600), NOON.plus_seconds(12 * 3600 + 5 * DAY));
        assert_eq!(
            after(2).one_more(&allowed(2, 100), tomorrow).map(|volume| (volume.today, volume.this_month)),
            Ok((1, 3))
        );
        assert!(after(2).one_more(&allowed(2, 100), tomorrow.plus_seconds(-1)).is_err());
        assert_eq!(after(2).one_more(&allowed(100, 2), december).map(|volume| volume.this_month), Ok(1));
        assert!(after(2).one_more(&allowed(100, 2), december.plus_seconds(-1)).is_err());
    }

    #[test]
    fn a_limit_of_none_is_spent_by_the_first() {
        assert!(Volume::default().one_more(&allowed(0, 10), NOON).is_err());
    }

    #[test]
    fn a_clock_that_is_behind_begins_no_day_anew_and_one_that_was_set_back_does() {
        let midnight = NOON.plus_seconds(12 * 3600);
        let counted = (0..2).fold(Volume::default(), |volume, _| volume.one_anyway(midnight));

        assert!(counted.one_more(&allowed(2, 100), midnight.plus_seconds(-5)).is_err());
        assert!(counted.one_more(&allowed(2, 100), midnight.plus_seconds(-3 * DAY)).is_ok());
    }

    #[test]
    fn the_parts_of_a_pool_send_no_more_together_than_it_may() {
        for limit in [0, 1, 999, 1_000, 1_999, 2_000, 15_999, 50_001, u32::MAX] {
            let limits = MessageLimits { mails_a_day: Some(limit), ..MessageLimits::NONE };
            let mut parts: Vec<Allowance> =
                (0..=255).map(|last| Allowance::of(&limits, Contact::Email, &sub(last)).unwrap()).collect();
            parts.sort_by(|one, other| one.name.cmp(&other.name));
            parts.dedup();

            let together: u64 = parts.iter().map(|part| u64::from(part.a_day.unwrap())).sum();
            assert!(together <= u64::from(limit) && together + 16 > u64::from(limit), "{limit}: {together}");
        }
        assert_eq!(Allowance::of(&MessageLimits::NONE, Contact::Email, &sub(0)), None);
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let month = |days: i64| month_of(days);
        assert_eq!(month(0), 1970 * 12);
        assert_eq!((month(30), month(31)), (1970 * 12, 1970 * 12 + 1));
        // 2024-02-29, 2024-03-01, 2026-12-31, 2027-01-01.
        assert_eq!((month(19_782), month(19_783)), (2024 * 12 + 1, 2024 * 12 + 2));
        assert_eq!((month(20_818), month(20_819)), (2026 * 12 + 11, 2027 * 12));
    }

    #[test]
    fn what_is_counted_is_forgotten_so_long_after_the_day_of_the_last_message_began() {
        let forgotten = NOON.plus_seconds(FORGOTTEN_AFTER - 12 * 3600);

        assert_eq!(after(1).forgotten_at(), Some(forgotten));
        assert_eq!(Volume::default().none_more(NOON).forgotten_at(), Some(forgotten));
        assert_eq!(Volume::default().forgotten_at(), None);
    }

    #[test]
    fn line_115_a_last_message_a_day_ahead_stays_and_one_further_ahead_was_before_the_clock_was_set_back() {
        let last = |seconds| after(1).at(NOON.plus_seconds(seconds)).last;

        assert_eq!((last(DAY), last(-DAY)), (NOON, NOON));
        assert_eq!(last(-DAY - 1), NOON.plus_seconds(-DAY - 1));
    }

    #[test]
    fn months_begin_where_the_calendar_has_them_in_leap_years_and_centuries_too() {
        for (march_the_first, year) in [(11_017, 2000), (20_513, 2026), (47_541, 2100), (157_114, 2400)] {
            assert_eq!((month_of(march_the_first - 1), month_of(march_the_first)), (year * 12 + 1, year * 12 + 2));
        }
        for (day, next) in [(20_454, 20_485), (20_484, 20_485), (20_485, 20_513)] {
            assert_eq!(first_day_after(month_of(day), day), next);
        }
    }

    #[test]
    fn a_pool_counts_in_a_part_for_each_thousand() {
        assert!(allowed(5_000, 100_000).name.starts_with("texts-5-"));
        assert!(allowed(5_999, 100_000).name.starts_with("texts-5-"));
    }
}
