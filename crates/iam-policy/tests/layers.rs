//! Line 109: what each layer says, and whom a statement means, by AWS's documentation.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use iam_policy::{
    Context, Layer, Policies, Policy, PolicyError, PolicyKind, Principal, Reason, Request, Verdict, decide, explain,
    trusts,
};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/s";
const ROOT: &str = "arn:aws:iam::123456789012:root";
const USER: &str = "arn:aws:iam::123456789012:user/ada";

fn parse(kind: PolicyKind, statements: &Value) -> Result<Policy, PolicyError> {
    Policy::parse("p", kind, &json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn allow_all() -> [Policy; 1] {
    [parse(PolicyKind::Identity, &json!({"Effect": "Allow", "Action": "*", "Resource": "*"})).unwrap()]
}

/// A resource policy of one statement about everything.
fn resource(effect: &str, element: &str, principals: Value) -> Policy {
    let mut statement = json!({"Effect": effect, "Action": "s3:*", "Resource": "*"});
    statement[element] = principals;
    parse(PolicyKind::Resource, &statement).unwrap()
}

fn request(principal: Principal) -> Request {
    let (action, resource) = ("s3:GetObject".to_owned(), "arn:aws:s3:::b/tenants/1/x".to_owned());
    Request { principal, action, resource, context: Context::new() }
}

fn session() -> Request {
    request(Principal::role_session(ROLE, "s"))
}

fn user() -> Request {
    request(Principal::User(USER.to_owned()))
}

#[test]
fn a_denying_statement_of_any_layer_wins() {
    let all = allow_all();
    let denies = [parse(PolicyKind::Identity, &json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})).unwrap()];
    let bucket = resource("Deny", "Principal", json!("*"));
    let whole = Policies::of_identity(&all);
    for (layer, policies) in [
        (Layer::Identity, Policies::of_identity(&denies)),
        (Layer::Resource, whole.with_resource(&bucket)),
        (Layer::Boundary, whole.with_boundary(&denies)),
        (Layer::Session, whole.with_session(&denies)),
        (Layer::Ceiling, whole.with_ceiling(&denies)),
    ] {
        let decision = decide(&policies, &session());
        assert_eq!(decision.verdict, Verdict::ExplicitDeny);
        assert!(matches!(decision.reason, Reason::Statement { layer: own, .. } if own == layer), "{layer}");
    }
}

#[test]
fn a_denying_statement_of_a_trust_policy_wins() {
    let everyone = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    let not_her = json!({"Effect": "Deny", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole"});
    let ask = |statements: Value| {
        let trust = parse(PolicyKind::Trust, &statements).unwrap();
        trusts(&trust, &Request { action: "sts:AssumeRole".to_owned(), ..user() }).verdict
    };

    assert_eq!(ask(json!([everyone])), Verdict::Allowed);
    assert_eq!(ask(json!([everyone, not_her])), Verdict::ExplicitDeny);
    assert_eq!(ask(json!([not_her])), Verdict::ExplicitDeny);
}

#[test]
fn the_guests_ceiling_holds_what_a_resource_grants_to_the_session_itself() {
    let grant = resource("Allow", "Principal", json!({"AWS": SESSION}));
    let narrow =
        [parse(PolicyKind::Identity, &json!({"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"})).unwrap()];
    let policies = Policies::default().with_resource(&grant);

    assert_eq!(decide(&policies, &session()).verdict, Verdict::Allowed);
    assert_eq!(decide(&policies.with_boundary(&narrow).with_session(&narrow), &session()).verdict, Verdict::Allowed);
    let held = decide(&policies.with_ceiling(&narrow), &session());
    assert_eq!(held.reason, Reason::NothingAllows(Layer::Ceiling));
}

#[test]
fn what_a_resource_grants_to_everyone_stays_within_the_limits() {
    let grant = resource("Allow", "Principal", json!("*"));
    let policies = Policies::default().with_resource(&grant);

    assert_eq!(decide(&policies, &session()).verdict, Verdict::Allowed);
    assert_eq!(decide(&policies.with_boundary(&[]), &session()).reason, Reason::NothingAllows(Layer::Boundary));
    assert_eq!(decide(&policies.with_session(&[]), &session()).reason, Reason::NothingAllows(Layer::Session));
}

#[test]
fn not_principal_denies_all_but_who_is_named_with_role_and_account() {
    let all = allow_all();
    let verdict = |names: Value, request: &Request| {
        let bucket = resource("Deny", "NotPrincipal", json!({"AWS": names}));
        decide(&Policies::of_identity(&all).with_resource(&bucket), request).verdict
    };

    assert_eq!(verdict(json!([SESSION, ROLE, ROOT]), &session()), Verdict::Allowed);
    assert_eq!(verdict(json!([SESSION, ROLE, "123456789012"]), &session()), Verdict::Allowed);
    assert_eq!(verdict(json!([ROLE, ROOT]), &session()), Verdict::Allowed);
    assert_eq!(verdict(json!("*"), &session()), Verdict::Allowed);
    let another = SESSION.replace("/s", "/t");
    for names in [
        json!([SESSION]),
        json!([SESSION, ROLE]),
        json!([SESSION, ROOT]),
        json!([another, ROLE, ROOT]),
        json!([ROLE]),
        json!([ROOT]),
    ] {
        assert_eq!(verdict(names.clone(), &session()), Verdict::ExplicitDeny, "{names}");
    }
    assert_eq!(verdict(json!([USER, ROOT]), &user()), Verdict::Allowed);
    for names in [json!([USER]), json!([ROOT]), json!([SESSION, ROLE, ROOT])] {
        assert_eq!(verdict(names.clone(), &user()), Verdict::ExplicitDeny, "{names}");
    }
}

#[test]
fn not_principal_denies_whoever_has_a_boundary() {
    let all = allow_all();
    let bucket = resource("Deny", "NotPrincipal", json!({"AWS": [SESSION, ROLE, ROOT]}));
    let policies = Policies::of_identity(&all).with_resource(&bucket);

    assert_eq!(decide(&policies, &session()).verdict, Verdict::Allowed);
    assert_eq!(decide(&policies.with_boundary(&all), &session()).verdict, Verdict::ExplicitDeny);
    assert!(
        explain(&policies.with_boundary(&all), &session())
            .iter()
            .any(|statement| statement.denies && statement.applies())
    );
}

#[test]
fn not_principal_stands_in_no_trust_and_no_allowing_statement() {
    let statement = |effect: &str| json!({"Effect": effect, "NotPrincipal": {"AWS": USER}, "Action": "sts:AssumeRole"});
    for effect in ["Allow", "Deny"] {
        assert_eq!(parse(PolicyKind::Trust, &statement(effect)).unwrap_err(), PolicyError::Principal);
    }
    let mut allows = statement("Allow");
    allows["Resource"] = json!("*");
    assert_eq!(parse(PolicyKind::Resource, &allows).unwrap_err(), PolicyError::Principal);
}

#[test]
fn a_deny_with_not_resource_holds_when_its_variable_has_no_value() {
    let tenant = "arn:aws:s3:::b/tenants/${aws:PrincipalTag/tenant}/*";
    let verdict = |effect: &str, except: Value, tag: &[&str]| {
        let own = [
            parse(PolicyKind::Identity, &json!({"Effect": effect, "Action": "s3:*", "NotResource": except})).unwrap(),
            parse(PolicyKind::Identity, &json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})).unwrap(),
            allow_all().into_iter().next().unwrap(),
        ];
        // An allowing statement is asked alone, a denying one beside one that allows all.
        let own = if effect == "Allow" { &own[..2] } else { &own[..] };
        let mut request = session();
        if !tag.is_empty() {
            request.context = Context::new().with_all("aws:PrincipalTag/tenant", tag.iter().copied());
        }
        decide(&Policies::of_identity(own), &request).verdict
    };

    assert_eq!(verdict("Deny", json!(tenant), &["1"]), Verdict::Allowed);
    assert_eq!(verdict("Deny", json!(tenant), &["2"]), Verdict::ExplicitDeny);
    assert_eq!(verdict("Deny", json!(tenant), &[]), Verdict::ExplicitDeny);
    assert_eq!(verdict("Deny", json!(tenant), &["1", "2"]), Verdict::ExplicitDeny);
    // An entry that has no value does not switch off the others.
    assert_eq!(verdict("Deny", json!([tenant, "arn:aws:s3:::b/*"]), &[]), Verdict::Allowed);

    assert_eq!(verdict("Allow", json!(tenant), &["2"]), Verdict::Allowed);
    assert_eq!(verdict("Allow", json!(tenant), &["1"]), Verdict::ImplicitDeny);
    assert_eq!(verdict("Allow", json!(tenant), &[]), Verdict::ImplicitDeny);
    // No value would make this entry match: nothing hangs on it.
    assert_eq!(verdict("Allow", json!("arn:aws:sqs:::${aws:PrincipalTag/tenant}"), &[]), Verdict::Allowed);
}

#[test]
fn a_malformed_variable_is_refused_wherever_it_stands() {
    let with = |element: &str, value: Value| {
        let mut statement = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
        if element == "NotResource" {
            statement.as_object_mut().unwrap().remove("Resource");
        }
        statement[element] = value;
        parse(PolicyKind::Identity, &statement)
    };
    for bad in ["${aws:PrincipalTag/tenant", "${a:b, x}", "${}", "${a:${b:c}}"] {
        let arn = format!("arn:aws:s3:::b/{bad}");
        for (element, value) in [
            ("Resource", json!(arn)),
            ("NotResource", json!([arn])),
            ("Condition", json!({"StringEquals": {"aws:k": bad}})),
            ("Condition", json!({"ForAnyValue:StringNotLike": {"aws:k": ["x", bad]}})),
            ("Condition", json!({"ArnLike": {"aws:k": arn}})),
        ] {
            let answer = with(element, value);
            assert!(matches!(answer, Err(PolicyError::MalformedVariable(_))), "{element} {bad}: {answer:?}");
        }
    }
    assert!(matches!(with("Action", json!("s3:${aws:k}")), Err(PolicyError::MalformedVariable(_))));
}

#[test]
fn a_document_in_the_place_of_another_kind_allows_nothing_and_denies_what_it_denies() {
    let trust = |effect: &str| {
        [parse(PolicyKind::Trust, &json!({"Effect": effect, "Principal": {"AWS": "*"}, "Action": "*"})).unwrap()]
    };
    let all = allow_all();

    assert_eq!(decide(&Policies::of_identity(&trust("Allow")), &session()).verdict, Verdict::ImplicitDeny);
    assert_eq!(decide(&Policies::of_identity(&trust("Deny")), &session()).verdict, Verdict::ExplicitDeny);
    assert_eq!(
        decide(&Policies::of_identity(&all).with_session(&trust("Allow")), &session()).verdict,
        Verdict::ImplicitDeny
    );
    assert_eq!(decide(&Policies::default().with_resource(&all[0]), &session()).verdict, Verdict::ImplicitDeny);
    assert!(!trusts(&all[0], &session()).is_allowed());
}

#[test]
fn a_policy_gives_its_document_back() {
    let json = r#" {"Version": "2012-10-17", "Statement": []}"#
        .replace("[]", r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let policy = Policy::parse("p", PolicyKind::Identity, &json).unwrap();

    assert_eq!((policy.json(), policy.kind(), policy.name()), (json.as_str(), PolicyKind::Identity, "p"));
    assert!(Policy::parse("p", PolicyKind::Identity, Policy::administrator().json()).is_ok());
}

#[test]
fn the_longest_document_is_counted_in_bytes() {
    let with = |filling: &str, count: usize| {
        let head = r#"{"Version":"2012-10-17","Id":""#;
        let tail = r#"","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let room = iam_policy::LONGEST_POLICY - head.len() - tail.len();
        format!("{head}{}{tail}", filling.repeat(room / filling.len() + count))
    };
    let parse = |json: String| Policy::parse("p", PolicyKind::Identity, &json).map(drop);

    assert_eq!(parse(with("x", 0)), Ok(()));
    assert_eq!(parse(with("x", 1)), Err(PolicyError::TooLong));
    assert_eq!(parse(with("ü", 1)), Err(PolicyError::TooLong));
}

#[test]
fn the_account_named_in_a_denying_statement_means_everybody_in_it() {
    let all = allow_all();
    let verdict = |account: &str, request: &Request| {
        let bucket = resource("Deny", "Principal", json!({"AWS": account}));
        decide(&Policies::of_identity(&all).with_resource(&bucket), request).verdict
    };

    for request in [session(), user()] {
        assert_eq!(verdict(ROOT, &request), Verdict::ExplicitDeny);
        assert_eq!(verdict("123456789012", &request), Verdict::ExplicitDeny);
        assert_eq!(verdict("arn:aws:iam::210987654321:root", &request), Verdict::Allowed);
        assert_eq!(verdict("210987654321", &request), Verdict::Allowed);
    }
}

#[test]
fn a_trust_policy_that_names_the_account_leaves_it_to_the_account_s_own_policies() {
    let trusts = |principal: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"});
        let trust = parse(PolicyKind::Trust, &statement).unwrap();
        trusts(&trust, &Request { action: "sts:AssumeRole".to_owned(), ..user() }).verdict
    };

    assert_eq!(trusts(USER), Verdict::Allowed);
    assert_eq!(trusts(ROOT), Verdict::ImplicitDeny);
    assert_eq!(trusts("123456789012"), Verdict::ImplicitDeny);
}

#[test]
fn of_several_grants_the_most_exact_counts_and_of_equal_ones_the_first_is_named() {
    let grants = |principals: &[&str]| {
        let statement = |(at, principal): (usize, &&str)| {
            json!({"Sid": format!("S{at}"), "Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:*",
                "Resource": "*"})
        };
        let bucket = parse(PolicyKind::Resource, &principals.iter().enumerate().map(statement).collect()).unwrap();
        match decide(&Policies::default().with_resource(&bucket), &session()).reason {
            Reason::Statement { statement, .. } => statement,
            Reason::NothingAllows(_) => "none".to_owned(),
        }
    };

    assert_eq!(grants(&[ROOT, ROLE]), "S1");
    assert_eq!(grants(&[ROLE, ROOT]), "S0");
    assert_eq!(grants(&[ROLE, ROLE]), "S0");
    assert_eq!(grants(&[ROLE, SESSION, ROOT]), "S1");
    assert_eq!(grants(&[ROOT, ROOT]), "none");
}

#[test]
fn a_statement_about_others_says_nothing_of_whoever_has_a_boundary() {
    let all = allow_all();
    for effect in ["Allow", "Deny"] {
        let bucket = resource(effect, "Principal", json!({"AWS": USER}));
        let grant = Policies::default().with_resource(&bucket).with_boundary(&all);

        assert_eq!(decide(&grant, &session()).verdict, Verdict::ImplicitDeny);
        let whole = Policies::of_identity(&all).with_resource(&bucket).with_boundary(&all);
        assert_eq!(decide(&whole, &session()).verdict, Verdict::Allowed);
        let of_bucket = |statement: &&iam_policy::StatementTrace| statement.layer == Layer::Resource;
        assert!(!explain(&whole, &session()).iter().find(of_bucket).unwrap().principal);
    }
}

#[test]
fn a_trace_says_whom_a_statement_means_and_whether_it_denies() {
    let all = allow_all();
    let bucket = resource("Deny", "NotPrincipal", json!({"AWS": [ROLE, ROOT]}));
    let policies = Policies::of_identity(&all).with_resource(&bucket);
    let shown = |request: &Request| -> Vec<_> {
        explain(&policies, request).iter().map(|own| (own.layer, own.denies, own.principal)).collect()
    };

    assert_eq!(shown(&session()), [(Layer::Identity, false, true), (Layer::Resource, true, false)]);
    assert_eq!(shown(&user()), [(Layer::Identity, false, true), (Layer::Resource, true, true)]);
}

#[test]
fn what_no_value_would_make_match_is_covered_by_not_resource_though_a_value_is_missing() {
    let except = "arn:aws:s3:::${aws:PrincipalTag/team}/${aws:none}";
    let statement = json!({"Effect": "Allow", "Action": "s3:*", "NotResource": except});
    let own = [parse(PolicyKind::Identity, &statement).unwrap()];
    let verdict = |resource: &str| {
        let context = Context::new().with("aws:PrincipalTag/team", "a");
        decide(&Policies::of_identity(&own), &Request { resource: resource.to_owned(), context, ..session() }).verdict
    };

    assert_eq!(verdict("arn:aws:s3:::a/1"), Verdict::ImplicitDeny);
    assert_eq!(verdict("arn:aws:s3:::ba/1"), Verdict::Allowed);
}
