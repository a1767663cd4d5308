//! Line 109: the shared cases, 500 of which 162 are distinct, whose verdicts come from two evaluators written by others.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, Verdict, decide};
use serde_json::Value;

fn policy(value: &Value) -> Policy {
    Policy::parse("case", PolicyKind::Identity, &value.to_string()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn request(case: &Value) -> Request {
    let mut context = Context::new();
    for (key, value) in case["context"].as_object().unwrap() {
        let values = match value {
            Value::Array(many) => many.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
            one => vec![one.as_str().unwrap().to_owned()],
        };
        context.set(key, values);
    }
    Request {
        principal: Principal::role_session("arn:aws:iam::111122223333:role/AppAuthRole", "CognitoIdentityCredentials"),
        action: case["action"].as_str().unwrap().to_owned(),
        resource: case["resource"].as_str().unwrap().to_owned(),
        context,
    }
}

#[test]
fn line_109_every_shared_case_has_its_verdict() {
    let Some(cases) = shared_vectors::json("iam-oracle/cases.json") else { return };
    let cases = cases.as_array().unwrap();
    let mut wrong = Vec::new();

    for case in cases {
        let identity: Vec<Policy> = case["identityPolicies"].as_array().unwrap().iter().map(policy).collect();
        let session = case.get("sessionPolicy").filter(|value| !value.is_null()).map(|value| vec![policy(value)]);
        let boundary = case
            .get("permissionBoundaries")
            .and_then(Value::as_array)
            .map(|many| many.iter().map(policy).collect::<Vec<_>>());
        let mut policies = Policies::of_identity(&identity);
        policies.boundary = boundary.as_deref();
        policies.session = session.as_deref();
        let expected = match case["expected"].as_str().unwrap() {
            "Allowed" => Verdict::Allowed,
            "ExplicitlyDenied" => Verdict::ExplicitDeny,
            _ => Verdict::ImplicitDeny,
        };
        let decision = decide(&policies, &request(&case["request"]));
        if decision.verdict != expected {
            wrong.push(format!("{}: wanted {expected:?}, got {decision:?}", case["id"]));
        }
    }

    let distinct = distinct(cases);
    println!("{} of {} cases ({distinct} distinct) as expected", cases.len() - wrong.len(), cases.len());
    assert_eq!((cases.len(), distinct), (500, 162));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// How many cases differ in more than their id.
fn distinct(cases: &[Value]) -> usize {
    let without_id = |case: &Value| {
        let mut case = case.clone();
        case.as_object_mut().unwrap().remove("id");
        case.to_string()
    };
    cases.iter().map(without_id).collect::<std::collections::BTreeSet<_>>().len()
}
