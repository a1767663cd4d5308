//! Time as a value: [`Timestamp`] and the [`Clock`] it is read from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

#[cfg(feature = "chrono")]
use chrono::{DateTime, TimeZone, Utc};

/// How far the clocks of two nodes may differ: 60 seconds.
pub const CLOCK_SKEW_SECONDS: i64 = 60;

/// The largest step of a clock that is allowed for: 2 hours. What is remembered so that it cannot happen twice is
/// remembered for so much longer, for the case that the clock ran ahead when it was forgotten and is then set back.
pub const CLOCK_STEP_SECONDS: i64 = 7200;

/// An instant in UTC, cut to milliseconds. Ordered; stored as milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `milliseconds` after 1970-01-01T00:00:00Z.
    pub const fn from_epoch_millis(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The instant `seconds` after 1970-01-01T00:00:00Z.
    pub const fn from_epoch_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn epoch_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down: the `NumericDate` of RFC 7519 §2.
    pub const fn epoch_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Seconds since 1970 with the milliseconds as fraction, as the AWS JSON protocol writes times.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53 for 285,000 years")]
    pub fn epoch_seconds_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// This instant moved by `seconds`, which may be negative; stops at the ends of the range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Whole seconds from `earlier` to this instant, negative if `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1000)
    }

    /// Whether this instant lies in the span of so many seconds from `start`.
    ///
    /// Clocks differ from node to node, and are set: an instant up to [`CLOCK_SKEW_SECONDS`] before `start` counts as
    /// `start`, and one that lies further back is outside. So a clock that is set back does not prolong the span.
    pub const fn is_within(self, start: Self, seconds: i64) -> bool {
        self.0 >= start.plus_seconds(-CLOCK_SKEW_SECONDS).0 && self.0 < start.plus_seconds(seconds).0
    }

    /// The same instant as chrono has it. Instants outside chrono's range become 1970.
    #[cfg(feature = "chrono")]
    pub fn to_utc(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0).single().unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// A text is no time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidTime;

impl std::fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a time is written 2026-11-20T23:12:00Z, or as seconds since 1970")
    }
}

impl std::error::Error for InvalidTime {}

/// Stored and sent as milliseconds since 1970.
#[cfg(feature = "serde")]
impl serde_core::Serialize for Timestamp {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde_core::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

#[cfg(feature = "chrono")]
impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis())
    }
}

/// Says what time it is. Given to each service at construction.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where ambient time enters")]
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Timestamp(millis(since)),
            Err(before) => Timestamp(-millis(before.duration())),
        }
    }
}

/// A clock that stands still until it is told to move: for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.epoch_millis()))
    }

    /// Moves the clock by `seconds`, which may be negative.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds.saturating_mul(1000), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Another clock, shifted by a settable number of seconds: how a test server travels in time while it runs.
pub struct ShiftedClock<C> {
    inner: C,
    offset: AtomicI64,
}

impl<C: Clock> ShiftedClock<C> {
    /// Starts level with `inner`.
    pub fn new(inner: C) -> Self {
        Self { inner, offset: AtomicI64::new(0) }
    }

    /// Moves this clock `seconds` further ahead of the inner one.
    pub fn advance_seconds(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl<C: Clock> Clock for ShiftedClock<C> {
    fn now(&self) -> Timestamp {
        self.inner.now().plus_seconds(self.offset.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_down_also_before_1970() {
        assert_eq!(Timestamp::from_epoch_millis(-1).epoch_seconds(), -1);
        assert_eq!(Timestamp::from_epoch_millis(1999).epoch_seconds(), 1);
    }

    #[test]
    fn a_span_ends_when_it_has_passed_and_when_the_clock_is_set_back_before_it() {
        let start = Timestamp::from_epoch_seconds(10_000);
        let holds = |seconds| start.plus_seconds(seconds).is_within(start, 100);

        assert_eq!([0, 99, -30, -60].map(holds), [true; 4]);
        assert_eq!([100, 3600, -61, -3600].map(holds), [false; 4]);
    }

    #[test]
    fn a_time_is_read_as_it_is_written_or_in_seconds() {
        for text in ["2026-11-20T23:12:00Z", "2026-11-21T00:12:00+01:00", "1795216320"] {
            assert_eq!(text.parse(), Ok(Timestamp::from_epoch_seconds(1_795_216_320)), "{text}");
        }
        for text in ["", "yesterday", "2026-11-20", "2026-11-20 23:12:00", "1.5"] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn times_are_moved_compared_and_shown_in_their_units() {
        let time = Timestamp::from_epoch_millis(1_500);
        assert_eq!((time.epoch_millis(), time.epoch_seconds()), (1_500, 1));
        assert!((time.epoch_seconds_f64() - 1.5).abs() < f64::EPSILON);
        let later = time.plus_seconds(90);
        assert_eq!((later.epoch_millis(), later.seconds_since(time), time.seconds_since(later)), (91_500, 90, -90));
        assert_eq!(Timestamp::from_epoch_seconds(i64::MAX).plus_seconds(1).epoch_millis(), i64::MAX);
    }

    #[test]
    fn clocks_show_what_they_are_told_and_the_machines_shows_now() {
        let manual = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_000)));
        let shifted = ShiftedClock::new(Arc::clone(&manual));
        shifted.advance_seconds(5);
        manual.advance_seconds(-100);
        assert_eq!((manual.now().epoch_seconds(), shifted.now().epoch_seconds()), (900, 905));

        let year_2025 = Timestamp::from_epoch_seconds(1_735_689_600);
        assert!(SystemClock.now() > year_2025);
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn an_instant_is_chronos_and_back_and_1970_outside_its_range() {
        let time = Timestamp::from_epoch_millis(1_700_000_000_123);

        assert_eq!(Timestamp::from(time.to_utc()), time);
        assert_eq!(Timestamp::from_epoch_millis(i64::MAX).to_utc(), DateTime::UNIX_EPOCH);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn the_stored_form_is_milliseconds() {
        let time = Timestamp::from_epoch_millis(1_700_000_000_123);

        assert_eq!(serde_json::to_string(&time).unwrap(), "1700000000123");
        assert_eq!(serde_json::from_str::<Timestamp>("1700000000123").unwrap(), time);
    }

    #[test]
    fn iso8601_ends_in_z() {
        assert_eq!(Timestamp::from_epoch_seconds(0).to_iso8601(), "1970-01-01T00:00:00Z");
    }
}
