//! The same policies judged by another's evaluator, the crate `iam-rs`. Where the two differ, `docs/compatibility.md` says
//! who is right, and why.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, Verdict, decide};
use iam_rs::{Arn, ContextValue, Decision, IAMPolicy, IAMRequest, PrincipalId};
use proptest::prelude::*;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111122223333:user/ada";

fn ours(policy: &str, action: &str, resource: &str, context: &[(&str, String)]) -> Verdict {
    let policy = Policy::parse("p", PolicyKind::Identity, policy).unwrap();
    let context = context.iter().fold(Context::new(), |all, (key, value)| all.with(key, value.clone()));
    let request = Request {
        principal: Principal::User(USER.to_owned()),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context,
    };
    decide(&Policies::of_identity(std::slice::from_ref(&policy)), &request).verdict
}

fn theirs(policy: &str, action: &str, resource: &str, context: &[(&str, String)]) -> Verdict {
    let policy: IAMPolicy = serde_json::from_str(policy).unwrap();
    let principal = iam_rs::Principal::Aws(PrincipalId::String(USER.to_owned()));
    let mut all = iam_rs::Context::new();
    for (key, value) in context {
        all.insert((*key).to_owned(), ContextValue::String(value.clone()));
    }
    let request = IAMRequest::new_with_context(principal, action, Arn::parse(resource).unwrap(), all);
    match iam_rs::evaluate_policy(&policy, &request).unwrap() {
        Decision::Allow => Verdict::Allowed,
        Decision::Deny => Verdict::ExplicitDeny,
        Decision::NotApplicable => Verdict::ImplicitDeny,
    }
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "ab", "ba", "abc", "x"]).prop_map(str::to_owned)
}

fn pattern() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "?", "ab"]), 1..5).prop_map(|parts| parts.concat())
}

fn condition() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
    ]);
    (operator, pattern()).prop_map(|(operator, value)| json!({operator: {"aws:PrincipalTag/t": value}}))
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let action = prop::sample::select(vec!["Action", "Action", "NotAction"]);
    let resource = prop::sample::select(vec!["Resource", "Resource", "NotResource"]);
    (effect, action, pattern(), resource, pattern(), prop::option::of(condition())).prop_map(
        |(effect, action, verbs, resource, places, condition)| {
            let mut statement = json!({
                "Effect": effect, action: format!("s3:{verbs}"), resource: format!("arn:aws:s3:::bucket/{places}"),
            });
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

/// Cases beyond the generated ones, with what the other says where it says something else.
#[test]
fn where_they_differ_is_known() {
    let allow = |resource: &str, condition: Value| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:a",
            "Resource": format!("arn:aws:s3:::bucket/{resource}"), "Condition": condition}})
        .to_string()
    };
    let tag = |value: &str| vec![("aws:PrincipalTag/t", value.to_owned())];
    let none = json!({});
    let key = |operator: &str, value: &str| json!({operator: {"aws:PrincipalTag/t": value}});
    let cases = [
        ("variable", allow("${aws:PrincipalTag/t}", none.clone()), "a", tag("a")),
        ("variable without value", allow("${aws:PrincipalTag/t}", none.clone()), "", vec![]),
        ("variable with default", allow("${aws:PrincipalTag/t, 'a'}", none.clone()), "a", vec![]),
        ("value with a star", allow("${aws:PrincipalTag/t}", none.clone()), "abc", tag("*")),
        ("escaped star", allow("a${*}b", none.clone()), "axb", vec![]),
        ("Null true", allow("*", key("Null", "true")), "a", vec![]),
        ("Null false", allow("*", key("Null", "false")), "a", tag("x")),
        ("NumericLessThan", allow("*", key("NumericLessThan", "10")), "a", tag("9.5")),
        ("NumericLessThan of a word", allow("*", key("NumericLessThan", "10")), "a", tag("ten")),
        ("Bool", allow("*", key("Bool", "true")), "a", tag("true")),
        ("DateLessThan", allow("*", key("DateLessThan", "2026-01-01T00:00:00Z")), "a", tag("2025-12-31T23:59:59Z")),
        ("IpAddress", allow("*", key("IpAddress", "203.0.113.0/24")), "a", tag("203.0.113.9")),
        ("NotIpAddress", allow("*", key("NotIpAddress", "203.0.113.0/24")), "a", tag("203.0.113.9")),
        ("ArnLike", allow("*", key("ArnLike", "arn:aws:s3:::b*")), "a", tag("arn:aws:s3:::bucket")),
        ("ForAnyValue", allow("*", key("ForAnyValue:StringEquals", "x")), "a", tag("x")),
        ("ForAllValues without key", allow("*", key("ForAllValues:StringEquals", "x")), "a", vec![]),
        ("NotEquals without key", allow("*", key("StringNotEquals", "x")), "a", vec![]),
        ("BinaryEquals", allow("*", key("BinaryEquals", "QUI=")), "a", tag("QUI=")),
    ];
    let differ: Vec<&str> = cases
        .iter()
        .filter(|(_, policy, place, context)| {
            let resource = format!("arn:aws:s3:::bucket/{place}");
            ours(policy, "s3:a", &resource, context) != theirs(policy, "s3:a", &resource, context)
        })
        .map(|(name, ..)| *name)
        .collect();
    assert_eq!(differ, ["variable without value", "value with a star", "Bool"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn both_evaluators_give_one_verdict(
        statements in prop::collection::vec(statement(), 1..4),
        verb in word(),
        place in word(),
        tag in prop::option::of(word()),
    ) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let (action, resource) = (format!("s3:{verb}"), format!("arn:aws:s3:::bucket/{place}"));
        let context: Vec<(&str, String)> = tag.into_iter().map(|tag| ("aws:PrincipalTag/t", tag)).collect();

        let (ours, theirs) =
            (ours(&policy, &action, &resource, &context), theirs(&policy, &action, &resource, &context));

        prop_assert_eq!(ours, theirs, "{} {} {} {:?}", policy, action, resource, context);
    }
}
