//! What a caller may do, and what a resource server has to look up for it.

use credential_vending::ops::assume::AssumeRole;
use credential_vending::ops::roles::CreateRole;
use credential_vending::{Caller, NewSession, RolePolicies, SessionStamp, Timestamp};
use iam_policy::Context;

use crate::world::{GET_ALL, ROLE, TRUST, World, request, world};

/// A policy that allows everything where a condition holds.
fn allow_if(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    )
}

fn tagged() -> String {
    allow_if(r#"{"StringEquals":{"aws:ResourceTag/team":"blue"}}"#)
}

async fn asks(world: &World, caller: &Caller) -> bool {
    world.vending.authority(caller).await.unwrap().asks_for_resource_tags()
}

#[tokio::test]
async fn resource_tags_are_asked_for_where_the_role_its_boundary_or_a_limit_of_the_session_names_them() {
    let world = world().await;
    let asks = async |request: AssumeRole| {
        let assumed = world.vending.assume_role(request).await.unwrap();
        asks(&world, &world.caller(&assumed).await.unwrap()).await
    };
    let (plain, tagged) = (|| Some(vec![GET_ALL.to_owned()]), || Some(vec![tagged()]));

    assert!(!asks(request()).await);
    assert!(!asks(AssumeRole { session_policies: plain(), ceiling: plain(), ..request() }).await);
    assert!(asks(AssumeRole { session_policies: tagged(), ceiling: plain(), ..request() }).await);
    assert!(asks(AssumeRole { session_policies: plain(), ceiling: tagged(), ..request() }).await);
    let bounded = CreateRole { boundary: Some(self::tagged()), ..CreateRole::named("bounded", TRUST) };
    world.vending.create_role(bounded).await.unwrap();
    assert!(asks(AssumeRole { role_arn: ROLE.replace("/app", "/bounded"), ..request() }).await);
    world.vending.put_role_policy("app", "tagged", self::tagged()).await.unwrap();
    assert!(asks(request()).await);
}

#[tokio::test]
async fn resource_tags_are_asked_for_where_an_operators_policy_names_them() {
    let world = world().await;
    world.vending.put_operator_key("one", &"1".into()).await.unwrap();
    let caller = async || world.vending.holder("one", None).await.unwrap().0;

    assert!(!asks(&world, &caller().await).await);
    world.vending.set_operator_policy("one", tagged()).await.unwrap();
    assert!(asks(&world, &caller().await).await);
}

#[tokio::test]
async fn policies_may_ask_which_operator_it_is() {
    let world = world().await;
    world.vending.put_operator_key("one", &"1".into()).await.unwrap();

    for (key, value) in [("aws:userid", "one"), ("aws:PrincipalArn", "arn:aws:iam::123456789012:user/one")] {
        for (wanted, allowed) in [(value, true), ("another", false)] {
            let policy = allow_if(&format!(r#"{{"StringEquals":{{"{key}":"{wanted}"}}}}"#));
            world.vending.set_operator_policy("one", policy).await.unwrap();
            let (caller, _) = world.vending.holder("one", None).await.unwrap();
            let decided = world.vending.decide(&caller, "iam:GetRole", "*", Context::new()).await.unwrap();
            assert_eq!(decided.is_allowed(), allowed, "{key} {wanted}");
        }
    }
}

#[tokio::test]
async fn policies_may_ask_what_time_it_is_of_sessions_and_of_operators() {
    let world = world().await;
    world.vending.put_operator_key("one", &"1".into()).await.unwrap();
    let assumed = world.vending.assume_role(request()).await.unwrap();

    // The clock stands at 1,700,000,000 seconds: 2023-11-14T22:13:20Z.
    for (condition, allowed) in [
        (r#"{"DateLessThan":{"aws:CurrentTime":"2023-11-14T22:13:21Z"}}"#, true),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2023-11-14T22:13:20Z"}}"#, false),
        (r#"{"NumericEquals":{"aws:EpochTime":"1700000000"}}"#, true),
        (r#"{"NumericEquals":{"aws:EpochTime":"1700000001"}}"#, false),
    ] {
        world.vending.put_role_policy("app", "get", allow_if(condition)).await.unwrap();
        world.vending.set_operator_policy("one", allow_if(condition)).await.unwrap();
        let (operator, _) = world.vending.holder("one", None).await.unwrap();
        let decided = world.vending.decide(&operator, "s3:GetObject", "*", Context::new()).await.unwrap();
        assert_eq!(
            (world.allows(&assumed, "s3:GetObject").await, decided.is_allowed()),
            (allowed, allowed),
            "{condition}"
        );
    }
}

#[tokio::test]
async fn an_operators_decision_is_explained_too() {
    let world = world().await;
    world.vending.put_operator_key("one", &"1".into()).await.unwrap();
    world.vending.set_operator_policy("one", GET_ALL.to_owned()).await.unwrap();
    let (caller, _) = world.vending.holder("one", None).await.unwrap();

    for (action, applies) in [("s3:GetObject", true), ("iam:GetRole", false)] {
        let trace = world.vending.explain(&caller, action, "*", Context::new()).await.unwrap();
        let seen: Vec<_> = trace.iter().map(|statement| (statement.policy.as_str(), statement.applies())).collect();
        assert_eq!(seen, [("operator", applies)], "{action}");
    }
}

#[test]
fn nothing_is_explained_to_a_session_of_another_role_or_with_a_limit_that_cannot_be_read() {
    let session = SessionStamp::new(NewSession {
        role_arn: ROLE,
        role_id: "AROAX",
        session_name: "s1",
        issued_at: Timestamp::from_epoch_seconds(1_700_000_000),
        seconds: 900,
    });
    let explained = |id: &str, session: &SessionStamp| {
        let role = RolePolicies::from_documents(id, [("get", GET_ALL)], None).unwrap();
        role.explain(session, "s3:GetObject", "arn:aws:s3:::b/k", Context::new()).len()
    };

    assert_eq!(explained("AROAX", &session), 1);
    assert_eq!(explained("AROAY", &session), 0);
    assert_eq!(explained("AROAX", &session.with_ceiling(Some(vec!["{}".to_owned()]))), 0);
}
