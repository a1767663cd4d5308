//! Documents made by the grammar, and then bent: none makes the parser panic, and each that is taken is one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, decide, explain};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

fn text() -> impl Strategy<Value = String> {
    let parts = vec![
        "*",
        "?",
        "a",
        "ü",
        ":",
        "/",
        "s3",
        "arn:aws:s3:::",
        "${aws:userid}",
        "${",
        "}",
        "${a:b, 'c'}",
        "${*}",
        "$",
        "\"",
        "\\",
        "10",
        "true",
        "2026-05-01",
        "10.0.0.0/8",
        "\u{0}",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..6).prop_map(|parts| parts.concat())
}

fn some(good: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        10 => prop::sample::select(good).prop_map(|text| json!(text)),
        3 => text().prop_map(Value::from),
        1 => prop::collection::vec(text(), 0..3).prop_map(Value::from),
        1 => Just(json!({})),
        1 => Just(json!(null)),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringLike",
        "ForAnyValue:ArnLike",
        "NumericLessThan",
        "DateEqualsIfExists",
        "Bool",
        "BinaryEquals",
        "NotIpAddress",
        "Null",
        "ForAllValues:StringNotEqualsIgnoreCase",
        "Nonsense",
    ]);
    let key = prop::sample::select(vec!["aws:userid", "AWS:UserId", "aws:k", "k"]);
    let value = some(&["a", "arn:aws:s3:::b", "10", "true", "2026-05-01", "10.0.0.0/8", "QUI="]);
    let condition = (operator, key, value).prop_map(|(operator, key, value)| json!({operator: {key: value}}));
    let resource = some(&["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:userid}/?"]);
    let action = some(&["*", "s3:*", "s3:Get?bject"]);
    let elements = (prop::bool::ANY, prop::bool::ANY, prop::bool::ANY);
    (elements, action, resource, prop::option::of(condition)).prop_map(
        |((deny, not, bent), action, resource, condition)| {
            let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
            statement[if not { "NotAction" } else { "Action" }] = action;
            statement[if bent { "NotResource" } else { "Resource" }] = resource;
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

fn try_out(policy: &Policy) {
    let request = Request {
        principal: Principal::role_session("arn:aws:iam::123456789012:role/app", "s"),
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::b/a*/x".to_owned(),
        context: Context::new().with("aws:userid", "a*"),
    };
    let policies = Policies::of_identity(std::slice::from_ref(policy));
    let applies = explain(&policies, &request).iter().any(iam_policy::StatementTrace::applies);
    assert_eq!(applies, decide(&policies, &request).verdict != iam_policy::Verdict::ImplicitDeny);
}

#[test]
fn a_good_part_of_the_generated_documents_are_policies() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let taken = (0..1000).filter(|_| {
        let statement = statement().new_tree(&mut runner).unwrap().current();
        let json = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        Policy::parse("p", PolicyKind::Identity, &json).is_ok()
    });

    // Else the laws below would say little.
    assert!(taken.count() > 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_document_and_no_bent_one_makes_the_parser_panic(
        statements in prop::collection::vec(statement(), 1..3),
        at in any::<prop::sample::Index>(),
        letter in prop::sample::select(vec!["\"", "{", "}", "[", "]", ",", ":", "\\", "$", "*", "0", " ", "", "\u{0}"]),
    ) {
        let json = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        if let Ok(policy) = Policy::parse("p", PolicyKind::Identity, &json) {
            prop_assert_eq!(policy.json(), &json);
            try_out(&policy);
        }
        let place = at.index(json.len());
        let (front, back) = json.split_at((0..=place).rev().find(|at| json.is_char_boundary(*at)).unwrap());
        let bent = format!("{front}{letter}{}", back.get(1..).unwrap_or_default());
        for kind in [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust] {
            if let Ok(policy) = Policy::parse("p", kind, &bent) {
                try_out(&policy);
            }
        }
    }
}
