//! Line 109: the shared cases, whose verdicts come from two evaluators written by others.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::path::PathBuf;

use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, Verdict, decide};
use serde_json::Value;

fn cases() -> Option<Vec<Value>> {
    let folder = std::env::var_os("CENOTE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"), PathBuf::from);
    let path = folder.join("iam-oracle/cases.json");
    if !path.exists() {
        assert!(std::env::var("CI").is_err(), "needed in CI: {}", path.display());
        println!("ignored: no vectors at {}; set CENOTE_VECTORS", path.display());
        return None;
    }
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

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
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();

    for case in &cases {
        let identity: Vec<Policy> = case["identityPolicies"].as_array().unwrap().iter().map(policy).collect();
        let session = case.get("sessionPolicy").filter(|value| !value.is_null()).map(|value| vec![policy(value)]);
        let boundary = case
            .get("permissionBoundaries")
            .and_then(Value::as_array)
            .map(|many| many.iter().map(policy).collect::<Vec<_>>());
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_deref(),
            session: session.as_deref(),
            ..Policies::default()
        };
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

    println!("{} of {} cases as expected", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
