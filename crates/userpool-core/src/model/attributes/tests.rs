use super::*;

#[test]
fn addresses_and_numbers_are_told_from_other_text() {
    for good in ["a@b.co", "first.last+tag@sub.example.com", "ü@example.com"] {
        assert!(is_email(good), "{good}");
    }
    for bad in ["", "a", "@b.co", "a@", "a@b", "a b@c.de", "a@@b.co", "a@-b.co", "a@b..co", "a\n@b.co"] {
        assert!(!is_email(bad), "{bad}");
    }
    assert!(is_phone_number("+14155550199"));
    for bad in ["14155550199", "+1", "+1415555019a", "+0155550199", "+1234567890123456", "+１４１５５５５０１９９"]
    {
        assert!(!is_phone_number(bad), "{bad}");
    }
}

#[test]
fn a_value_must_suit_its_type_and_bounds() {
    let schema = |data_type, min, max| AttributeSchema {
        name: "custom:x".to_owned(),
        data_type,
        mutable: true,
        required: false,
        min,
        max,
    };

    assert!(problem(&schema(AttributeType::Number, Some(1), Some(9)), "7").is_none());
    assert!(problem(&schema(AttributeType::Number, Some(1), Some(9)), "10").is_some());
    assert!(problem(&schema(AttributeType::Number, None, None), "x").is_some());
    assert!(problem(&schema(AttributeType::Text, Some(2), None), "x").is_some());
    assert!(problem(&schema(AttributeType::Text, None, Some(2)), "üüü").is_some());
    assert!(problem(&schema(AttributeType::Boolean, None, None), "True").is_none());
    assert!(problem(&schema(AttributeType::Boolean, None, None), "1").is_some());
}

#[test]
fn standard_addresses_and_dates_have_their_own_forms_and_bounds_may_be_equal() {
    let standard = |name: &str| standard().into_iter().find(|schema| schema.name == name).unwrap();
    for (name, good, bad, wrong) in [
        ("email", "a@b.co", "a", ValueProblem::NotEmail),
        ("phone_number", "+14155550199", "4155550199", ValueProblem::NotPhoneNumber),
        ("birthdate", "1815-12-10", "1815-13-10", ValueProblem::NotDate),
    ] {
        assert_eq!(problem(&standard(name), good), None, "{name}");
        assert_eq!(problem(&standard(name), bad), Some(wrong), "{name}");
    }
    for bad in ["1815-12-32", "1815-00-10", "1815-12-00", "1815-1-010", "181-512-10", "1815-12-10-", "x815-12-10"] {
        assert!(!is_date(bad), "{bad}");
    }
    let of = |data_type, min, max| AttributeSchema { data_type, min: Some(min), max: Some(max), ..standard("name") };
    assert_eq!(of(AttributeType::Text, 3, 3).bounds_problem(), None);
    assert_eq!(of(AttributeType::Text, 4, 3).bounds_problem(), Some(BoundsProblem::LengthsUpsideDown));
    assert_eq!(of(AttributeType::Number, 4, 3).bounds_problem(), Some(BoundsProblem::NumbersUpsideDown));
    assert_eq!(of(AttributeType::Number, -4, -3).bounds_problem(), None);
    assert_eq!(of(AttributeType::Text, -4, 3).bounds_problem(), Some(BoundsProblem::NoLength));
    let longest = "a".repeat(2048);
    assert_eq!(problem(&of(AttributeType::Text, 0, 2048), &longest), None);
    assert_eq!(problem(&of(AttributeType::Text, 0, 2048), &format!("{longest}a")), Some(ValueProblem::TooLong));
}
