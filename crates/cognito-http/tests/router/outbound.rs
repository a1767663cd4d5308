//! Tokens about the holder of credentials, for other services.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use cenote::kernel::time::Clock as _;
use cenote::{Cenote, IssuerForm};
use cognito_http::Options;
use cognito_wire::Service::Sts;
use jwt_tokens::{JwkSet, KeySet, Verifier};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{Answer, Keys, World};

const BASE: &str = "https://login.example";
const ISSUER: &str = "https://login.example/us-east-1:00000000-0000-4000-8000-123456789012";

async fn world() -> World {
    let builder = Cenote::in_memory().outbound_tokens(true).issuer(IssuerForm::Own(BASE.to_owned()));
    World::over(builder, Options::default()).await
}

async fn session(world: &World) -> Keys {
    let every = json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]);
    world.with_policy("delegate", &every).await
}

async fn ask(world: &World, keys: &Keys, more: Value) -> Answer {
    let mut body = json!({"Audience": ["vault"], "SigningAlgorithm": "ES384"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call_as(keys, Sts, "GetWebIdentityToken", body).await
}

/// What the server shows below the issuer.
async fn fetch(world: &World, path: &str) -> Value {
    let path = format!("/us-east-1:00000000-0000-4000-8000-123456789012/.well-known/{path}");
    let response = world.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.split_once("<WebIdentityToken>").unwrap().1.split_once('<').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_token_is_verified_by_discovery_alone_and_says_who_holds_the_credentials() {
    let world = world().await;
    let keys = session(&world).await;
    let tags = json!([{"Key": "env", "Value": "prod"}]);

    let token = token(&ask(&world, &keys, json!({"Tags": tags, "DurationSeconds": 60})).await);

    let discovered = fetch(&world, "openid-configuration").await;
    assert_eq!(
        (discovered["issuer"].as_str(), discovered["jwks_uri"].as_str()),
        (Some(ISSUER), Some(format!("{ISSUER}/.well-known/jwks.json").as_str()))
    );
    assert_eq!(discovered["id_token_signing_alg_values_supported"], json!(["ES384"]));
    let published: JwkSet = serde_json::from_value(fetch(&world, "jwks.json").await).unwrap();
    let set = KeySet::from_jwks(published.keys);
    let verifier = Verifier::new(ISSUER).audience(["vault"]);
    assert!(verifier.verify(&set, &token, world.clock.now()).is_ok());
    assert!(Verifier::new(ISSUER).audience(["other"]).verify(&set, &token, world.clock.now()).is_err());
    let claim = |name: &'static str| Verifier::unverified_claim(&token, name).unwrap();
    assert_eq!(claim("sub"), "arn:aws:iam::123456789012:role/delegate");
    assert_eq!((claim("subject_mode").as_str(), claim("aud").as_str()), ("AWSIdentity", "vault"));
    world.clock.advance_seconds(60);
    assert!(verifier.verify(&set, &token, world.clock.now()).is_err());
}

#[tokio::test]
async fn a_token_outlives_no_session_and_is_made_as_policies_allow() {
    let world = world().await;
    let keys = session(&world).await;
    let refused = async |keys: &Keys, more: Value| ask(&world, keys, more).await.code();

    world.clock.advance_seconds(3000);
    assert_eq!(refused(&keys, json!({"DurationSeconds": 601})).await, "SessionDurationEscalationException");
    assert_eq!(ask(&world, &keys, json!({"DurationSeconds": 600})).await.status, 200);
    for (more, code) in [
        (json!({"SigningAlgorithm": "HS256"}), "ValidationError"),
        (json!({"DurationSeconds": 59}), "ValidationError"),
        (json!({"Audience": []}), "ValidationError"),
        (json!({"Scope": "a"}), "ValidationError"),
        (json!({"SubjectMode": "OriginIdentity"}), "ValidationError"),
    ] {
        assert_eq!(refused(&keys, more.clone()).await, code, "{more}");
    }
    let without = json!([{"Effect": "Allow", "Action": "sts:GetWebIdentityToken", "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": "vault"}}}]);
    let narrow = world.with_policy("narrow", &without).await;
    assert_eq!(ask(&world, &narrow, json!({})).await.status, 200);
    assert_eq!(refused(&narrow, json!({"Audience": ["vault", "other"]})).await, "AccessDenied");
    assert_eq!(refused(&narrow, json!({"Tags": [{"Key": "env", "Value": "prod"}]})).await, "AccessDenied");
}

#[tokio::test]
async fn a_token_that_was_made_of_credentials_makes_none() {
    let world = world().await;
    let made = token(&ask(&world, &session(&world).await, json!({"Audience": ["sts.amazonaws.com"]})).await);
    let url = json!({"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"]});
    world.call(cognito_wire::Service::Iam, "CreateOpenIDConnectProvider", url).await;

    let role = world.role("again", "/").await;
    let body = json!({"RoleArn": role, "RoleSessionName": "s1", "WebIdentityToken": made});
    assert_eq!(world.call(Sts, "AssumeRoleWithWebIdentity", body).await.code(), "InvalidIdentityToken");
}

#[tokio::test]
async fn without_the_switch_there_are_neither_tokens_nor_an_issuer() {
    let world = World::new().await;
    let keys = session(&world).await;

    assert_eq!(ask(&world, &keys, json!({})).await.code(), "OutboundWebIdentityFederationDisabledException");
    let path = "/us-east-1:00000000-0000-4000-8000-123456789012/.well-known/jwks.json";
    let response = world.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 404);
}
