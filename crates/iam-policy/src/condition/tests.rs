use super::*;

fn holds(operator: &str, values: &[&str], given: Option<&[&str]>) -> bool {
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let mut context = Context::new();
    if let Some(given) = given {
        context = context.with_all("aws:k", given.iter().copied());
    }
    Condition::read(operator, "aws:K", &values, true).unwrap().holds(&context)
}

#[test]
fn an_absent_key_fails_positive_tests_and_passes_negated_ones() {
    assert!(!holds("StringEquals", &["a"], None));
    assert!(holds("StringNotEquals", &["a"], None));
    assert!(holds("StringEqualsIfExists", &["a"], None));
    assert!(holds("Null", &["true"], None));
    assert!(!holds("Null", &["false"], None));
    assert!(holds("ForAllValues:StringEquals", &["a"], None));
    assert!(!holds("ForAnyValue:StringEquals", &["a"], None));
}

#[test]
fn negated_set_operators_are_not_transposed() {
    assert!(holds("ForAnyValue:StringNotEquals", &["a"], Some(&["a", "b"])));
    assert!(!holds("ForAnyValue:StringNotEquals", &["a", "b"], Some(&["a", "b"])));
    assert!(holds("ForAllValues:StringNotEquals", &["c"], Some(&["a", "b"])));
    assert!(!holds("ForAllValues:StringNotEquals", &["b"], Some(&["a", "b"])));
}

#[test]
fn a_negated_test_wants_none_of_its_values() {
    assert!(!holds("StringNotEquals", &["a", "b"], Some(&["a"])));
    assert!(holds("StringNotEquals", &["a", "b"], Some(&["c"])));
}

#[test]
fn values_are_compared_by_their_type() {
    assert!(holds("NumericLessThan", &["10"], Some(&["9.5"])));
    assert!(!holds("NumericLessThan", &["10"], Some(&["ten"])));
    assert!(holds("DateEquals", &["2026-05-01T00:00:00Z"], Some(&["1777593600"])));
    for date in ["2026-05-01T00:00Z", "2026-05-01T00:00:00.000Z", "2026-05-01", "2026-05", "2026-05-01T02:00:00+02:00"]
    {
        assert!(holds("DateEquals", &[date], Some(&["1777593600"])), "{date}");
    }
    assert!(holds("DateGreaterThan", &["2026"], Some(&["2026-05-01T00:00:00Z"])));
    assert!(!holds("DateLessThan", &["2026"], Some(&["2026-05-01T00:00:00Z"])));
    assert!(holds("Bool", &["true"], Some(&["True"])));
    assert!(holds("BinaryEquals", &["QUI="], Some(&["QUI="])));
    assert!(holds("IpAddress", &["2001:db8::/32"], Some(&["2001:db8:1::1"])));
    assert!(!holds("IpAddress", &["2001:db8::/33"], Some(&["2001:db8:8000::1"])));
    assert!(!holds("IpAddress", &["2001:db8::1"], Some(&["2001:db8::2"])));
    assert!(holds("IpAddress", &["2001:db8::1"], Some(&["2001:0db8:0::1"])));
    assert!(holds("IpAddress", &["0.0.0.0/0"], Some(&["203.0.114.1"])));
    assert!(!holds("IpAddress", &["0.0.0.0/0"], Some(&["2001:db8::1"])));
    assert!(!holds("IpAddress", &["203.0.113.0/24"], Some(&["203.0.114.1"])));
    assert!(holds("ArnLike", &["arn:aws:s3:::b*"], Some(&["arn:aws:s3:::bucket/x:y"])));
    assert!(!holds("ArnLike", &["arn:*:s3:::b"], Some(&["arn:aws:x:s3:::b"])));
}

#[test]
fn what_does_not_suit_its_operator_is_refused_when_it_is_written() {
    for (operator, value) in [
        ("NumericEquals", "ten"),
        ("Bool", "yes"),
        ("IpAddress", "203.0.113.0/33"),
        ("IpAddress", "203.0.113.0/+8"),
        ("IpAddress", "203.0.113.0/"),
        ("IpAddress", "2001:db8::/129"),
        ("DateLessThan", "tomorrow"),
        ("DateLessThan", "2026-13-01"),
        ("DateLessThan", "+1777593600"),
        ("StringEquals", "${aws:k"),
        ("ArnLike", "arn:aws:s3:::${}"),
        ("Null", "maybe"),
        ("ArnLike", "bucket"),
    ] {
        assert!(Condition::read(operator, "aws:k", &[value.to_owned()], true).is_err(), "{operator} {value}");
    }
    assert!(Condition::read("StringEqual", "aws:k", &[], true).is_err());
    assert!(Condition::read("ForAnyValue:Null", "aws:k", &[], true).is_err());
}
