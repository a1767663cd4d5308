//! The two forms in which a request says when it was signed.

use identity_kernel::calendar::{Civil, MONTHS, WEEKDAYS, digits};
use identity_kernel::time::Timestamp;

/// Reads `20150830T123600Z`.
pub(crate) fn parse_basic(text: &str) -> Option<Timestamp> {
    let number = |text, count| digits(text, count).and_then(|(number, rest)| Some((u8::try_from(number).ok()?, rest)));
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = number(rest, 2)?;
    let (day, rest) = number(rest, 2)?;
    let (hour, rest) = number(rest.strip_prefix('T')?, 2)?;
    let (minute, rest) = number(rest, 2)?;
    let (second, rest) = number(rest, 2)?;
    Civil { year, month, day, hour, minute, second }.timestamp().filter(|_| rest == "Z")
}

/// Writes `20150830T123600Z`; `None` for a year that four digits do not write.
pub(crate) fn write_basic(time: Timestamp) -> Option<String> {
    let Civil { year, month, day, hour, minute, second } = time.into();
    let four = (0..=9999).contains(&year);
    four.then(|| format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"))
}

/// Reads a `Date` header: `Sun, 30 Aug 2015 12:36:00 GMT` (RFC 9110 §5.6.7, the preferred form), also with `+0000` or
/// `-0000` at the end, as Python's `formatdate` writes it.
pub(crate) fn parse_http(text: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = text.split(' ').collect();
    let [weekday, day, month, year, time, "GMT" | "+0000" | "-0000"] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|own| own == month)? + 1;
    let (day, "") = digits(day, 2)? else { return None };
    let (year, "") = digits(year, 4)? else { return None };
    let [hour, minute, second] = clock(time)?;
    let civil = Civil { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()?, hour, minute, second };
    let named = weekday.strip_suffix(',')? == *WEEKDAYS.get(civil.weekday())?;
    civil.timestamp().filter(|_| named)
}

/// Reads `12:36:00`.
fn clock(text: &str) -> Option<[u8; 3]> {
    let parts = text.split(':').map(|part| match digits(part, 2)? {
        (number, "") => u8::try_from(number).ok(),
        _ => None,
    });
    parts.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Timestamp = Timestamp::from_epoch_seconds(1_440_938_160);

    #[test]
    fn the_basic_form_is_read_to_the_letter() {
        assert_eq!(parse_basic("20150830T123600Z"), Some(TIME));
        assert_eq!(write_basic(TIME).as_deref(), Some("20150830T123600Z"));
        for bad in [
            "",
            "20150830T123600",
            "20150830T123600z",
            "20150830 123600Z",
            "+0150830T123600Z",
            "20150830T1236000Z",
            "20150230T123600Z",
            "20150830T246000Z",
            "20150830T123600ZZ",
            "2015-08-30T12:36:00Z",
            "2015083éT123600Z",
        ] {
            assert_eq!(parse_basic(bad), None, "{bad}");
        }
        assert_eq!(write_basic(Timestamp::from_epoch_seconds(253_402_300_800)), None);
    }

    #[test]
    fn the_form_of_http_is_read_with_the_right_weekday_and_in_universal_time() {
        for zone in ["GMT", "+0000", "-0000"] {
            assert_eq!(parse_http(&format!("Sun, 30 Aug 2015 12:36:00 {zone}")), Some(TIME), "{zone}");
        }
        for bad in [
            "",
            "Mon, 30 Aug 2015 12:36:00 GMT",
            "Sun, 30 Aug 2015 12:36:00 +0100",
            "Sun, 30 aug 2015 12:36:00 GMT",
            "Sun, 30 Aug 15 12:36:00 GMT",
            "Sun, 30 Aug 2015 12:36 GMT",
            "Sun 30 Aug 2015 12:36:00 GMT",
            "Sunday, 30-Aug-15 12:36:00 GMT",
            "Sun Aug 30 12:36:00 2015",
        ] {
            assert_eq!(parse_http(bad), None, "{bad}");
        }
    }
}
