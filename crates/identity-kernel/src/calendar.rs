//! The proleptic Gregorian calendar in UTC: what stands between a [`Timestamp`] and the texts that write dates.

use std::str::FromStr;

use crate::time::{InvalidTime, Timestamp};

/// The days of the week in English, three letters each, from Sunday on.
pub const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The months in English, three letters each.
pub const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const SECONDS_OF_A_DAY: i64 = 86_400;
/// Days of the 400 years after which the calendar repeats itself.
const DAYS_OF_AN_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;

/// A date and time of day in UTC, to the second.
///
/// ```
/// use identity_kernel::calendar::Civil;
/// use identity_kernel::time::Timestamp;
///
/// let civil = Civil { year: 2015, month: 8, day: 30, hour: 12, minute: 36, second: 0 };
/// assert_eq!(civil.timestamp(), Some(Timestamp::from_epoch_seconds(1_440_938_160)));
/// assert_eq!(Civil { month: 2, ..civil }.timestamp(), None, "February has no 30th");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Civil {
    /// The year; 0 is the year before 1.
    pub year: i64,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 to 31, as the month has them.
    pub day: u8,
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
    /// From 0 to 59: leap seconds are no instants of their own.
    pub second: u8,
}

impl Civil {
    /// The instant; `None` if there is no such date or time of day, or its year lies outside -9999 to 9999.
    pub fn timestamp(self) -> Option<Timestamp> {
        let Self { year, month, day, hour, minute, second } = self;
        let sound = (-9999..=9999).contains(&year)
            && (1..=days_of_month(year, month)?).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !sound {
            return None;
        }
        let time_of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Some(Timestamp::from_epoch_seconds(self.days_since_1970() * SECONDS_OF_A_DAY + time_of_day))
    }

    /// The day of the week, as a place in [`WEEKDAYS`]: 0 is Sunday.
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday. INVARIANT: the rest of a division by 7 is from 0 to 6.
        usize::try_from((self.days_since_1970() + 4).rem_euclid(7)).unwrap_or_default()
    }

    /// Years are counted from March, so that the leap day comes last (Hinnant, "chrono-compatible low-level date
    /// algorithms", `days_from_civil`).
    fn days_since_1970(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        year.div_euclid(400) * DAYS_OF_AN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_BEFORE_1970
    }
}

impl From<Timestamp> for Civil {
    fn from(time: Timestamp) -> Self {
        let seconds = time.epoch_seconds();
        let days = seconds.div_euclid(SECONDS_OF_A_DAY) + DAYS_BEFORE_1970;
        let time_of_day = seconds.rem_euclid(SECONDS_OF_A_DAY);
        let of_era = days.rem_euclid(DAYS_OF_AN_ERA);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = (month + 2) % 12 + 1;
        Self {
            year: days.div_euclid(DAYS_OF_AN_ERA) * 400 + year_of_era + i64::from(month <= 2),
            month: small(month),
            day: small(day),
            hour: small(time_of_day / 3600),
            minute: small(time_of_day / 60 % 60),
            second: small(time_of_day % 60),
        }
    }
}

impl Timestamp {
    /// `2026-11-20T23:12:00Z`: ISO 8601 with seconds, as AWS XML answers write times.
    pub fn to_iso8601(self) -> String {
        write_iso8601(self)
    }
}

/// Reads a time as RFC 3339 writes it, `2026-11-20T23:12:00Z`, or as seconds since 1970.
impl FromStr for Timestamp {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        match text.parse() {
            Ok(seconds) => Ok(Self::from_epoch_seconds(seconds)),
            Err(_) => parse_iso8601(text).filter(|_| text.contains(['T', 't'])).ok_or(InvalidTime),
        }
    }
}

fn small(number: i64) -> u8 {
    // INVARIANT: months, days, hours, minutes and seconds are below 60.
    u8::try_from(number).unwrap_or_default()
}

/// How many days the month has; `None` if there is no such month.
fn days_of_month(year: i64, month: u8) -> Option<u8> {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// A number of so many digits at the start of `text`, and what follows. No sign, no blank.
pub fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(count)?;
    let plain = count > 0 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| plain)?, rest))
}

/// Reads a date as ISO 8601 writes it in Amazon's policies and APIs (the W3C profile,
/// <https://www.w3.org/TR/NOTE-datetime>): `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or with a time of day to the minute, second or fraction, `T`
/// between them, and the zone, `Z` or `+hh:mm`. A fraction is cut to milliseconds; a leap second is the second after it.
pub fn parse_iso8601(text: &str) -> Option<Timestamp> {
    let number = |text, count| digits(text, count).and_then(|(number, rest)| Some((u8::try_from(number).ok()?, rest)));
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = if rest.is_empty() { (1, rest) } else { number(rest.strip_prefix('-')?, 2)? };
    let (day, rest) = if rest.is_empty() { (1, rest) } else { number(rest.strip_prefix('-')?, 2)? };
    let midnight = Civil { year, month, day, hour: 0, minute: 0, second: 0 };
    if rest.is_empty() {
        return midnight.timestamp();
    }
    let (hour, rest) = number(rest.strip_prefix(['T', 't'])?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, milliseconds, zone) = match rest.strip_prefix(':') {
        None => (0, 0, rest),
        Some(rest) => {
            let (second, rest) = number(rest, 2)?;
            let (milliseconds, rest) = fraction(rest)?;
            (second, milliseconds, rest)
        }
    };
    let leap = i64::from(second == 60);
    let second = if second == 60 { 59 } else { second };
    let local = Civil { hour, minute, second, ..midnight }.timestamp()?.plus_seconds(leap - offset(zone)?);
    Some(Timestamp::from_epoch_millis(local.epoch_millis() + milliseconds))
}

/// `.5` and what follows it, as milliseconds; 0 if there is no fraction.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (all, after) = rest.split_at_checked(length)?;
    let (number, _) = digits(all, length.min(3))?;
    Some((number * [1, 100, 10, 1].get(length.min(3))?, after))
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" || zone == "z" {
        return Some(0);
    }
    let (sign, rest) =
        zone.strip_prefix('+').map(|rest| (1, rest)).or(zone.strip_prefix('-').map(|rest| (-1, rest)))?;
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 2)?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// `2026-11-20T23:12:00Z`. Years of more than four digits stand with their sign.
fn write_iso8601(time: Timestamp) -> String {
    let Civil { year, month, day, hour, minute, second } = time.into();
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+05}") };
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests;
