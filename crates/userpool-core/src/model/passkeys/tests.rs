use super::*;

fn passkey(id: &str, name: &str) -> Passkey {
    Passkey {
        id: id.to_owned(),
        public_key: Vec::new(),
        relying_party: "example.com".to_owned(),
        name: name.to_owned(),
        transports: Vec::new(),
        attachment: None,
        aaguid: String::new(),
        sign_count: 0,
        backup_eligible: false,
        backed_up: false,
        created_at: Timestamp::from_epoch_seconds(0),
        last_used_at: None,
    }
}

fn of(list: Vec<Passkey>) -> UserPasskeys {
    UserPasskeys { pool: "eu-west-1_Ab3".parse().unwrap(), sub: Subject::from_random([1; 16]), list }
}

#[test]
fn passkeys_of_one_kind_are_told_apart_by_a_number() {
    let three = of(vec![passkey("AA", "Passkey")])
        .with(passkey("AQ", "Passkey"))
        .and_then(|two| two.with(passkey("Ag", "Passkey")))
        .unwrap();

    let names: Vec<&str> = three.list.iter().map(|passkey| passkey.name.as_str()).collect();
    assert_eq!(names, ["Passkey", "Passkey 2", "Passkey 3"]);
}

#[test]
fn a_user_has_at_most_twenty_passkeys() {
    let twenty = of((0..20).map(|number| passkey(&format!("A{number}"), "Passkey")).collect());

    assert_eq!(twenty.with(passkey("BB", "Passkey")), Err(NotAdded::TooMany));
    assert!(twenty.without("A0").with(passkey("BB", "Passkey")).is_ok());
}

#[test]
fn passkeys_differ_by_use_alone_if_nothing_but_counts_that_rise_does() {
    let before = of(vec![Passkey { sign_count: 5, ..passkey("AA", "one") }, passkey("AQ", "two")]);
    let first = |change: fn(&mut Passkey)| {
        let mut after = before.clone();
        change(&mut after.list[0]);
        after.only_counts_on(&before)
    };

    assert!(before.only_counts_on(&before));
    assert!(first(|key| key.sign_count = 6) && !first(|key| key.sign_count = 4));
    assert!(first(|key| key.backed_up = true) && first(|key| key.last_used_at = Some(key.created_at)));
    assert!(!first(|key| key.name = "three".to_owned()) && !first(|key| key.public_key = vec![1]));
    assert!(!before.without("AQ").only_counts_on(&before) && !before.only_counts_on(&before.without("AQ")));
}

#[test]
fn a_passkey_takes_the_place_of_that_of_its_id_alone() {
    let two = of(vec![passkey("AA", "one"), passkey("AQ", "two")]);

    let after = two.replacing(&passkey("AQ", "three"));

    assert_eq!(after, of(vec![passkey("AA", "one"), passkey("AQ", "three")]));
    assert!(!passkey("AA", "one").is_platform());
    assert!(Passkey { attachment: Some("platform".to_owned()), ..passkey("AA", "one") }.is_platform());
}
