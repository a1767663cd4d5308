//! Which role somebody would get, and why.

use std::collections::BTreeMap;

use document_store::page::PageRequest;
use identity_federation::model::principal_tags::PrincipalTagMap;
use identity_federation::model::role_choice::NoRoleReason;
use identity_federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};
use identity_federation::model::role_warning::{Warning, Written};
use identity_federation::ops::explain::{ClaimedLogin, ExplainClaims, RoleExplanation};
use identity_federation::ops::identities::Listed;
use identity_federation::ops::logins::Logins;
use identity_federation::{Error, Invalid, Refusal};
use serde_json::{Value, json};

use crate::world::{GUEST, OIDC, USER_POOL, World, world};

fn claimed(provider: &str, client: &str, claims: Value) -> ClaimedLogin {
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    ClaimedLogin { provider: provider.to_owned(), client: client.to_owned(), claims }
}

async fn explained(world: &World, logins: Vec<ClaimedLogin>) -> Result<RoleExplanation, Error> {
    let request = ExplainClaims { pool: world.pool.clone(), logins, custom_role: None, identity: None };
    world.pools.explain_claims(request).await
}

async fn by_department(world: &World, role_arn: String) {
    let rule = |value: &str, role_arn: String| Rule {
        claim: "department".to_owned(),
        match_type: MatchType::Equals,
        value: value.to_owned(),
        role_arn,
    };
    let rules = vec![rule("looms", GUEST.to_owned()), rule("engines", role_arn)];
    let (mapping_type, ambiguous_role_resolution) = (MappingType::Rules(rules), AmbiguousRoleResolution::Deny);
    world.roles(Some(RoleMapping { mapping_type, ambiguous_role_resolution })).await;
    let claims = BTreeMap::from([("team".to_owned(), "department".to_owned())]);
    let tags = PrincipalTagMap { use_defaults: false, claims };
    world.pools.set_principal_tag_attribute_map(&world.pool, USER_POOL, tags).await.unwrap();
}

#[tokio::test]
async fn an_explanation_tells_rules_tags_and_trust_in_the_order_in_which_they_decide() {
    let world = world().await;
    by_department(&world, world.trusting_role("tagged", true).await).await;

    let explanation =
        explained(&world, vec![claimed(USER_POOL, "client", json!({"sub": "ada", "department": "engines"}))])
            .await
            .unwrap();

    assert!(explanation.is_vended());
    let text = explanation.to_string();
    let pool = &world.pool;
    let amr = format!("authenticated, {USER_POOL}, {USER_POOL}:CognitoSignIn:ada");
    let of_trust = |why: &str| {
        format!(
            "trust statement #1 allows, {why}: applies\n  \
             StringEquals cognito-identity.amazonaws.com:aud holds (seen: {pool})\n  \
             ForAnyValue:StringLike cognito-identity.amazonaws.com:amr holds (seen: {amr})\n"
        )
    };
    let expected = format!(
        "login of {USER_POOL}, mapping {USER_POOL}:client\n\
         rule 1: department Equals \"looms\" does not match (seen: \"engines\")\n\
         rule 2: department Equals \"engines\" matches (seen: \"engines\")\n\
         the role is arn:aws:iam::123456789012:role/tagged\n\
         tag team = engines\n\
         {}{}the role trusts this caller\n\
         credentials are vended",
        of_trust("to assume the role"),
        of_trust("to tag the session"),
    );
    assert_eq!(text, expected);
}

#[tokio::test]
async fn an_explanation_says_at_which_step_nothing_is_vended() {
    let world = world().await;
    by_department(&world, world.trusting_role("untagged", false).await).await;
    let with = |department: Value| vec![claimed(USER_POOL, "client", json!({"sub": "ada", "department": department}))];

    let no_role = explained(&world, with(json!("gardens"))).await.unwrap();
    assert_eq!(no_role.choice.role, Err(NoRoleReason::Denied(USER_POOL.to_owned())));
    let no_trust = explained(&world, with(json!("engines"))).await.unwrap();
    assert!(!no_trust.trust.as_ref().unwrap().is_trusted);
    assert!(no_trust.to_string().contains("  it means another action\n"), "{no_trust}");
    let nobody_made_it = explained(&world, with(json!("looms"))).await.unwrap();
    assert!(nobody_made_it.is_vended() && nobody_made_it.trust.is_none());
    assert!(nobody_made_it.to_string().contains("nobody has created the role"), "{nobody_made_it}");
    for refused in [no_role, no_trust] {
        assert!(!refused.is_vended() && refused.to_string().ends_with("\nno credentials"), "{refused}");
    }
}

#[tokio::test]
async fn a_guest_is_explained_with_the_ceiling() {
    let world = world().await;
    world.roles(None).await;

    let guest = explained(&world, Vec::new()).await.unwrap();

    assert_eq!(guest.choice.role.as_ref().unwrap().role_arn, GUEST);
    assert_eq!(guest.ceiling.as_ref().map(Vec::len), Some(1));
    assert!(guest.to_string().contains("held to what guests may do at most, 1 policies\n"), "{guest}");
    let request = ExplainClaims {
        pool: world.pool.clone(),
        logins: Vec::new(),
        custom_role: Some(GUEST.to_owned()),
        identity: None,
    };
    assert_eq!(world.pools.explain_claims(request).await.unwrap_err(), Invalid::GuestNamesRole.into());
}

#[tokio::test]
async fn what_the_pool_would_not_take_is_not_explained() {
    let world = world().await;
    world.roles(None).await;
    let refused = async |provider: &str, client: &str| {
        explained(&world, vec![claimed(provider, client, json!({}))]).await.unwrap_err()
    };

    assert_eq!(refused("nobody.example", "client").await, Refusal::ProviderNotInPool.into());
    assert_eq!(refused(USER_POOL, "other").await, Refusal::LoginClientNotTrusted.into());
    assert_eq!(refused(OIDC, "client").await, Refusal::LoginClientNotTrusted.into());
    assert!(explained(&world, vec![claimed(OIDC, "web", json!({}))]).await.is_ok());
}

#[tokio::test]
async fn explaining_writes_nothing() {
    let world = world().await;
    world.roles(None).await;
    world.pools.explain_role(&world.pool, &world.user("ada"), None).await.unwrap();
    world.pools.explain_role(&world.pool, &Logins::new(), None).await.unwrap();

    let listed = world.pools.list_identities(&world.pool, Listed::All, PageRequest::default()).await.unwrap();

    assert!(listed.items.is_empty());
}

#[tokio::test]
async fn line_104_a_tag_of_a_claim_that_users_write_raises_a_warning() {
    let world = world().await;
    let set = async |provider: &str, claims: &[&str]| {
        let claims = claims.iter().enumerate().map(|(at, claim)| (format!("t{at}"), (*claim).to_owned())).collect();
        let tags = PrincipalTagMap { use_defaults: false, claims };
        world.pools.set_principal_tag_attribute_map(&world.pool, provider, tags).await.unwrap();
    };
    set(USER_POOL, &["cognito:groups", "custom:department"]).await;
    set(OIDC, &["roles", "nickname"]).await;

    let warnings = world.pools.tag_warnings(&world.pool).await.unwrap();

    let told: Vec<_> =
        warnings.iter().map(|w| (w.provider.as_str(), w.tag.as_str(), w.claim.as_str(), w.written)).collect();
    let expected =
        [(USER_POOL, "t1", "custom:department", Written::Certainly), (OIDC, "t1", "nickname", Written::Probably)];
    assert_eq!(told, expected);
    assert!(warnings[0].to_string().ends_with("of the claim custom:department, which users may write themselves"));
    let last = world.events.take().0.pop().unwrap();
    let expected: Vec<_> = warnings.into_iter().map(Warning::Tag).collect();
    assert_eq!(last.details.warnings, expected, "whoever hears is told too");
}
