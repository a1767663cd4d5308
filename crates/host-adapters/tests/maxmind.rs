//! Places of addresses, from databases that are written here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::net::IpAddr;

use host_adapters::{MaxMindError, MaxMindPlaces};
use serde_json::json;
use test_support::mmdb::{Mmdb, city};
use userpool_core::model::sign_in_history::Place;
use userpool_core::ports::Places;

fn database() -> Vec<u8> {
    let vague = json!({"country": {"names": {"en": "Kiribati"}}, "location": {
        "accuracy_radius": 1000, "latitude": 1.5, "longitude": -157.5}});
    let country = json!({"country": {"iso_code": "DE", "names": {"de": "Deutschland"}}});
    let nowhere = json!({"location": {"latitude": 91.5, "longitude": 0.5}});
    Mmdb::new("GeoLite2-City")
        .with("192.0.2.0", 24, &city("Germany", "Berlin", [52.5, 13.4]))
        .with("2001:db8::", 32, &city("Australia", "Sydney", [-33.9, 151.2]))
        .with("198.51.100.0", 25, &vague)
        .with("198.51.100.128", 25, &country)
        .with("203.0.113.0", 24, &nowhere)
        .bytes()
}

fn of(places: &MaxMindPlaces, address: &str) -> Option<Place> {
    places.place(address.parse::<IpAddr>().unwrap())
}

fn place(country: &str, city: Option<&str>, position: Option<(f64, f64)>) -> Place {
    Place { country: Some(country.to_owned()), city: city.map(str::to_owned), position }
}

#[test]
fn an_address_has_the_place_of_its_network_in_whatever_form_it_is_written() {
    let places = MaxMindPlaces::of_bytes(database()).unwrap();

    let berlin = Some(place("Germany", Some("Berlin"), Some((52.5, 13.4))));
    assert_eq!(of(&places, "192.0.2.77"), berlin);
    assert_eq!(of(&places, "::ffff:192.0.2.77"), berlin);
    assert_eq!(of(&places, "2001:db8::1"), Some(place("Australia", Some("Sydney"), Some((-33.9, 151.2)))));
    for unknown in ["192.0.3.1", "127.0.0.1", "::1", "2001:db9::1", "10.0.0.1"] {
        assert_eq!(of(&places, unknown), None, "{unknown}");
    }
    assert_eq!((places.kind(), places.made_at().epoch_seconds()), ("GeoLite2-City", 1_793_696_707));
}

#[test]
fn a_position_that_is_off_by_a_country_is_none_and_neither_is_one_that_is_not_on_earth() {
    let places = MaxMindPlaces::of_bytes(database()).unwrap();

    assert_eq!(of(&places, "198.51.100.1"), Some(place("Kiribati", None, None)));
    assert_eq!(of(&places, "198.51.100.200"), Some(place("DE", None, None)), "its code, where it has no English name");
    assert_eq!(of(&places, "203.0.113.1"), None);
}

#[test]
fn a_file_that_is_no_database_of_places_is_refused_when_it_is_opened() {
    let whole = database();

    for broken in [&whole[..whole.len() / 2], &whole[whole.len() / 2 + 100..], b"", b"mmdb"] {
        let refused = MaxMindPlaces::of_bytes(broken.to_vec()).unwrap_err();
        assert!(matches!(refused, MaxMindError::Form(_)), "{refused}");
    }
    let other =
        Mmdb::new("GeoLite2-ASN").with("192.0.2.0", 24, &json!({"autonomous_system_organization": "a network"}));
    let refused = MaxMindPlaces::of_bytes(other.bytes()).unwrap_err();
    assert!(refused.to_string().contains("GeoLite2-ASN"), "{refused}");
    let missing = MaxMindPlaces::open("/nowhere/GeoLite2-City.mmdb".as_ref()).unwrap_err();
    assert!(matches!(missing, MaxMindError::Unreadable(_)), "{missing}");
}

/// Whatever is wrong with a file that was opened, no look-up ends the process.
#[test]
fn a_database_with_any_byte_changed_is_refused_or_answers() {
    let whole = database();
    let addresses: [IpAddr; 4] =
        ["192.0.2.77", "2001:db8::1", "198.51.100.1", "255.255.255.255"].map(|address| address.parse().unwrap());
    let mut answered = 0;

    for at in 0..whole.len() {
        for flipped in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flipped;
            let Ok(places) = MaxMindPlaces::of_bytes(bytes) else { continue };
            answered += 1;
            for address in addresses {
                if let Some((latitude, longitude)) = places.place(address).and_then(|place| place.position) {
                    assert!(latitude.abs() <= 90.0 && longitude.abs() <= 180.0);
                }
            }
        }
    }

    assert!(answered > 100, "{answered}");
}
