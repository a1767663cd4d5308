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
