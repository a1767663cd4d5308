//! In which order `AssumeRoleWithWebIdentity` refuses: of two things that are wrong, the one that is told. Each test is named
//! after a pair of neighbours: shape, token, provider, signature, time, audience, trust, policies, duration.

use credential_vending::ops::roles::CreateRole;
use credential_vending::{Error as VendingError, Invalid};
use identity_federation::ops::web_identity::AssumeRoleWithWebIdentity;
use identity_federation::{Error, WebTokenProblem};
use identity_kernel::secret::SecretString;
use serde_json::{Value, json};

use crate::world::{NOW, OIDC, World, by, world};

const TRUSTED: &str = "arn:aws:iam::123456789012:oidc-provider/login.example";
/// A provider that is registered and not reached.
const DOWN: &str = "down.example";

async fn ready() -> World {
    let world = world().await;
    world.vending.create_oidc_provider("https://down.example", vec!["web".to_owned()]).await.unwrap();
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": TRUSTED}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"login.example:sub": "ada"}}
    }});
    world.vending.create_role(CreateRole::named("robot", trust.to_string())).await.unwrap();
    world
}

fn forged(token: &SecretString) -> SecretString {
    let mut text = token.expose().to_owned();
    text.replace_range(text.len() - 8.., "AAAAAAAA");
    text.into()
}

fn good(world: &World, more: &Value) -> SecretString {
    let mut claims = json!({"aud": "web"});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.token(OIDC, &claims)
}

async fn refused(world: &World, request: AssumeRoleWithWebIdentity) -> Error {
    world.pools.assume_role_with_web_identity(request).await.map(|_| ()).unwrap_err()
}

#[tokio::test]
async fn a_shape_that_is_wrong_is_told_before_a_token_that_is_none() {
    let world = ready().await;
    let none = || by("opaque".into(), "robot");

    let name = AssumeRoleWithWebIdentity { session_name: "a b".to_owned(), ..none() };
    assert_eq!(refused(&world, name).await, Error::Vending(Invalid::SessionName.into()));
    let short = AssumeRoleWithWebIdentity { duration_seconds: 899, ..none() };
    assert_eq!(refused(&world, short).await, Error::Vending(Invalid::Duration.into()));
    let role = AssumeRoleWithWebIdentity { role_arn: "robot".to_owned(), ..none() };
    assert_eq!(refused(&world, role).await, Error::Vending(Invalid::RoleArn("robot".to_owned()).into()));
    assert_eq!(refused(&world, none()).await, WebTokenProblem::NoIssuer.into());
}

#[tokio::test]
async fn a_token_that_names_no_issuer_is_told_before_its_provider_and_that_before_its_signature() {
    let world = ready().await;
    let unknown = world.token("evil.example", &json!({"aud": "web"}));

    let anonymous = world.token(OIDC, &json!({"iss": 5, "aud": "web"}));
    assert_eq!(refused(&world, by(anonymous, "robot")).await, WebTokenProblem::NoIssuer.into());
    assert_eq!(refused(&world, by(forged(&unknown), "robot")).await, WebTokenProblem::UnknownProvider.into());
}

#[tokio::test]
async fn a_provider_that_is_not_registered_is_not_asked_and_one_that_is_not_reached_is_told_before_the_time() {
    let world = ready().await;
    let down = |more: Value| world.token(DOWN, &more);

    let unregistered = world.token("down.example/other", &json!({"aud": "web"}));
    assert_eq!(refused(&world, by(unregistered, "robot")).await, WebTokenProblem::UnknownProvider.into());
    for token in [down(json!({"aud": "web"})), down(json!({"aud": "web", "exp": NOW - 3600})), down(json!({}))] {
        let error = refused(&world, by(token, "robot")).await;
        assert!(matches!(error, Error::ExternalService(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_signature_is_told_before_the_time_and_that_before_the_audience() {
    let world = ready().await;
    let expired = good(&world, &json!({"exp": NOW - 3600, "aud": "other"}));

    assert_eq!(refused(&world, by(forged(&expired), "robot")).await, WebTokenProblem::Signature.into());
    assert!(matches!(refused(&world, by(expired, "robot")).await, Error::TokenExpired));
}

#[tokio::test]
async fn an_audience_is_told_before_the_trust_of_the_role() {
    let world = ready().await;
    let other = || good(&world, &json!({"aud": "other", "sub": "eve"}));

    for role in ["robot", "none"] {
        assert_eq!(refused(&world, by(other(), role)).await, WebTokenProblem::Audience.into());
    }
}

#[tokio::test]
async fn trust_to_assume_and_to_tag_is_told_before_policies_that_cannot_be_read() {
    let world = ready().await;
    let tags = json!({"https://aws.amazon.com/tags": {"principal_tags": {"team": ["engines"]}}});
    let broken = |token| AssumeRoleWithWebIdentity { session_policy: Some("{}".to_owned()), ..by(token, "robot") };
    let denied = Error::Vending(VendingError::AccessDenied);

    assert_eq!(refused(&world, broken(good(&world, &json!({"sub": "eve"})))).await, denied);
    assert_eq!(refused(&world, broken(good(&world, &tags))).await, denied, "the role does not trust to tag");
    let unknown = AssumeRoleWithWebIdentity {
        policy_arns: vec!["gone".to_owned()],
        ..by(good(&world, &json!({"sub": "eve"})), "robot")
    };
    assert_eq!(refused(&world, unknown).await, denied);
    let malformed = refused(&world, broken(good(&world, &json!({})))).await;
    assert!(matches!(malformed, Error::Vending(VendingError::MalformedPolicy(_))), "{malformed:?}");
}

#[tokio::test]
async fn policies_that_cannot_be_read_or_do_not_fit_are_told_before_the_duration() {
    let world = ready().await;
    let long = |policy: Option<String>, arns: &[&str]| AssumeRoleWithWebIdentity {
        session_policy: policy,
        policy_arns: arns.iter().map(|&arn| arn.to_owned()).collect(),
        duration_seconds: 43_200,
        ..by(good(&world, &json!({})), "robot")
    };
    let large = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": format!("s3:{}", "a".repeat(5000)), "Resource": "*"}});

    let malformed = refused(&world, long(Some("{}".to_owned()), &[])).await;
    assert!(matches!(malformed, Error::Vending(VendingError::MalformedPolicy(_))), "{malformed:?}");
    let packed = refused(&world, long(Some(large.to_string()), &[])).await;
    assert!(matches!(packed, Error::Vending(VendingError::PackedPolicyTooLarge(_))), "{packed:?}");
    let unknown = refused(&world, long(None, &["gone"])).await;
    assert_eq!(unknown, Error::Vending(Invalid::PolicyArn("gone".to_owned()).into()));
    assert_eq!(refused(&world, long(None, &[])).await, Error::Vending(VendingError::DurationTooLong));
    let short = AssumeRoleWithWebIdentity { duration_seconds: 3600, ..long(None, &[]) };
    assert!(world.pools.assume_role_with_web_identity(short).await.is_ok());
}
