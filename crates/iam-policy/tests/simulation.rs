//! What is said of a decision to whoever writes policies.
#![allow(clippy::unwrap_used, reason = "tests")]

use iam_policy::{Context, Layer, Policies, Policy, PolicyKind, Principal, Request, Verdict, decide, simulate};
use proptest::prelude::*;
use serde_json::json;

fn policy(name: &str, text: &str) -> Policy {
    Policy::parse(name, PolicyKind::Identity, text).unwrap()
}

fn request(action: &str, context: Context) -> Request {
    Request {
        principal: Principal::User("arn:aws:iam::123456789012:user/ada".to_owned()),
        action: action.to_owned(),
        resource: "arn:aws:s3:::photos/a".to_owned(),
        context,
    }
}

fn keys(text: &str) -> Vec<String> {
    policy("p", text).context_keys()
}

#[test]
fn every_statement_that_applies_is_named_with_its_layer_and_no_other() {
    let own = [policy(
        "own",
        r#"{"Version":"2012-10-17","Statement":[
            {"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*"},
            {"Sid":"Write","Effect":"Allow","Action":"s3:Put*","Resource":"*"},
            {"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::photos/a"}]}"#,
    )];
    let session =
        [policy("narrow", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#)];

    let simulated =
        simulate(&Policies::of_identity(&own).with_session(&session), &request("s3:GetObject", Context::new()));

    assert_eq!(simulated.decision.verdict, Verdict::ExplicitDeny);
    let matched: Vec<_> = simulated
        .matched
        .iter()
        .map(|one| (one.layer, one.policy.as_str(), one.statement.as_str(), one.denies))
        .collect();
    assert_eq!(
        matched,
        [
            (Layer::Identity, "own", "Read", false),
            (Layer::Identity, "own", "#3", true),
            (Layer::Session, "narrow", "#1", false),
        ]
    );
}

#[test]
fn keys_of_conditions_resources_and_values_are_missing_unless_they_are_given_in_any_case() {
    let own = [policy(
        "own",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",
            "NotResource":["arn:aws:s3:::b/${aws:PrincipalTag/Team}/*"],
            "Condition":{"StringLike":{"s3:Prefix":["${aws:userid}/*","x"]},"Bool":{"aws:SecureTransport":true}}}}"#,
    )];
    let missing = |context: Context| simulate(&Policies::of_identity(&own), &request("s3:GetObject", context)).missing;

    assert_eq!(missing(Context::new()), ["aws:PrincipalTag/Team", "aws:SecureTransport", "aws:userid", "s3:Prefix"]);
    let given =
        Context::new().with("AWS:principaltag/TEAM", "a").with("aws:UserId", "b").with_all("s3:prefix", ["c"; 0]);
    assert_eq!(missing(given), ["aws:SecureTransport"]);
}

#[test]
fn escapes_defaults_and_documents_of_2008_need_no_key() {
    let of = |version: &str, resource: &str| {
        keys(&format!(
            r#"{{"Version":"{version}","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{resource}"}}]}}"#
        ))
    };

    assert_eq!(of("2012-10-17", "${*}${aws:username, 'nobody'}${$}{aws:x}"), [""; 0]);
    assert_eq!(of("2008-10-17", "${aws:username}"), [""; 0]);
    assert_eq!(of("2012-10-17", "${ aws:username }${aws:UserName}"), ["aws:username"]);
}

proptest! {
    #[test]
    fn a_simulation_without_missing_keys_decides_as_decide_does_whatever_else_is_added(
        effects in prop::collection::vec((any::<bool>(), "[ab]", "[ab]"), 1..5),
        value in "[ab]",
    ) {
        let statements: Vec<_> = effects.iter().map(|(denies, place, tag)| json!({
            "Effect": if *denies { "Deny" } else { "Allow" }, "Action": "s3:*",
            "Resource": format!("arn:aws:s3:::photos/{place}"), "Condition": {"StringEquals": {"aws:PrincipalTag/t": tag}},
        })).collect();
        let own = [policy("own", &json!({"Version": "2012-10-17", "Statement": statements}).to_string())];
        let policies = Policies::of_identity(&own);
        let complete = request("s3:GetObject", Context::new().with("aws:PrincipalTag/t", value));

        let simulated = simulate(&policies, &complete);

        prop_assert!(simulated.missing.is_empty());
        prop_assert_eq!(&simulated.decision, &decide(&policies, &complete));
        let more = Request { context: complete.context.clone().with("aws:Other", "x"), ..complete };
        prop_assert_eq!(simulated.decision, decide(&policies, &more));
    }
}
