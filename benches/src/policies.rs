//! One decision over 1, 10 and 100 policies, beside Cedar over equivalent ones.

use std::hint::black_box;
use std::str::FromStr;

use cedar_policy::{Authorizer, Context as CedarContext, Entities, EntityUid, PolicySet, Request as CedarRequest};
use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, decide};

use crate::{Group, Operation};

pub fn groups() -> Vec<Group> {
    vec![
        group("policy decision, 1 policy", 1),
        group("policy decision, 10 policies", 10),
        group("policy decision, 100 policies", 100),
    ]
}

/// Policy number `at` allows reading one department's documents with a second factor; the last one applies.
fn group(name: &'static str, count: usize) -> Group {
    let ours: Vec<Policy> = (0..count)
        .map(|at| {
            let json = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"docs:Get*",
                "Resource":"arn:aws:docs:::department-{at}/*",
                "Condition":{{"StringEquals":{{"aws:PrincipalTag/mfa":"yes"}}}}}}}}"#
            );
            Policy::parse("p", PolicyKind::Identity, &json).unwrap()
        })
        .collect();
    let wanted = count - 1;
    let request = Request {
        principal: Principal::role_session("arn:aws:iam::123456789012:role/app", "s"),
        action: "docs:GetDocument".to_owned(),
        resource: format!("arn:aws:docs:::department-{wanted}/report"),
        context: Context::new().with("aws:PrincipalTag/mfa", "yes"),
    };
    let ours = Operation::new("cenote", move || {
        let decision = decide(&Policies::of_identity(&ours), black_box(&request));
        assert!(black_box(decision).is_allowed());
    });

    let operations = vec![ours, cedar_by_context(count).at_least(5.0), cedar_by_entities(count).at_least(5.0)];
    Group { name, operations }
}

fn uid(text: &str) -> EntityUid {
    EntityUid::from_str(text).unwrap()
}

/// Asked of Cedar as AWS's language poses it: a path and a factor in the context.
fn cedar_by_context(count: usize) -> Operation {
    let policy = |at: usize| {
        format!(
            r#"permit(principal, action == Action::"GetDocument", resource) when
            {{ context.path like "department-{at}/*" && context.mfa == "yes" }};"#
        )
    };
    let context = serde_json::json!({"path": format!("department-{}/report", count - 1), "mfa": "yes"});
    let context = CedarContext::from_json_value(context, None).unwrap();
    cedar(
        "cedar-policy 4, paths in the context",
        &(0..count).map(policy).collect::<String>(),
        context,
        Entities::empty(),
    )
}

/// Asked of Cedar in its own form: the document is an entity in its department's folder, which the policy's scope names.
fn cedar_by_entities(count: usize) -> Operation {
    let policy = |at: usize| {
        format!(
            r#"permit(principal, action == Action::"GetDocument", resource in Folder::"department-{at}") when
            {{ principal.mfa == "yes" }};"#
        )
    };
    let entities = serde_json::json!([
        {"uid": {"type": "User", "id": "ada"}, "attrs": {"mfa": "yes"}, "parents": []},
        {"uid": {"type": "Folder", "id": format!("department-{}", count - 1)}, "attrs": {}, "parents": []},
        {"uid": {"type": "Document", "id": "report"}, "attrs": {},
         "parents": [{"type": "Folder", "id": format!("department-{}", count - 1)}]},
    ]);
    let entities = Entities::from_json_value(entities, None).unwrap();
    let text = (0..count).map(policy).collect::<String>();
    cedar("cedar-policy 4, folders in the scope", &text, CedarContext::empty(), entities)
}

fn cedar(name: &'static str, policies: &str, context: CedarContext, entities: Entities) -> Operation {
    let policies = PolicySet::from_str(policies).unwrap();
    let (ada, action, report) = (uid(r#"User::"ada""#), uid(r#"Action::"GetDocument""#), uid(r#"Document::"report""#));
    let request = CedarRequest::new(ada, action, report, context, None).unwrap();
    let authorizer = Authorizer::new();
    Operation::new(name, move || {
        let answer = authorizer.is_authorized(black_box(&request), &policies, &entities);
        assert_eq!(black_box(answer).decision(), cedar_policy::Decision::Allow);
    })
}
