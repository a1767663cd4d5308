//! Line 109: what a condition takes and says, by the IAM user guide, through a whole document.
#![allow(clippy::unwrap_used, reason = "tests")]

use iam_policy::{Context, Policies, Policy, PolicyError, PolicyKind, Principal, Request, decide, explain};
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::123456789012:user/ada";

fn parse(operator: &str, value: &Value) -> Result<Policy, PolicyError> {
    let statement =
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"aws:k": value}}});
    Policy::parse("p", PolicyKind::Identity, &json!({"Version": "2012-10-17", "Statement": statement}).to_string())
}

fn request(context: Context) -> Request {
    let (action, resource) = ("s3:GetObject".to_owned(), "arn:aws:s3:::b/x".to_owned());
    Request { principal: Principal::User(USER.to_owned()), action, resource, context }
}

/// Whether the condition holds when the request brings these values.
fn holds(operator: &str, value: &Value, given: &[&str]) -> bool {
    let policy = parse(operator, value).unwrap();
    let context = Context::new().with_all("aws:k", given.iter().copied()).with("aws:own", "true");
    decide(&Policies::of_identity(&[policy]), &request(context.with("aws:PrincipalArn", USER))).is_allowed()
}

#[test]
fn each_comparison_of_numbers_and_dates_has_its_own_bounds() {
    for (comparison, below, equal, above) in [
        ("Equals", false, true, false),
        ("NotEquals", true, false, true),
        ("LessThan", true, false, false),
        ("LessThanEquals", true, true, false),
        ("GreaterThan", false, false, true),
        ("GreaterThanEquals", false, true, true),
    ] {
        for (given, expected) in [("9.5", below), ("1e1", equal), ("11", above)] {
            assert_eq!(
                holds(&format!("Numeric{comparison}"), &json!("10"), &[given]),
                expected,
                "{comparison} {given}"
            );
        }
        for (given, expected) in [("2026-04-30", below), ("2026-05-01", equal), ("2026-05-02", above)] {
            let operator = format!("Date{comparison}");
            assert_eq!(holds(&operator, &json!("2026-05-01T00:00:00Z"), &[given]), expected, "{operator} {given}");
        }
    }
}

#[test]
fn a_number_or_a_boolean_may_stand_without_quotation_marks() {
    assert!(holds("NumericLessThan", &json!(10), &["9"]));
    assert!(!holds("NumericLessThan", &json!([1, 2.5]), &["9"]));
    assert!(holds("Bool", &json!(true), &["true"]));
    assert!(!holds("Bool", &json!(false), &["true"]));
    assert!(holds("Null", &json!(false), &["any"]));
    assert!(matches!(parse("Bool", &json!(null)), Err(PolicyError::Syntax(_))));
}

#[test]
fn what_is_no_finite_number_is_none() {
    for value in ["inf", "-infinity", "NaN", "1e999", "", "0x10", "1_000", " 1"] {
        assert!(matches!(parse("NumericEquals", &json!(value)), Err(PolicyError::ConditionValue { .. })), "{value}");
        assert!(!holds("NumericGreaterThan", &json!("-5"), &[value]), "{value}");
    }
}

#[test]
fn bool_takes_a_variable_and_compares_its_value() {
    assert!(holds("Bool", &json!("${aws:own}"), &["true"]));
    assert!(holds("Bool", &json!("${aws:own}"), &["TRUE"]));
    assert!(!holds("Bool", &json!("${aws:own}"), &["false"]));
    assert!(!holds("Bool", &json!("${aws:none}"), &["false"]));
}

#[test]
fn an_arn_operator_takes_an_arn_or_a_star_or_one_variable() {
    assert!(holds("ArnLike", &json!("*"), &[USER]));
    assert!(holds("ArnEquals", &json!("${aws:PrincipalArn}"), &[USER]));
    assert!(!holds("ArnEquals", &json!("${aws:PrincipalArn}"), &["arn:aws:iam::123456789012:user/bob"]));
    for value in ["?", "*user", "bucket/${aws:k}", "${aws:k}/x", "${aws:k}${aws:k}", "${aws:k}*"] {
        assert!(parse("ArnLike", &json!(value)).is_err(), "{value}");
    }
}

#[test]
fn without_a_set_operator_a_key_of_several_values_passes_only_negated_tests_and_only_if_all_of_them_do() {
    assert!(!holds("StringLike", &json!("*"), &["a", "b"]));
    assert!(!holds("StringEquals", &json!("a"), &["a", "a"]));
    assert!(holds("StringNotEquals", &json!("a"), &["b", "c"]));
    assert!(!holds("StringNotEquals", &json!("a"), &["a", "b"]));
}

#[test]
fn a_trace_names_each_condition_as_written_with_what_the_request_brings() {
    let policy = parse("StringEqualsIfExists", &json!("a")).unwrap();
    let other = parse("NumericLessThan", &json!(10)).unwrap();
    let trace = explain(&Policies::of_identity(&[policy, other]), &request(Context::new().with("AWS:K", "a")));

    let shown: Vec<_> = trace
        .iter()
        .flat_map(|statement| &statement.conditions)
        .map(|condition| {
            (condition.operator.as_str(), condition.key.as_str(), condition.given.clone(), condition.holds)
        })
        .collect();
    let given = Some(vec!["a".to_owned()]);
    assert_eq!(
        shown,
        [("StringEqualsIfExists", "aws:k", given.clone(), true), ("NumericLessThan", "aws:k", given, false)]
    );
    assert!(!trace.iter().any(|statement| statement.denies));
}
