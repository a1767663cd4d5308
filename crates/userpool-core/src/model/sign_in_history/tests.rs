use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(1_793_696_707 + seconds)
}

fn from(device: &str, network: &str) -> Circumstances {
    Circumstances { device: Some(device.to_owned()), network: Some(network.to_owned()), place: None }
}

fn in_country(country: &str, position: (f64, f64)) -> Circumstances {
    let place = Place { country: Some(country.to_owned()), city: None, position: Some(position) };
    Circumstances { place: Some(place), ..from("laptop", "home") }
}

fn used(seen: &[(Circumstances, i64)]) -> SignInHistory {
    let mut history = SignInHistory::default();
    for (circumstances, seconds) in seen {
        history.remember(circumstances.clone(), at(*seconds));
    }
    history
}

#[test]
fn the_first_sign_in_and_usual_ones_are_no_risk_and_what_is_new_adds_up() {
    let usual = used(&[(from("laptop", "home"), 0)]);

    assert_eq!(SignInHistory::default().assess(&from("laptop", "home"), at(0)), None);
    assert_eq!(usual.assess(&from("laptop", "home"), at(60)), None);
    assert_eq!(usual.assess(&from("phone", "home"), at(60)), Some(RiskLevel::Low));
    assert_eq!(usual.assess(&from("laptop", "cafe"), at(60)), Some(RiskLevel::Low));
    assert_eq!(usual.assess(&from("phone", "cafe"), at(60)), Some(RiskLevel::Medium));
    assert_eq!(usual.assess(&Circumstances::default(), at(60)), None, "nothing is known of this one");
}

#[test]
fn a_device_that_was_not_seen_for_ninety_days_is_new_again() {
    let usual = used(&[(from("laptop", "home"), 0)]);

    assert_eq!(usual.assess(&from("laptop", "home"), at(90 * 86_400 - 1)), None);
    assert_eq!(usual.assess(&from("laptop", "home"), at(90 * 86_400)), Some(RiskLevel::Medium));
}

#[test]
fn four_networks_in_an_hour_are_a_high_risk_and_over_a_day_a_low_one() {
    let seen = |step: i64| {
        let networks = ["a", "b", "c"].iter().zip(0..).map(|(network, at)| (from("laptop", network), at * step));
        used(&networks.collect::<Vec<_>>())
    };

    assert_eq!(seen(600).assess(&from("laptop", "d"), at(1800)), Some(RiskLevel::High));
    assert_eq!(seen(36_000).assess(&from("laptop", "d"), at(86_400)), Some(RiskLevel::Low));
}

#[test]
fn nobody_is_in_berlin_and_two_hours_later_in_sydney() {
    let (berlin, sydney, potsdam) = ((52.5, 13.4), (-33.9, 151.2), (52.4, 13.1));
    let usual = used(&[(in_country("Germany", berlin), 0)]);

    assert_eq!(usual.assess(&in_country("Australia", sydney), at(7200)), Some(RiskLevel::High));
    assert_eq!(usual.assess(&in_country("Australia", sydney), at(2 * 86_400)), Some(RiskLevel::Low), "a new country");
    assert_eq!(usual.assess(&in_country("Germany", potsdam), at(60)), None);
}

#[test]
fn no_more_is_kept_than_a_hundred_events_and_twenty_devices_and_nothing_for_more_than_two_years() {
    let event = |seconds: i64| AuthEvent {
        id: seconds.to_string(),
        kind: AuthEventKind::SignIn,
        at: at(seconds),
        response: AuthEventResponse::Pass,
        risk: None,
        blocked: false,
        compromised: false,
        client: None,
        challenge: None,
        address: None,
        device_name: None,
        city: None,
        country: None,
        feedback: None,
    };
    let mut history = SignInHistory::default();
    for seconds in 0..150 {
        history.push(event(seconds));
        history.remember(from(&seconds.to_string(), "home"), at(seconds));
    }
    assert_eq!((history.events.len(), history.events[0].id.as_str(), history.devices.len()), (100, "50", 20));

    history.push(event(EVENT_LIFE + 100));
    assert_eq!(history.events.len(), 50, "those of second 101 on");
}

#[test]
fn ways_along_the_earth_are_as_long_as_they_are() {
    for (one, other, way) in [
        ((0.0, 0.0), (0.0, 0.0), 0.0),
        ((0.0, 0.0), (0.0, 90.0), 10_007.5),
        ((0.0, 0.0), (90.0, 0.0), 10_007.5),
        ((60.0, 0.0), (60.0, 180.0), 6_671.7),
        ((51.5, -0.1), (48.9, 2.4), 340.0),
    ] {
        assert!((kilometres(one, other) - way).abs() < 5.0, "{one:?} {other:?}: {}", kilometres(one, other));
    }
}
