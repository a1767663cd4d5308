//! Times as SAML writes them: `xs:dateTime` with a zone (SAML Core §1.3.3).

use identity_kernel::calendar::parse_iso8601;
use identity_kernel::time::Timestamp;

/// The shortest: `2026-11-20T23:12:00Z`. What the kernel reads besides, dates alone say, is shorter.
const SHORTEST: usize = 20;

/// `2026-11-20T23:12:00Z`, with or without a fraction, which is cut to milliseconds.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    parse_iso8601(text).filter(|_| text.len() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_zone_and_seconds_and_may_have_a_fraction() {
        for (text, millis) in [
            ("1970-01-01T00:00:01Z", 1000),
            ("1970-01-01T00:00:01+00:00", 1000),
            ("1970-01-01T00:00:01.5Z", 1500),
            ("1970-01-01T00:00:01.1239999Z", 1123),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_epoch_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "1970",
            "1970-01-01",
            "1970-01-01T00:00Z",
            "1970-01-01T00:00:01",
            "1970-1-01T00:00:01Z",
            "1970-02-30T00:00:01Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:01.Z",
            "1970-01-01T00:00:01ZZ",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
