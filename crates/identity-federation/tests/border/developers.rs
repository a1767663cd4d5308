//! Users of the operator's own system.

use std::collections::BTreeMap;

use credential_vending::LoginRecord;
use identity_federation::model::ids::IdentityId;
use identity_federation::ops::credentials::{GetCredentials, PROVIDER};
use identity_federation::ops::developer::{DeveloperIdentity, GetOpenIdTokenForDeveloper, LookupDeveloperIdentity};
use identity_federation::ops::logins::Logins;
use identity_federation::{Error, Invalid, LoginConflict, Refusal};
use jwt_tokens::Verifier;
use serde_json::json;

use crate::world::{MEMBER, OIDC, OWN, World, assume, together, world_with};

pub(crate) async fn ready() -> World {
    let world = world_with(|settings| {
        settings.developer_provider = Some(OWN.to_owned());
        settings.allow_classic = Some(true);
    })
    .await;
    world.roles(None).await;
    world
}

fn users(users: &[&str]) -> Vec<String> {
    users.iter().map(|user| (*user).to_owned()).collect()
}

async fn users_of(world: &World, identity: &IdentityId) -> Vec<String> {
    let (pool, identity) = (world.pool.clone(), Some(identity.clone()));
    let request = LookupDeveloperIdentity { pool, identity, user: None };
    world.pools.lookup_developer_identity(request).await.unwrap().users
}

async fn merge(world: &World, source: &str, destination: &str) -> Result<IdentityId, Error> {
    world.pools.merge_developer_identities(&world.pool, OWN, source, destination).await
}

async fn unlink(world: &World, identity: &IdentityId, user: &str) -> Result<(), Error> {
    world.pools.unlink_developer_identity(&world.pool, identity, OWN, user).await
}

#[tokio::test]
async fn a_user_is_registered_once_and_has_the_authenticated_role() {
    let world = ready().await;

    let (ada, token) = world.developer("ada").await;

    assert_eq!(world.developer("ada").await.0, ada);
    assert_ne!(world.developer("eve").await.0, ada);
    assert_eq!(world.credentials(&ada, token.clone()).await.unwrap(), MEMBER);
    let session = world.session(&ada, token).await;
    let record = LoginRecord { provider: OWN.to_owned(), subject: "ada".to_owned(), ..LoginRecord::default() };
    assert_eq!(session.chain.logins, [record]);
    let stamp = session.identity.unwrap();
    assert_eq!(stamp.amr, ["authenticated".to_owned(), OWN.to_owned(), format!("{OWN}:{}:ada", world.pool)]);
}

#[tokio::test]
async fn a_token_lives_a_quarter_of_an_hour_or_as_long_as_the_operator_says() {
    let world = ready().await;
    for (seconds, lives) in [(None, 900), (Some(1), 1), (Some(86_400), 86_400)] {
        let (_, token) =
            world.as_developer(GetOpenIdTokenForDeveloper { seconds, ..world.developers("ada") }).await.unwrap();
        let keys = jwt_tokens::KeySet::from_jwks(world.pools.key_set(&world.pool).await.unwrap().keys);
        let verifier = Verifier::new(world.pools.issuer(&world.pool)).audience([world.pool.as_str()]);
        let claims = verifier
            .verify(
                &keys,
                token[PROVIDER].expose(),
                identity_kernel::time::Timestamp::from_epoch_seconds(crate::world::NOW),
            )
            .unwrap();
        let claim = |name: &str| claims.claims()[name].as_i64().unwrap();
        assert_eq!(claim("exp") - claim("iat"), lives);
    }
    for seconds in [0, 86_401] {
        let request = GetOpenIdTokenForDeveloper { seconds: Some(seconds), ..world.developers("ada") };
        assert_eq!(world.as_developer(request).await.unwrap_err(), Invalid::TokenDuration(86_400).into());
    }
}

#[tokio::test]
async fn a_user_is_named_by_the_pools_developer_provider_and_has_a_sound_identifier() {
    let world = ready().await;
    let with = |logins: Logins| GetOpenIdTokenForDeveloper { logins, ..world.developers("ada") };

    let missing = world.as_developer(with(world.oidc("ada"))).await.unwrap_err();
    assert_eq!(missing, Invalid::DeveloperUserMissing.into());
    for bent in [String::new(), "a".repeat(1025)] {
        let refused = world.as_developer(world.developers(&bent)).await.unwrap_err();
        assert_eq!(refused, Invalid::DeveloperUserId(1024).into());
    }
    let two = Logins::from([(OWN.to_owned(), "ada".into()), ("other.mine".to_owned(), "ada".into())]);
    assert_eq!(world.as_developer(with(two)).await.unwrap_err(), Refusal::ProviderNotInPool.into());

    let without = world_with(|_| {}).await;
    let refused = without.as_developer(without.developers("ada")).await.unwrap_err();
    assert_eq!(refused, Invalid::DeveloperProviderUnknown.into());
}

#[tokio::test]
async fn a_guest_becomes_a_developers_user_and_keeps_the_identity() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();

    let request = GetOpenIdTokenForDeveloper { identity: Some(guest.clone()), ..world.developers("ada") };
    assert_eq!(world.as_developer(request).await.unwrap().0, guest);

    assert_eq!(world.developer("ada").await.0, guest);
    assert!(world.credentials(&guest, Logins::new()).await.is_err());
}

#[tokio::test]
async fn a_user_of_another_identity_is_not_merged_in_silence() {
    let world = ready().await;
    world.developer("ada").await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let before = world.owners().await;

    let request = GetOpenIdTokenForDeveloper { identity: Some(guest), ..world.developers("ada") };

    assert_eq!(world.as_developer(request).await.unwrap_err(), Error::DeveloperUserAlreadyRegistered);
    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn logins_of_other_providers_come_along() {
    let world = ready().await;
    let outside = world.get_id(&world.oidc("ada-at-work")).await.unwrap();
    let logins = together(world.developers("ada").logins, world.oidc("ada-at-work"));

    let (ada, token) =
        world.as_developer(GetOpenIdTokenForDeveloper { logins, ..world.developers("ada") }).await.unwrap();

    assert_eq!(ada, outside);
    assert_eq!(world.developer("ada").await.0, ada);
    let chain = world.session(&ada, token).await.chain;
    let subjects: Vec<&str> = chain.logins.iter().map(|login| login.subject.as_str()).collect();
    assert_eq!(subjects, ["ada", "ada-at-work"]);
}

#[tokio::test]
async fn an_identity_may_be_many_users() {
    let world = ready().await;
    let (ada, _) = world.developer("ada").await;
    let request = GetOpenIdTokenForDeveloper { identity: Some(ada.clone()), ..world.developers("countess") };
    assert_eq!(world.as_developer(request).await.unwrap().0, ada);

    assert_eq!(users_of(&world, &ada).await, users(&["ada", "countess"]));
}

#[tokio::test]
async fn a_lookup_finds_the_other_or_says_whether_both_belong_together() {
    let world = ready().await;
    let (ada, _) = world.developer("ada").await;
    let (eve, _) = world.developer("eve").await;
    let lookup = async |identity: Option<&IdentityId>, user: Option<&str>| {
        let (pool, identity, user) = (world.pool.clone(), identity.cloned(), user.map(str::to_owned));
        world.pools.lookup_developer_identity(LookupDeveloperIdentity { pool, identity, user }).await
    };
    let found = || DeveloperIdentity { identity: ada.clone(), users: users(&["ada"]) };

    assert_eq!(lookup(Some(&ada), None).await, Ok(found()));
    assert_eq!(lookup(None, Some("ada")).await, Ok(found()));
    assert_eq!(lookup(Some(&ada), Some("ada")).await, Ok(found()));
    assert_eq!(lookup(Some(&eve), Some("ada")).await, Err(LoginConflict::DeveloperUserElsewhere.into()));
    assert_eq!(lookup(None, None).await, Err(Invalid::LookupOfNothing.into()));
    assert!(matches!(lookup(None, Some("tim")).await, Err(Error::NotFound(_))));
    let guest = world.get_id(&Logins::new()).await.unwrap();
    assert_eq!(lookup(Some(&guest), None).await.unwrap().users, users(&[]));
}

#[tokio::test]
async fn the_source_of_a_merger_becomes_the_destination() {
    let world = ready().await;
    let logins = together(world.developers("ada").logins, world.oidc("ada-at-work"));
    let (source, _) =
        world.as_developer(GetOpenIdTokenForDeveloper { logins, ..world.developers("ada") }).await.unwrap();
    world.clock.advance_seconds(1);
    let (destination, _) = world.developer("countess").await;
    world.events.take();

    assert_eq!(merge(&world, "ada", "countess").await.unwrap(), destination);

    assert_eq!(world.events.take().0[0].details.merged, std::slice::from_ref(&source));
    assert_eq!(users_of(&world, &destination).await, users(&["ada", "countess"]));
    assert_eq!(world.get_id(&world.oidc("ada-at-work")).await.unwrap(), destination);
    assert_eq!(world.described(&source).await.merged_into.as_ref(), Some(&destination));
    assert_eq!(merge(&world, "ada", "countess").await.unwrap(), destination, "asked again, it changes nothing");
    assert!(world.described(&destination).await.signed_in_at.is_some());
}

#[tokio::test]
async fn users_with_different_logins_of_one_public_provider_are_not_merged() {
    let world = ready().await;
    for (user, sub) in [("ada", "one"), ("eve", "two")] {
        let logins = together(world.developers(user).logins, world.oidc(sub));
        world.as_developer(GetOpenIdTokenForDeveloper { logins, ..world.developers(user) }).await.unwrap();
    }
    let before = world.owners().await;

    assert_eq!(merge(&world, "ada", "eve").await.unwrap_err(), LoginConflict::LinkedElsewhere.into());
    assert!(matches!(merge(&world, "ada", "nobody").await, Err(Error::NotFound(_))));
    assert!(matches!(merge(&world, "nobody", "ada").await, Err(Error::NotFound(_))));

    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn merged_users_have_twenty_logins_together_at_most() {
    let world = ready().await;
    let (one, _) = world.developer("a0").await;
    let (two, _) = world.developer("b0").await;
    for number in 1..11 {
        for (identity, letter) in [(&one, "a"), (&two, "b")] {
            let user = format!("{letter}{number}");
            let request = GetOpenIdTokenForDeveloper { identity: Some(identity.clone()), ..world.developers(&user) };
            world.as_developer(request).await.unwrap();
        }
    }

    assert_eq!(merge(&world, "a0", "b0").await.unwrap_err(), Invalid::TooManyLinkedLogins(20).into());
    unlink(&world, &one, "a10").await.unwrap();
    unlink(&world, &two, "b10").await.unwrap();
    assert_eq!(merge(&world, "a0", "b0").await.unwrap(), two);
}

#[tokio::test]
async fn a_user_that_was_parted_is_a_new_identity_when_next_seen() {
    let world = ready().await;
    let (ada, token) = world.developer("ada").await;
    let (eve, _) = world.developer("eve").await;
    assert_eq!(unlink(&world, &eve, "ada").await.unwrap_err(), LoginConflict::DeveloperUserElsewhere.into());
    assert!(matches!(unlink(&world, &eve, "nobody").await, Err(Error::NotFound(_))));

    unlink(&world, &ada, "ada").await.unwrap();

    assert_ne!(world.developer("ada").await.0, ada);
    let refused = world.credentials(&ada, token).await.unwrap_err();
    assert_eq!(refused, Refusal::LoginRevoked.into());
    assert!(world.credentials(&ada, Logins::new()).await.is_err(), "nor is it a guest");
    let again = GetOpenIdTokenForDeveloper { identity: Some(ada.clone()), ..world.developers("tim") };
    assert_eq!(world.as_developer(again).await.unwrap_err(), Refusal::IdentityNotYours(ada).into());
}

#[tokio::test]
async fn a_developers_user_has_no_choice_of_roles() {
    let world = ready().await;
    let (ada, token) = world.developer("ada").await;
    let asks = async |role: &str| {
        let (identity, logins) = (ada.clone(), token.clone());
        let request = GetCredentials { identity, logins, custom_role: Some(role.to_owned()) };
        world.pools.get_credentials_for_identity(request).await.is_ok()
    };

    assert!(asks(MEMBER).await);
    assert!(!asks("arn:aws:iam::123456789012:role/admin").await);
}

#[tokio::test]
async fn tags_that_the_operator_gives_are_the_sessions_where_the_role_trusts_the_pool_to_tag() {
    let world = ready().await;
    let mut roles = world.pools.describe_identity_pool(&world.pool).await.unwrap().roles;
    roles.authenticated = Some(world.trusting_role("tagged", true).await);
    world.pools.set_identity_pool_roles(&world.pool, roles.clone()).await.unwrap();
    let tags = BTreeMap::from([("team".to_owned(), "engines".to_owned())]);
    let request = GetOpenIdTokenForDeveloper { principal_tags: tags.clone(), ..world.developers("ada") };
    let (ada, token) = world.as_developer(request).await.unwrap();

    assert_eq!(world.session(&ada, token.clone()).await.tags, tags);
    let role = roles.authenticated.clone().unwrap();
    assert_eq!(assume(&world, token[PROVIDER].clone(), &role).await.unwrap().tags, tags);

    roles.authenticated = Some(world.trusting_role("untagged", false).await);
    world.pools.set_identity_pool_roles(&world.pool, roles).await.unwrap();
    assert_eq!(world.credentials(&ada, token).await.unwrap_err(), Error::InvalidConfiguration);
}

#[tokio::test]
async fn tags_that_no_session_can_have_are_refused_before_anything_changes() {
    let world = ready().await;
    for bent in [("aws:team", "x"), ("te?am", "x"), ("team", "a\nb")] {
        let principal_tags = BTreeMap::from([(bent.0.to_owned(), bent.1.to_owned())]);
        let request = GetOpenIdTokenForDeveloper { principal_tags, ..world.developers("ada") };
        assert_eq!(world.as_developer(request).await.unwrap_err(), Invalid::Tags.into(), "{bent:?}");
    }
    assert!(world.owners().await.is_empty());
}

#[tokio::test]
async fn a_developer_provider_bears_no_other_providers_name() {
    let world = ready().await;
    let mut settings = world.pools.describe_identity_pool(&world.pool).await.unwrap().settings;
    settings.public_providers.insert(OWN.to_owned(), "app".to_owned());
    let refused = world.pools.update_identity_pool(&world.pool, settings.clone()).await.unwrap_err();
    assert_eq!(refused, Invalid::DeveloperProviderName.into());

    for name in [OIDC, PROVIDER, "", "a/b"] {
        let bent = identity_federation::model::pool::IdentityPoolSettings {
            developer_provider: Some(name.to_owned()),
            public_providers: BTreeMap::new(),
            ..settings.clone()
        };
        let refused = world.pools.create_identity_pool(None, bent).await.unwrap_err();
        assert_eq!(refused, Invalid::DeveloperProviderName.into(), "{name}");
    }
    let token = world.token(OWN, &json!({"aud": "app"}));
    assert!(world.get_id(&Logins::from([(OWN.to_owned(), token)])).await.is_err());
}
