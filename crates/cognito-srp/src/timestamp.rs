//! The `TIMESTAMP` of a proof: `Tue Nov 3 09:05:07 UTC 2026`, in English, the day without leading zero.

use chrono::{DateTime, NaiveDateTime};
use identity_kernel::time::Timestamp;

const FORMAT: &str = "%a %b %-d %H:%M:%S UTC %Y";

/// The time of a proof. Leading zeros and blanks before the day are forgiven, as some clients write them; a weekday
/// that is not the date's is not. `None` for anything else.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    NaiveDateTime::parse_from_str(text, FORMAT).ok().map(|time| time.and_utc().into())
}

/// `time` as a proof's timestamp.
pub fn write_timestamp(time: Timestamp) -> String {
    let time: DateTime<_> = time.to_utc();
    time.format(FORMAT).to_string()
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
        for other in ["", "2026-11-03T09:05:07Z", "Mon Nov 3 09:05:07 UTC 2026", "Tue Nov 3 09:05:07 CET 2026"] {
            assert_eq!(parse_timestamp(other), None, "{other}");
        }
    }
}
