//! Claims become tags of the session.

use std::collections::BTreeMap;

use credential_vending::Caller;
use iam_policy::Context;
use identity_federation::model::principal_tags::PrincipalTagMap;
use identity_federation::ops::credentials::GetCredentials;
use identity_federation::ops::logins::Logins;
use identity_federation::{Error, Invalid, Refusal};
use serde_json::{Value, json};

use crate::world::{OIDC, OWN, USER_POOL, World, assume, together, world_with};

const OIDC_ARN: &str = "arn:aws:iam::123456789012:oidc-provider/login.example";

async fn ready() -> World {
    let world = world_with(|settings| {
        settings.developer_provider = Some(OWN.to_owned());
        settings.allow_classic = Some(true);
    })
    .await;
    world.roles(None).await;
    let mut roles = world.pools.describe_identity_pool(&world.pool).await.unwrap().roles;
    roles.authenticated = Some(world.trusting_role("tagged", true).await);
    world.pools.set_identity_pool_roles(&world.pool, roles).await.unwrap();
    world
}

fn claims(tags: &[(&str, &str)]) -> PrincipalTagMap {
    let claims = tags.iter().map(|(tag, claim)| ((*tag).to_owned(), (*claim).to_owned())).collect();
    PrincipalTagMap { use_defaults: false, claims }
}

async fn set(world: &World, provider: &str, tags: PrincipalTagMap) -> Result<PrincipalTagMap, Error> {
    world.pools.set_principal_tag_attribute_map(&world.pool, provider, tags).await
}

fn login(world: &World, more: &Value) -> Logins {
    Logins::from([(USER_POOL.to_owned(), world.token(USER_POOL, more))])
}

async fn tags(world: &World, logins: Logins) -> BTreeMap<String, String> {
    let identity = world.get_id(&logins).await.unwrap();
    world.session(&identity, logins).await.tags
}

async fn refusal(world: &World, logins: Logins) -> Error {
    let identity = world.get_id(&logins).await.unwrap();
    world.credentials(&identity, logins).await.unwrap_err()
}

fn expected(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_mapped_claim_is_a_tag_and_one_that_is_absent_is_none() {
    let world = ready().await;
    set(&world, USER_POOL, claims(&[("team", "custom:team"), ("level", "custom:level")])).await.unwrap();

    let with = tags(&world, login(&world, &json!({"custom:team": "engines", "custom:level": 7}))).await;
    assert_eq!(with, expected(&[("team", "engines"), ("level", "7")]));
    assert_eq!(tags(&world, login(&world, &json!({"custom:team": ["engines"]}))).await, expected(&[]));
}

#[tokio::test]
async fn the_usual_tags_are_the_client_and_the_user() {
    let world = ready().await;
    let usual = PrincipalTagMap { use_defaults: true, claims: BTreeMap::new() };

    let set_to = set(&world, USER_POOL, usual.clone()).await.unwrap();

    assert_eq!(set_to.tags(), expected(&[("client", "aud"), ("username", "sub")]));
    assert_eq!(tags(&world, world.user("ada")).await, expected(&[("client", "client"), ("username", "ada")]));
    let repeated = PrincipalTagMap { claims: PrincipalTagMap::usual(), ..usual.clone() };
    assert_eq!(set(&world, USER_POOL, repeated).await.unwrap(), usual);
    let both = PrincipalTagMap { use_defaults: true, ..claims(&[("team", "custom:team")]) };
    assert_eq!(set(&world, USER_POOL, both).await.unwrap_err(), Invalid::TagsBesideDefaults.into());
}

#[tokio::test]
async fn a_map_is_said_for_a_provider_of_the_pool_under_any_of_its_names() {
    let world = ready().await;
    set(&world, OIDC_ARN, claims(&[("team", "team")])).await.unwrap();
    let get = async |name: &str| world.pools.get_principal_tag_attribute_map(&world.pool, name).await;

    assert_eq!(get(OIDC).await.unwrap(), claims(&[("team", "team")]));
    assert_eq!(get(USER_POOL).await.unwrap(), PrincipalTagMap::default(), "nothing was said");
    set(&world, OIDC, PrincipalTagMap::default()).await.unwrap();
    assert_eq!(get(OIDC_ARN).await.unwrap(), PrincipalTagMap::default());
    for unknown in ["nobody.example", OWN] {
        assert_eq!(get(unknown).await.unwrap_err(), Invalid::UnknownTagProvider(unknown.to_owned()).into());
        let refused = set(&world, unknown, claims(&[("team", "team")])).await.unwrap_err();
        assert_eq!(refused, Invalid::UnknownTagProvider(unknown.to_owned()).into());
    }
}

#[tokio::test]
async fn keys_and_claims_are_such_as_sessions_have() {
    let world = ready().await;
    for (key, claim) in [("aws:team", "c"), ("te?am", "c"), ("team", ""), ("", "c")] {
        let refused = set(&world, USER_POOL, claims(&[(key, claim)])).await.unwrap_err();
        assert_eq!(refused, Invalid::Tag(key.to_owned()).into());
    }
    let twice = set(&world, USER_POOL, claims(&[("team", "a"), ("Team", "b")])).await.unwrap_err();
    assert_eq!(twice, Invalid::Tags.into());
}

#[tokio::test]
async fn a_claim_that_no_tag_can_hold_is_refused_and_never_left_out() {
    let world = ready().await;
    set(&world, USER_POOL, claims(&[("team", "custom:team")])).await.unwrap();

    for bent in ["a\nb".to_owned(), "*".to_owned(), "${aws:username}".to_owned(), "x".repeat(257)] {
        let refused = refusal(&world, login(&world, &json!({"custom:team": bent}))).await;
        assert_eq!(refused, Refusal::TagValue("team".to_owned()).into(), "{bent}");
    }
}

#[tokio::test]
async fn logins_that_give_one_tag_two_values_give_none() {
    let world = ready().await;
    set(&world, USER_POOL, claims(&[("team", "team")])).await.unwrap();
    set(&world, OIDC, claims(&[("Team", "team")])).await.unwrap();
    let both = |one: &str, two: &str| {
        let outside = world.token(OIDC, &json!({"aud": "web", "team": two}));
        together(login(&world, &json!({"team": one})), Logins::from([(OIDC.to_owned(), outside)]))
    };

    assert_eq!(refusal(&world, both("a", "b")).await, Refusal::TagsDiffer("Team".to_owned()).into());

    set(&world, OIDC, claims(&[("team", "team")])).await.unwrap();
    assert_eq!(tags(&world, both("a", "a")).await, expected(&[("team", "a")]));
}

#[tokio::test]
async fn the_classic_flows_token_carries_the_tags_too() {
    let world = ready().await;
    set(&world, USER_POOL, claims(&[("team", "team")])).await.unwrap();
    let logins = login(&world, &json!({"team": "engines"}));
    let ada = world.get_id(&logins).await.unwrap();
    let (_, token) = world.pools.get_open_id_token(&ada, &logins).await.unwrap();

    let role = world.pools.describe_identity_pool(&world.pool).await.unwrap().roles.authenticated.unwrap();

    assert_eq!(assume(&world, token, &role).await.unwrap().tags, expected(&[("team", "engines")]));
}

#[tokio::test]
async fn line_110_a_policy_decides_by_the_tag_and_takes_it_literally() {
    let world = ready().await;
    set(&world, USER_POOL, claims(&[("team", "team")])).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/${aws:PrincipalTag/team}/*"
    }});
    world.vending.put_role_policy("tagged", "files", policy.to_string()).await.unwrap();
    let may = async |team: Value, object: &str| {
        let logins = login(&world, &json!({"team": team}));
        let identity = world.get_id(&logins).await.unwrap();
        let request = GetCredentials { identity, logins, custom_role: None };
        let keys = world.pools.get_credentials_for_identity(request).await.unwrap().credentials;
        let (caller, _) = world.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await.unwrap();
        assert!(matches!(caller, Caller::Session(_)));
        let resource = format!("arn:aws:s3:::files/{object}");
        world.vending.decide(&caller, "s3:GetObject", &resource, Context::new()).await.unwrap().is_allowed()
    };

    assert!(may(json!("engines"), "engines/a").await);
    assert!(!may(json!("engines"), "looms/a").await);
    assert!(!may(Value::Null, "engines/a").await && !may(Value::Null, "/a").await, "no tag leads nowhere");
}
