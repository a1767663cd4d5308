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

    let text: String = (0..count)
        .map(|at| {
            format!(
                r#"permit(principal, action == Action::"GetDocument", resource) when
                {{ context.path like "department-{at}/*" && context.mfa == "yes" }};"#
            )
        })
        .collect();
    let policies = PolicySet::from_str(&text).unwrap();
    let context = serde_json::json!({"path": format!("department-{wanted}/report"), "mfa": "yes"});
    let uid = |text: &str| EntityUid::from_str(text).unwrap();
    let request = CedarRequest::new(
        uid(r#"User::"ada""#),
        uid(r#"Action::"GetDocument""#),
        uid(r#"Document::"report""#),
        CedarContext::from_json_value(context, None).unwrap(),
        None,
    )
    .unwrap();
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let cedar = Operation::new("cedar-policy 4", move || {
        let answer = authorizer.is_authorized(black_box(&request), &policies, &entities);
        assert_eq!(black_box(answer).decision(), cedar_policy::Decision::Allow);
    });
    Group { name, operations: vec![ours, cedar] }
}
