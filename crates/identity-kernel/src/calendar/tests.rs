use super::*;
use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike};

/// Each day of the 400 years from 1770 on, every 41st from the year -9999 to 9999, and a second of it that wanders.
fn days() -> impl Iterator<Item = i64> {
    let far = (-4_371_587..=2_932_896).step_by(41);
    let days = far.chain(-73_049..73_048).chain([-4_371_587, 2_932_896]);
    days.map(|day| day * SECONDS_OF_A_DAY + (day * 7919).rem_euclid(SECONDS_OF_A_DAY))
}

#[test]
fn every_day_is_the_one_that_chrono_says() {
    for seconds in days() {
        let chrono = DateTime::from_timestamp(seconds, 0).unwrap();
        let ours = Civil::from(Timestamp::from_epoch_seconds(seconds));
        let wanted = (i64::from(chrono.year()), chrono.month(), chrono.day(), chrono.num_seconds_from_midnight());
        let time = u32::from(ours.hour) * 3600 + u32::from(ours.minute) * 60 + u32::from(ours.second);
        assert_eq!((ours.year, u32::from(ours.month), u32::from(ours.day), time), wanted);
        assert_eq!(ours.weekday(), chrono.weekday().num_days_from_sunday() as usize);
        assert_eq!(ours.timestamp(), Some(Timestamp::from_epoch_seconds(seconds)));
    }
}

#[test]
fn what_is_no_date_is_none() {
    for year in [1900, 2000, 2023, 2024] {
        for (month, day) in (0..=14u8).flat_map(|month| (0..=33u8).map(move |day| (month, day))) {
            let ours = Civil { year: i64::from(year), month, day, hour: 0, minute: 0, second: 0 }.timestamp();
            let exists = NaiveDate::from_ymd_opt(year, month.into(), day.into()).is_some();
            assert_eq!(ours.is_some(), exists, "{year} {month} {day}");
        }
    }
    let sound = Civil { year: 2026, month: 1, day: 1, hour: 23, minute: 59, second: 59 };
    assert!(sound.timestamp().is_some());
    assert_eq!(Civil { hour: 24, ..sound }.timestamp(), None);
    assert_eq!(Civil { minute: 60, ..sound }.timestamp(), None);
    assert_eq!(Civil { second: 60, ..sound }.timestamp(), None);
    assert_eq!(Civil { year: 10_000, ..sound }.timestamp(), None);
}

#[test]
fn texts_are_written_and_read_as_chrono_does() {
    for seconds in days().step_by(97).filter(|seconds| (-62_167_219_200..253_402_300_800).contains(seconds)) {
        let chrono = DateTime::from_timestamp(seconds, 250_000_000).unwrap();
        let time = Timestamp::from_epoch_millis(chrono.timestamp_millis());
        assert_eq!(write_iso8601(time), chrono.to_rfc3339_opts(SecondsFormat::Secs, true));
        assert_eq!(parse_iso8601(&chrono.to_rfc3339_opts(SecondsFormat::Millis, true)), Some(time));
    }
}

#[test]
fn the_profile_of_w3c_is_read_whole_and_nothing_else() {
    let wanted = Timestamp::from_epoch_millis(1_777_593_600_000);
    for same in [
        "2026-05",
        "2026-05-01",
        "2026-05-01T00:00Z",
        "2026-05-01T00:00:00Z",
        "2026-05-01T00:00:00.0Z",
        "2026-05-01T02:30+02:30",
        "2026-04-30T18:00:00-06:00",
        "2026-04-30T23:59:60Z",
    ] {
        assert_eq!(parse_iso8601(same), Some(wanted), "{same}");
    }
    assert_eq!(parse_iso8601("1970"), Some(Timestamp::from_epoch_seconds(0)));
    for (text, milliseconds) in [(".5", 500), (".25", 250), (".125", 125), (".0019", 1)] {
        let time = parse_iso8601(&format!("2026-05-01T00:00:00{text}Z")).unwrap();
        assert_eq!(time.epoch_millis() - wanted.epoch_millis(), milliseconds, "{text}");
    }
    for other in [
        "",
        "2026-",
        "202",
        "2026-5-1",
        "2026-02-30",
        "2026-05-01Z",
        "2026-05-01T00Z",
        "2026-05-01T00:00",
        "2026-05-01 00:00:00Z",
        "2026-05-01T00:00:00.Z",
        "2026-05-01T00:00:61Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T00:00:00+24:00",
        "2026-05-01T00:00:00+0000",
        "+026-05-01",
        "2026-05-01T00:00:00Zx",
        "2026-0é-01",
    ] {
        assert_eq!(parse_iso8601(other), None, "{other}");
    }
}
