//! The `TIMESTAMP` of a proof: `Tue Nov 3 09:05:07 UTC 2026`, in English, the day without leading zero.

use identity_kernel::calendar::{Civil, MONTHS, WEEKDAYS};
use identity_kernel::time::Timestamp;

/// The time of a proof. Leading zeros and blanks before the day are forgiven, as some clients write them; a weekday
/// that is not the date's is not. `None` for anything else.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let [weekday, month, day, time, "UTC", year] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    let clock: Option<Vec<u8>> = time.split(':').map(|part| number(part, 2)).collect();
    let [hour, minute, second] = clock?.try_into().ok()?;
    let civil =
        Civil { year: number(year, 4)?, month: u8::try_from(month).ok()?, day: number(day, 2)?, hour, minute, second };
    let time = civil.timestamp()?;
    (WEEKDAYS.get(civil.weekday()) == Some(weekday)).then_some(time)
}

/// A number of at most so many digits, without sign.
fn number<N: std::str::FromStr>(text: &str, longest: usize) -> Option<N> {
    let plain = text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// `time` as a proof's timestamp.
pub fn write_timestamp(time: Timestamp) -> String {
    let civil = Civil::from(time);
    let Civil { year, month, day, hour, minute, second } = civil;
    let weekday = WEEKDAYS.get(civil.weekday()).copied().unwrap_or_default();
    let month = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
    format!("{weekday} {month} {day} {hour:02}:{minute:02}:{second:02} UTC {year:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_foreign_is_not() {
        let time = Timestamp::from_epoch_seconds(1_793_696_707);

        assert_eq!(write_timestamp(time), "Tue Nov 3 09:05:07 UTC 2026");
        for same in ["Tue Nov 3 09:05:07 UTC 2026", "Tue Nov 03 09:05:07 UTC 2026", "Tue Nov  3 09:05:07 UTC 2026"] {
            assert_eq!(parse_timestamp(same), Some(time), "{same}");
        }
        for other in [
            "",
            "2026-11-03T09:05:07Z",
            "Mon Nov 3 09:05:07 UTC 2026",
            "Tue Nov 3 09:05:07 CET 2026",
            "Tue Nov 31 09:05:07 UTC 2026",
            "Tue Nov +3 09:05:07 UTC 2026",
            "Tue Nov 3 09:05 UTC 2026",
        ] {
            assert_eq!(parse_timestamp(other), None, "{other}");
        }
    }
}
