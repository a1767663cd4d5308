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
