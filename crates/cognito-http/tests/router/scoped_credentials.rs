//! Credentials narrowed over the wire.

use cognito_wire::Service::{Iam, Sts};
use serde_json::{Value, json};

use crate::world::{Answer, Keys, World};

fn between<'a>(answer: &'a Answer, tag: &str) -> &'a str {
    let (_, after) = answer.text.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("{}", answer.text));
    after.split_once('<').unwrap().0
}

fn keys(answer: &Answer) -> Keys {
    Keys {
        id: between(answer, "AccessKeyId").to_owned(),
        secret: between(answer, "SecretAccessKey").to_owned(),
        token: Some(between(answer, "SessionToken").to_owned()),
    }
}

async fn narrow(world: &World, keys: &Keys, body: Value) -> Answer {
    world.call_as(keys, Sts, "GetScopedCredentials", body).await
}

async fn session(world: &World) -> Keys {
    world.with_policy("delegate", &json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}])).await
}

fn only(action: &str) -> Value {
    json!({"Policy": json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}).to_string()})
}

#[tokio::test]
async fn a_session_is_narrowed_over_the_wire_and_says_what_it_became() {
    let world = World::new().await;
    let wide = session(&world).await;

    let mut body = only("iam:GetRole");
    body["MinimumSessionTokenSize"] = json!(4096);
    let answer = narrow(&world, &wide, body).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let narrow_keys = keys(&answer);
    let size = narrow_keys.token.as_ref().unwrap().len();
    assert!(size >= 4096 && between(&answer, "SessionTokenSize") == size.to_string());
    assert_eq!(between(&answer, "SessionTokenUtilization"), (size * 100).div_ceil(32 * 1024).to_string());
    assert_eq!(between(&answer, "ScopedPoliciesCount"), "1");
    assert!(between(&answer, "Arn").ends_with(":assumed-role/delegate/s1"));
    assert!(between(&answer, "ScopedSessionId").len() > 10);
    let role = json!({"RoleName": "delegate"});
    assert_eq!(world.call_as(&narrow_keys, Iam, "GetRole", role.clone()).await.status, 200);
    assert_eq!(world.call_as(&narrow_keys, Iam, "DeleteRole", role.clone()).await.code(), "AccessDenied");
    assert_eq!(world.call_as(&narrow_keys, Iam, "ListRoles", json!({})).await.code(), "AccessDenied");
    assert_eq!(world.call_as(&wide, Iam, "ListRoles", json!({})).await.status, 200);
    let arn = |answer: &Answer| between(answer, "Arn").to_owned();
    let (narrowed, own) = (
        world.call_as(&narrow_keys, Sts, "GetCallerIdentity", json!({})).await,
        world.call_as(&wide, Sts, "GetCallerIdentity", json!({})).await,
    );
    assert_eq!(arn(&narrowed), arn(&own));
}

#[tokio::test]
async fn what_cannot_be_narrowed_is_refused_by_the_models_errors() {
    let world = World::new().await;
    let wide = session(&world).await;
    let refused = async |keys: &Keys, body: Value| narrow(&world, keys, body).await.code();

    assert_eq!(refused(&Keys::operator(), only("*")).await, "InvalidSubjectCredentials");
    assert_eq!(refused(&wide, json!({})).await, "ValidationError");
    assert_eq!(refused(&wide, json!({"DurationSeconds": 0})).await, "ValidationError");
    assert_eq!(refused(&wide, json!({"DurationSeconds": 3601})).await, "InsufficientSessionLifetime");
    assert_eq!(refused(&wide, json!({"Policy": "{}"})).await, "MalformedPolicyDocument");
    let mut inner = wide.clone();
    for count in 1..=3 {
        let answer = narrow(&world, &inner, json!({"DurationSeconds": 900})).await;
        assert_eq!(between(&answer, "ScopedPoliciesCount"), count.to_string());
        inner = keys(&answer);
    }
    assert_eq!(refused(&inner, json!({"DurationSeconds": 60})).await, "InvalidSubjectCredentials");
    // The innermost session token under the outermost key and secret.
    let mixed = Keys { token: inner.token, ..wide };
    assert_eq!(world.call_as(&mixed, Sts, "GetCallerIdentity", json!({})).await.code(), "InvalidClientTokenId");
}
