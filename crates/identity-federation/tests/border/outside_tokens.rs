//! Which condition keys a trust policy may ask of tokens of Google, Apple, Facebook, Amazon and identity pools, and what is answered.
//! Doubles play the providers: nothing here has been shown to them.

use credential_vending::Error as VendingError;
use credential_vending::Invalid;
use credential_vending::ops::roles::CreateRole;
use identity_federation::ops::web_identity::{AssumeRoleWithWebIdentity, WebIdentitySession};
use identity_federation::{Error, WebTokenProblem};
use identity_kernel::secret::SecretString;
use serde_json::{Value, json};

use crate::world::{World, asking_world, by, world, world_with};

/// A role that trusts this principal under these conditions, under the name `r`.
async fn role(world: &World, principal: &str, conditions: Value) {
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": principal}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions
    }});
    if world.vending.get_role("r").await.is_ok() {
        world.vending.update_trust("r", trust.to_string()).await.unwrap();
    } else {
        world.vending.create_role(CreateRole::named("r", trust.to_string())).await.unwrap();
    }
}

async fn assume(world: &World, token: SecretString) -> Result<WebIdentitySession, Error> {
    world.pools.assume_role_with_web_identity(by(token, "r")).await
}

/// With an access token of `app:user`.
async fn with_access_token(world: &World, provider: &str, token: &str) -> Result<WebIdentitySession, Error> {
    let request = AssumeRoleWithWebIdentity { provider_id: Some(provider.to_owned()), ..by(token.into(), "r") };
    world.pools.assume_role_with_web_identity(request).await
}

fn is_denied(outcome: &Result<WebIdentitySession, Error>) -> bool {
    matches!(outcome, Err(Error::Vending(VendingError::AccessDenied)))
}

fn told(session: &WebIdentitySession) -> (&str, &str, &str) {
    (&session.provider, &session.audience, &session.subject)
}

#[tokio::test]
async fn facebooks_access_tokens_have_app_id_and_id() {
    let world = asking_world().await;
    let conditions = json!({"StringEquals": {"graph.facebook.com:app_id": "fb2", "graph.facebook.com:id": "42"}});
    role(&world, "graph.facebook.com", conditions).await;

    let session = with_access_token(&world, "graph.facebook.com", "fb2:42").await.unwrap();
    assert_eq!(told(&session), ("graph.facebook.com", "fb2", "42"));
    assert!(is_denied(&with_access_token(&world, "graph.facebook.com", "fb2:43").await), "another user");
    assert!(is_denied(&with_access_token(&world, "graph.facebook.com", "fb1:42").await), "another app");
    let unknown = with_access_token(&world, "graph.facebook.com", "stranger:42").await;
    assert!(matches!(unknown, Err(Error::InvalidIdentityToken(_))), "no app may ask about it: {unknown:?}");
}

#[tokio::test]
async fn amazons_access_tokens_have_app_id_and_user_id() {
    let world = asking_world().await;
    let conditions = json!({"StringEquals": {"www.amazon.com:app_id": "az", "www.amazon.com:user_id": "amzn1.A"}});
    role(&world, "www.amazon.com", conditions).await;

    let session = with_access_token(&world, "www.amazon.com", "az:amzn1.A").await.unwrap();
    assert_eq!(told(&session), ("www.amazon.com", "az", "amzn1.A"));
    for other in ["az:amzn1.B", "other:amzn1.A"] {
        assert!(is_denied(&with_access_token(&world, "www.amazon.com", other).await), "{other}");
    }
}

#[tokio::test]
async fn an_access_token_is_of_the_provider_that_is_named_and_only_those_two_are() {
    let world = asking_world().await;
    role(&world, "www.amazon.com", json!({"StringEquals": {"www.amazon.com:app_id": "fb1"}})).await;

    assert!(is_denied(&with_access_token(&world, "graph.facebook.com", "fb1:42").await));
    let id_token = world.token("login.example", &json!({"aud": "web"}));
    for (provider, token) in [("login.example", id_token.expose()), ("", "fb1:42"), ("api.twitter.com", "fb1:42")] {
        let refused = with_access_token(&world, provider, token).await.map(|_| ());
        assert_eq!(refused, Err(Error::Vending(Invalid::ProviderId.into())), "{provider}");
    }
    let without = assume(&world, "fb1:42".into()).await.map(|_| ());
    assert_eq!(without, Err(WebTokenProblem::NoIssuer.into()));
    let down = with_access_token(&world, "www.amazon.com", "down").await;
    assert!(matches!(down, Err(Error::ExternalService(_))), "{down:?}");
}

#[tokio::test]
async fn a_role_that_trusts_any_app_of_a_provider_that_is_everybodys_trusts_none() {
    let world = asking_world().await;
    let anybody = || json!({});
    role(&world, "graph.facebook.com", anybody()).await;
    assert!(is_denied(&with_access_token(&world, "graph.facebook.com", "fb1:42").await));
    role(&world, "graph.facebook.com", json!({"StringEquals": {"graph.facebook.com:id": "42"}})).await;
    assert!(is_denied(&with_access_token(&world, "graph.facebook.com", "fb1:42").await), "the same user, by any app");
    role(&world, "www.amazon.com", anybody()).await;
    assert!(is_denied(&with_access_token(&world, "www.amazon.com", "az:1").await));
    role(&world, "accounts.google.com", json!({"StringEquals": {"accounts.google.com:sub": "ada"}})).await;
    assert!(is_denied(&assume(&world, world.token("accounts.google.com", &json!({"aud": "web"}))).await));
}

#[tokio::test]
async fn googles_id_tokens_have_aud_oaud_sub_and_email_and_need_no_registration() {
    let world = world().await;
    let key = |name: &str| format!("accounts.google.com:{name}");
    let conditions = json!({"StringEquals": {
        key("aud"): "phone", key("oaud"): "backend", key("sub"): "ada", key("email"): "ada@example.com"}});
    role(&world, "accounts.google.com", conditions).await;
    let claims = json!({"aud": "backend", "azp": "phone", "sub": "ada", "email": "ada@example.com"});
    let token = |change: Value| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.token("accounts.google.com", &claims)
    };

    let session = assume(&world, token(json!({}))).await.unwrap();
    assert_eq!(told(&session), ("https://accounts.google.com", "phone", "ada"));
    for other in [
        json!({"azp": "other"}),
        json!({"aud": "other"}),
        json!({"sub": "eve"}),
        json!({"email": "eve@example.com"}),
        json!({"email": null}),
    ] {
        assert!(is_denied(&assume(&world, token(other.clone())).await), "{other}");
    }
}

#[tokio::test]
async fn googles_aud_is_the_azp_or_else_the_only_aud() {
    let world = world().await;
    role(&world, "accounts.google.com", json!({"StringEquals": {"accounts.google.com:aud": "web"}})).await;
    let outcome = async |more: Value| assume(&world, world.token("accounts.google.com", &more)).await;

    assert!(outcome(json!({"aud": "web"})).await.is_ok());
    assert!(outcome(json!({"aud": ["web"]})).await.is_ok());
    assert!(outcome(json!({"aud": ["web", "other"], "azp": "web"})).await.is_ok());
    assert!(is_denied(&outcome(json!({"aud": "web", "azp": "other"})).await), "made for the web, presented by another");
    let several = outcome(json!({"aud": ["web", "other"]})).await;
    assert!(matches!(several, Err(Error::InvalidIdentityToken(_))), "{several:?}");
}

#[tokio::test]
async fn googles_issuer_is_taken_with_and_without_scheme_and_others_with_it_alone() {
    let world = world().await;
    role(&world, "accounts.google.com", json!({"StringEquals": {"accounts.google.com:aud": "web"}})).await;
    let token = |issuer: &str, key: &str| world.token(key, &json!({"iss": issuer, "aud": "web"}));

    for issuer in ["https://accounts.google.com", "accounts.google.com"] {
        let session = assume(&world, token(issuer, "x")).await.unwrap();
        assert_eq!(session.provider, issuer);
    }
    for issuer in
        ["http://accounts.google.com", "accounts.google.com/", "login.example", "https://accounts.google.com/"]
    {
        let refused = assume(&world, token(issuer, "x")).await;
        assert!(matches!(refused, Err(Error::InvalidIdentityToken(_))), "{issuer}: {refused:?}");
    }
}

#[tokio::test]
async fn google_is_trusted_for_the_registered_clients_where_it_is_registered() {
    let world = world().await;
    let registered = world.vending.create_oidc_provider("https://accounts.google.com", vec!["web".to_owned()]).await;
    let arn = registered.unwrap().arn;
    role(&world, &arn, json!({"StringEquals": {"accounts.google.com:sub": "ada"}})).await;

    assert!(assume(&world, world.token("accounts.google.com", &json!({"aud": "web"}))).await.is_ok());
    let other = assume(&world, world.token("accounts.google.com", &json!({"aud": "other"}))).await.map(|_| ());
    assert_eq!(other, Err(WebTokenProblem::Audience.into()));
}

#[tokio::test]
async fn apples_id_tokens_have_aud_and_sub_once_apple_is_registered() {
    let world = world().await;
    let unregistered = assume(&world, world.token("appleid.apple.com", &json!({"aud": "app"}))).await.map(|_| ());
    assert_eq!(unregistered, Err(WebTokenProblem::UnknownProvider.into()));
    let registered = world.vending.create_oidc_provider("https://appleid.apple.com", vec!["app".to_owned()]).await;
    let conditions = json!({"StringEquals": {"appleid.apple.com:aud": "app", "appleid.apple.com:sub": "ada"}});
    role(&world, &registered.unwrap().arn, conditions).await;

    let session = assume(&world, world.token("appleid.apple.com", &json!({"aud": "app"}))).await.unwrap();
    assert_eq!(told(&session), ("https://appleid.apple.com", "app", "ada"));
    let eve = world.token("appleid.apple.com", &json!({"aud": "app", "sub": "eve"}));
    assert!(is_denied(&assume(&world, eve).await));
    let scheme = world.token("appleid.apple.com", &json!({"iss": "appleid.apple.com", "aud": "app"}));
    assert!(matches!(assume(&world, scheme).await, Err(Error::InvalidIdentityToken(_))));
}

#[tokio::test]
async fn identity_pools_tokens_have_aud_sub_and_amr() {
    let world = world_with(|settings| settings.allow_classic = Some(true)).await;
    world.roles(None).await;
    let logins = world.user("ada");
    let identity = world.get_id(&logins).await.unwrap();
    let key = |name: &str| format!("cognito-identity.amazonaws.com:{name}");
    let conditions = |pool: &str, sub: &str, amr: &str| json!({"StringEquals": {key("aud"): pool, key("sub"): sub}, "ForAnyValue:StringEquals": {key("amr"): amr}});
    let outcome = async |conditions: Value| {
        role(&world, "cognito-identity.amazonaws.com", conditions).await;
        let (_, token) = world.pools.get_open_id_token(&identity, &logins).await.unwrap();
        assume(&world, token).await
    };

    let pool = world.pool.as_str();
    let session = outcome(conditions(pool, identity.as_str(), "authenticated")).await.unwrap();
    assert_eq!(told(&session), ("cognito-identity.amazonaws.com", pool, identity.as_str()));
    for other in [
        conditions("us-east-1:other", identity.as_str(), "authenticated"),
        conditions(pool, "us-east-1:other", "authenticated"),
        conditions(pool, identity.as_str(), "unauthenticated"),
    ] {
        assert!(is_denied(&outcome(other.clone()).await), "{other}");
    }
}
