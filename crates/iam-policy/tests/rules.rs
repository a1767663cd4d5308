//! The rules of evaluation and of the grammar, by example and as laws.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::error::Error as _;

use iam_policy::{
    Context, Layer, Policies, Policy, PolicyError, PolicyKind, Principal, Reason, Request, Verdict, decide, trusts,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/team/app";

fn parse(kind: PolicyKind, statements: &Value) -> Result<Policy, PolicyError> {
    Policy::parse("p", kind, &json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn identity(effect: &str, action: &str, resource: &str) -> Policy {
    parse(PolicyKind::Identity, &json!([{"Effect": effect, "Action": action, "Resource": resource}])).unwrap()
}

fn get(resource: &str) -> Request {
    Request {
        principal: Principal::role_session(ROLE, "s"),
        action: "s3:GetObject".to_owned(),
        resource: resource.to_owned(),
        context: Context::new(),
    }
}

#[test]
fn the_deciding_statement_is_named() {
    let policies = [identity("Allow", "s3:*", "*"), identity("Deny", "s3:Get*", "arn:aws:s3:::secret/*")];

    let decision = decide(&Policies::of_identity(&policies), &get("arn:aws:s3:::secret/x"));

    assert_eq!(decision.verdict, Verdict::ExplicitDeny);
    assert_eq!(decision.reason.to_string(), "statement #1 of the identity policy \"p\"");
}

#[test]
fn every_limit_must_allow_too() {
    let (all, other) = ([identity("Allow", "s3:*", "*")], [identity("Allow", "s3:Put*", "*")]);
    let whole = Policies::of_identity(&all);
    let narrowed = [
        (Layer::Boundary, whole.with_boundary(&other)),
        (Layer::Session, whole.with_session(&other)),
        (Layer::Ceiling, whole.with_ceiling(&other)),
        (Layer::Session, whole.with_session(&[])),
    ];

    for (layer, policies) in narrowed {
        let decision = decide(&policies, &get("arn:aws:s3:::b/x"));
        assert_eq!(decision.reason, Reason::NothingAllows(layer));
    }
}

#[test]
fn a_resource_policy_grants_to_a_session_without_limits_to_its_role_within_them_to_its_account_nothing() {
    let none: [Policy; 0] = [];
    let grant = |principal: &str| {
        let statement =
            json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:*", "Resource": "*"}]);
        parse(PolicyKind::Resource, &statement).unwrap()
    };
    let decided = |principal: &str, session: Option<&[Policy]>| {
        let resource = grant(principal);
        let mut policies = Policies::default().with_resource(&resource);
        policies.session = session;
        decide(&policies, &get("arn:aws:s3:::b/x")).verdict
    };

    assert_eq!(decided("arn:aws:sts::123456789012:assumed-role/app/s", Some(&none)), Verdict::Allowed);
    assert_eq!(decided(ROLE, None), Verdict::Allowed);
    assert_eq!(decided(ROLE, Some(&none)), Verdict::ImplicitDeny);
    assert_eq!(decided("123456789012", None), Verdict::ImplicitDeny);
    assert_eq!(decided("arn:aws:iam::123456789012:role/app*", None), Verdict::ImplicitDeny);
}

#[test]
fn a_trust_policy_compares_providers_whole_and_wants_its_conditions() {
    let trust = parse(
        PolicyKind::Trust,
        &json!([{
            "Effect": "Allow",
            "Principal": {"Federated": "accounts.google.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"accounts.google.com:aud": "me"}}
        }]),
    )
    .unwrap();
    let ask = |provider: &str, audience: &str| {
        let request = Request {
            principal: Principal::Federated(provider.to_owned()),
            action: "sts:AssumeRoleWithWebIdentity".to_owned(),
            resource: ROLE.to_owned(),
            context: Context::new().with("accounts.google.com:aud", audience),
        };
        trusts(&trust, &request).is_allowed()
    };

    assert!(ask("accounts.google.com", "me"));
    assert!(!ask("accounts.google.com", "you"));
    assert!(!ask("accounts.google.com.evil.example", "me"));
    assert!(!ask("accounts.google", "me"));
}

#[test]
fn everyone_in_a_trust_policy_does_not_mean_every_login() {
    let trust = parse(PolicyKind::Trust, &json!([{"Effect": "Allow", "Principal": "*", "Action": "sts:*"}])).unwrap();
    let request = Request {
        principal: Principal::Federated("accounts.google.com".to_owned()),
        action: "sts:AssumeRoleWithWebIdentity".to_owned(),
        resource: ROLE.to_owned(),
        context: Context::new(),
    };

    assert!(!trusts(&trust, &request).is_allowed());
}

#[test]
fn variables_are_text_before_version_2012() {
    let json = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:userid}"}]}"#;
    let old = [Policy::parse("old", PolicyKind::Identity, json).unwrap()];
    let mut request = get("arn:aws:s3:::ada");
    request.context.set("aws:userid", vec!["ada".to_owned()]);

    assert_eq!(decide(&Policies::of_identity(&old), &request).verdict, Verdict::ImplicitDeny);
    assert_eq!(decide(&Policies::of_identity(&old), &get("arn:aws:s3:::${aws:userid}")).verdict, Verdict::Allowed);
}

#[test]
fn what_the_grammar_does_not_know_is_refused() {
    let allow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let with = |name: &str, value: Value| {
        let mut statement = allow.clone();
        statement[name] = value;
        parse(PolicyKind::Identity, &json!([statement])).unwrap_err()
    };

    let place = |error: PolicyError| match error {
        PolicyError::Syntax(fault) => fault.at().to_owned(),
        other => panic!("{other:?}"),
    };
    for (name, value, at) in [
        ("Effect", json!("allow"), "Statement[0].Effect"),
        ("Actions", json!("s3:*"), "Statement[0].Actions"),
        ("NotAction", json!("s3:*"), "Statement[0].NotAction"),
        ("Action", json!([1]), "Statement[0].Action"),
        ("Sid", json!(1), "Statement[0].Sid"),
        ("Condition", json!([]), "Statement[0].Condition"),
        ("Condition", json!({"Bool": {}}), "Statement[0].Condition.Bool"),
        ("Condition", json!({"Bool": {"aws:k": {}}}), "Statement[0].Condition.Bool.aws:k"),
        (
            "Condition",
            json!({"StringEquals": {"AWS:K": "x", "aws:k": "y"}}),
            "Statement[0].Condition.StringEquals.aws:k",
        ),
    ] {
        assert_eq!(place(with(name, value)), at);
    }
    assert_eq!(with("Action", json!("GetObject")), PolicyError::ActionWithoutVendor);
    assert_eq!(with("Action", json!([])), PolicyError::NoActions);
    assert_eq!(with("Resource", json!("bucket/*")), PolicyError::NotAnArn("bucket/*".to_owned()));
    assert_eq!(
        with("Resource", json!("arn:aws:s3:${aws:x}::b")),
        PolicyError::NotAnArn("arn:aws:s3:${aws:x}::b".to_owned())
    );
    assert_eq!(with("Principal", json!("*")), PolicyError::Principal);
    assert_eq!(
        with("Condition", json!({"StringIs": {"aws:k": "v"}})),
        PolicyError::UnknownOperator("StringIs".to_owned())
    );
    let twice =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let fault = Policy::parse("p", PolicyKind::Identity, twice).unwrap_err();
    assert_eq!(fault.to_string(), "Syntax errors in policy.");
    assert_eq!(fault.source().unwrap().to_string(), "line 1, column 70: a member stands twice");
    assert_eq!(place(Policy::parse("p", PolicyKind::Identity, "{}").unwrap_err()), "Statement");
    assert_eq!(
        Policy::parse("p", PolicyKind::Identity, r#"{"Version":"2020","Statement":[]}"#).unwrap_err(),
        PolicyError::Version
    );
}

#[test]
fn a_fault_says_whether_the_text_is_json_and_what_is_wrong_for_people() {
    let fault = |json: &str| match Policy::parse("p", PolicyKind::Identity, json).unwrap_err() {
        PolicyError::Syntax(fault) => fault,
        other => panic!("{other:?}"),
    };
    let (text, grammar) = (fault("{,}"), fault(r#"{"Version": "2012-10-17", "Statements": []}"#));

    assert!(!text.is_json() && grammar.is_json());
    assert_eq!((grammar.at(), grammar.cause()), ("Statements", "is not known"));
    assert_eq!(text.to_string(), format!("{}: {}", text.at(), text.cause()));
}

#[test]
fn both_versions_are_known_and_the_old_one_has_no_variables() {
    let with = |version: &str| {
        let json = json!({"Version": version, "Statement":
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:userid}"}});
        Policy::parse("p", PolicyKind::Identity, &json.to_string())
    };
    let allows = |version: &str| {
        let mut request = get("arn:aws:s3:::ada");
        request.context.set("aws:userid", vec!["ada".to_owned()]);
        decide(&Policies::of_identity(&[with(version).unwrap()]), &request).is_allowed()
    };

    assert!(allows("2012-10-17"));
    assert!(!allows("2008-10-17"));
    assert_eq!(with("2012-10-18").unwrap_err(), PolicyError::Version);
}

#[test]
fn a_policy_has_a_statement_and_no_two_of_one_sid() {
    let statement = |sid: &str| json!({"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let of = |statements: Value| parse(PolicyKind::Identity, &statements);

    assert!(matches!(of(json!([])), Err(PolicyError::Syntax(fault)) if fault.at() == "Statement"));
    assert_eq!(of(json!([statement("One"), statement("One")])).unwrap_err(), PolicyError::SameSid);
    let two = [of(json!([statement("One"), statement("Two")])).unwrap()];
    let decision = decide(&Policies::of_identity(&two), &get("*"));
    assert_eq!(decision.reason.to_string(), "statement One of the identity policy \"p\"");
}

#[test]
fn an_action_is_a_star_or_a_service_without_wildcards_and_a_name() {
    let of = |action: &str| {
        parse(PolicyKind::Identity, &json!({"Effect": "Allow", "Action": action, "Resource": "*"})).map(drop)
    };

    for good in ["*", "s3:*", "S3:get?bject", "sts:AssumeRole"] {
        assert_eq!(of(good), Ok(()), "{good}");
    }
    for bad in ["", ":", ":GetObject", "s3:", "s*:GetObject", "s?:GetObject", "*:GetObject", "GetObject"] {
        assert_eq!(of(bad), Err(PolicyError::ActionWithoutVendor), "{bad}");
    }
}

#[test]
fn a_resource_is_a_star_or_an_arn_whose_last_star_may_stand_for_several_parts() {
    let of = |resource: &str| {
        parse(PolicyKind::Identity, &json!({"Effect": "Allow", "Action": "s3:*", "Resource": resource}))
    };

    for good in ["*", "arn:aws:s3:::b", "arn:aws:s3:*"] {
        let own = [of(good).unwrap()];
        assert!(decide(&Policies::of_identity(&own), &get("arn:aws:s3:::b")).is_allowed(), "{good}");
    }
    for bad in ["", "**", "b", "arn:aws:s3", "arn:aws:s3::b", "urn:aws:s3:::b", "x:arn:aws:s3:::b*", "s3:*"] {
        assert_eq!(of(bad).unwrap_err(), PolicyError::NotAnArn(bad.to_owned()), "{bad}");
    }
}

#[test]
fn resources_stand_in_every_policy_but_a_trust_policy() {
    let with = |kind: PolicyKind, resource: bool| {
        let mut statement = json!({"Effect": "Deny", "Action": "sts:*"});
        if resource {
            statement["Resource"] = json!("*");
        }
        if kind != PolicyKind::Identity {
            statement["Principal"] = json!({"AWS": ROLE});
        }
        parse(kind, &statement).map(drop)
    };

    for kind in [PolicyKind::Identity, PolicyKind::Resource] {
        assert_eq!(with(kind, true), Ok(()));
        assert_eq!(with(kind, false), Err(PolicyError::NoResources));
    }
    assert_eq!(with(PolicyKind::Trust, false), Ok(()));
    assert!(matches!(with(PolicyKind::Trust, true),
        Err(PolicyError::Syntax(fault)) if fault.at() == "Statement[0].Resource"));
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["*", "s3:*", "s3:Get*", "s3:Put*", "s3:GetObject", "dynamodb:*"]).prop_map(str::to_owned)
}

fn place() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["*", "arn:aws:s3:::a/*", "arn:aws:s3:::b/*", "arn:aws:s3:::a/x"]).prop_map(str::to_owned)
}

fn some_policies() -> impl Strategy<Value = Vec<Policy>> {
    let effect = prop::sample::select(vec!["Allow", "Deny"]);
    prop::collection::vec((effect, word(), place()).prop_map(|(e, a, r)| identity(e, &a, &r)), 0..4)
}

proptest! {
    #[test]
    fn adding_a_denying_statement_never_widens(own in some_policies(), action in word(), resource in place()) {
        let request = get("arn:aws:s3:::a/x");
        let before = decide(&Policies::of_identity(&own), &request);
        let mut more = own.clone();
        more.push(identity("Deny", &action, &resource));
        let after = decide(&Policies::of_identity(&more), &request);
        prop_assert!(before.is_allowed() || !after.is_allowed());
    }

    #[test]
    fn a_limit_never_widens(own in some_policies(), limit in some_policies()) {
        let request = get("arn:aws:s3:::a/x");
        let whole = Policies::of_identity(&own);
        let free = decide(&whole, &request).is_allowed();
        for narrowed in [
            whole.with_session(&limit),
            whole.with_boundary(&limit),
            whole.with_ceiling(&limit),
        ] {
            prop_assert!(free || !decide(&narrowed, &request).is_allowed());
        }
    }
}

/// The sentences are those that AWS answers with; the cases are of our own making.
#[test]
fn a_name_that_no_request_can_have_is_refused_with_awss_sentence() {
    let sentence = |action: &str, resource: &str| {
        let document = json!({"Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": action, "Resource": resource}});
        Policy::parse("p", PolicyKind::Identity, &document.to_string()).map(drop).map_err(|error| error.to_string())
    };
    let action = |name: &str| sentence(name, "*");
    let resource = |name: &str| sentence("*", name);

    assert_eq!(action("s3:Get:Object"), Err("Actions/Condition can contain only one colon.".to_owned()));
    assert_eq!(action("s 3:GetObject"), Err("Vendor s 3 is not valid".to_owned()));
    assert_eq!(
        resource("arn:aws:s3:eu-west-1::photos"),
        Err("Resource arn:aws:s3:eu-west-1::photos can not contain region information.".to_owned())
    );
    assert_eq!(
        resource("arn:aws:iam:eu-west-1:123456789012:role/app"),
        Err("IAM resource arn:aws:iam:eu-west-1:123456789012:role/app cannot contain region information.".to_owned())
    );
    for path in ["app", "roles/app", "role", ""] {
        let refused = resource(&format!("arn:aws:iam::123456789012:{path}"));
        assert!(
            refused.is_err_and(|text| text.starts_with("IAM resource path must either be \"*\" or start with user/"))
        );
    }
    for meant in ["role/app", "role/team/*", "*", "ro*", "saml-provider/idp", "r?le/app"] {
        assert_eq!(resource(&format!("arn:aws:iam::123456789012:{meant}")), Ok(()), "{meant}");
    }
    for meant in
        ["arn:aws:s3:eu-west-1:123456789012:accesspoint/own", "arn:aws:s3:::photos/a:b", "arn:aws:iam:*::role/*"]
    {
        assert_eq!(resource(meant), Ok(()), "{meant}");
    }
    for meant in ["*", "s3:*", "execute-api:Invoke", "my.service_2:Do?it"] {
        assert_eq!(action(meant), Ok(()), "{meant}");
    }
}

#[test]
fn empty_sids_are_none_and_may_stand_in_several_statements() {
    let statement = json!({"Sid": "", "Effect": "Allow", "Action": "*", "Resource": "*"});
    let document = json!({"Version": "2012-10-17", "Statement": [statement, statement]});

    assert!(Policy::parse("p", PolicyKind::Identity, &document.to_string()).is_ok());
}
