//! What an outsider tries who knows ids and has logins of their own: named after the requirement that refuses it.

use identity_federation::model::ids::IdentityId;
use identity_federation::model::pool::{IdentityPoolSettings, PoolRoles};
use identity_federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, RoleMapping};
use identity_federation::ops::credentials::{GetCredentials, PROVIDER};
use identity_federation::ops::developer::{GetOpenIdTokenForDeveloper, LookupDeveloperIdentity};
use identity_federation::ops::logins::Logins;
use identity_federation::{Error, Invalid, Refusal, WebTokenProblem};
use jwt_tokens::Rotation;
use serde_json::json;

use crate::developers::ready;
use crate::world::{GUEST, MEMBER, OIDC, OWN, USER_POOL, World, assume, together, world};

async fn credentials(world: &World, named: &IdentityId, logins: Logins) -> Error {
    let request = GetCredentials { identity: named.clone(), logins, custom_role: None };
    world.pools.get_credentials_for_identity(request).await.unwrap_err()
}

/// Another pool of the same operator, with the same providers and roles.
async fn twin(world: &World) -> World {
    let pool = world.pools.describe_identity_pool(&world.pool).await.unwrap();
    let other = world.pools.create_identity_pool(None, pool.settings).await.unwrap().id;
    world.pools.set_identity_pool_roles(&other, pool.roles).await.unwrap();
    World { pool: other, ..world.clone() }
}

#[tokio::test]
async fn line_102_nobody_links_a_login_to_somebody_elses_identity() {
    let world = ready().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let eve = world.get_id(&world.user("eve")).await.unwrap();
    let before = world.owners().await;

    // A login of nobody yet, one of another identity, and both.
    for logins in [world.oidc("eve"), world.user("eve"), together(world.user("eve"), world.oidc("eve"))] {
        assert_eq!(credentials(&world, &ada, logins.clone()).await, Refusal::LoginsNotOfIdentity.into());
        let token = world.pools.get_open_id_token(&ada, &logins).await.unwrap_err();
        assert_eq!(token, Refusal::LoginsNotOfIdentity.into());
    }

    assert_eq!(world.owners().await, before);
    assert!(!world.described(&eve).await.is_disabled());
}

#[tokio::test]
async fn line_102_who_shows_one_login_that_does_not_hold_links_none() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let forged = Logins::from([(OIDC.to_owned(), world.token(OIDC, &json!({"aud": "another"})))]);

    let refused = credentials(&world, &guest, together(world.user("eve"), forged)).await;

    assert_eq!(refused, Refusal::LoginClientNotTrusted.into());
    assert!(world.described(&guest).await.is_guest() && world.owners().await.is_empty());
}

#[tokio::test]
async fn line_102_nobody_parts_a_login_of_somebody_elses_identity() {
    let world = ready().await;
    let ada = world.get_id(&together(world.user("ada"), world.oidc("ada"))).await.unwrap();
    world.get_id(&world.user("eve")).await.unwrap();
    let before = world.owners().await;

    for logins in [Logins::new(), world.user("eve"), world.oidc("eve")] {
        let refused = world.pools.unlink_identity(&ada, &logins, &[USER_POOL.to_owned()]).await.unwrap_err();
        assert_eq!(refused, Refusal::LoginsNotOfIdentity.into());
    }
    let mixed = together(world.user("ada"), world.oidc("eve"));
    let refused = world.pools.unlink_identity(&ada, &mixed, &[USER_POOL.to_owned()]).await.unwrap_err();
    assert_eq!(refused, Refusal::LoginsNotOfIdentity.into());

    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn line_101_only_the_operator_speaks_for_its_users() {
    let world = ready().await;
    let (ada, _) = world.developer("ada").await;
    let word = Logins::from([(OWN.to_owned(), "ada".into())]);
    let refused = || Error::from(Invalid::DeveloperProviderInPublic);

    assert_eq!(world.get_id(&word).await.unwrap_err(), refused());
    assert_eq!(credentials(&world, &ada, word.clone()).await, refused());
    assert_eq!(world.pools.get_open_id_token(&ada, &word).await.unwrap_err(), refused());
    assert_eq!(world.pools.unlink_identity(&ada, &word, &[OWN.to_owned()]).await.unwrap_err(), refused());
}

#[tokio::test]
async fn line_101_a_user_does_not_part_what_the_operator_has_linked() {
    let world = ready().await;
    let logins = together(world.developers("ada").logins, world.oidc("ada"));
    let request = GetOpenIdTokenForDeveloper { logins, ..world.developers("ada") };
    let (ada, _) = world.as_developer(request).await.unwrap();

    let refused = world.pools.unlink_identity(&ada, &world.oidc("ada"), &[OWN.to_owned()]).await.unwrap_err();

    assert_eq!(refused, Invalid::DeveloperLoginStays.into());
    assert_eq!(world.developer("ada").await.0, ada);
}

#[tokio::test]
async fn line_101_a_guests_token_raises_nobody() {
    let world = ready().await;
    let guest = world.get_id(&Logins::new()).await.unwrap();
    let (_, as_guest) = world.pools.get_open_id_token(&guest, &Logins::new()).await.unwrap();
    let shown = Logins::from([(PROVIDER.to_owned(), as_guest.clone())]);

    assert_eq!(credentials(&world, &guest, shown).await, Refusal::OwnTokenNotTaken.into());

    // Once its owner has logged in, it is nobody's.
    assert!(assume(&world, as_guest.clone(), GUEST).await.is_ok());
    world.credentials(&guest, world.user("ada")).await.unwrap();
    let gone = assume(&world, as_guest, GUEST).await.unwrap_err();
    assert_eq!(gone, WebTokenProblem::Ended.into());
}

#[tokio::test]
async fn line_102_a_token_of_the_pools_own_is_a_login_nowhere_but_for_credentials() {
    let world = ready().await;
    let (ada, token) = world.developer("ada").await;
    let refused = || Error::from(Refusal::OwnTokenNotTaken);

    assert_eq!(world.get_id(&token).await.unwrap_err(), refused());
    assert_eq!(world.pools.get_open_id_token(&ada, &token).await.unwrap_err(), refused());
    assert_eq!(world.pools.unlink_identity(&ada, &token, &[]).await.unwrap_err(), refused());
    let along = together(world.developers("eve").logins, token.clone());
    let request = GetOpenIdTokenForDeveloper { logins: along, ..world.developers("eve") };
    assert_eq!(world.as_developer(request).await.unwrap_err(), refused());
    let mixed = together(token, world.user("eve"));
    assert_eq!(credentials(&world, &ada, mixed).await, Invalid::OwnTokenWithOthers.into());
}

#[tokio::test]
async fn line_102_the_classic_flows_token_is_no_login() {
    let world = ready().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    let (_, token) = world.pools.get_open_id_token(&ada, &world.user("ada")).await.unwrap();

    let refused = credentials(&world, &ada, Logins::from([(PROVIDER.to_owned(), token)])).await;

    assert_eq!(refused, Refusal::OwnTokenNotTaken.into());
}

#[tokio::test]
async fn line_111_a_developers_token_is_for_its_identity_and_its_pool_alone() {
    let world = ready().await;
    let (_, adas) = world.developer("ada").await;
    let (eve, _) = world.developer("eve").await;
    assert_eq!(credentials(&world, &eve, adas.clone()).await, Refusal::LoginsNotOfIdentity.into());

    let other = twin(&world).await;
    let (namesake, _) = other.developer("ada").await;
    let elsewhere = credentials(&other, &namesake, adas).await;
    assert!(matches!(elsewhere, Error::NotAuthorized(Refusal::LoginSignature | Refusal::LoginIssuer)), "{elsewhere:?}");
}

#[tokio::test]
async fn line_113_a_developers_token_is_dead_once_its_user_is_another_identity() {
    let world = ready().await;
    let (source, token) = world.developer("ada").await;
    world.developer("eve").await;
    world.pools.merge_developer_identities(&world.pool, OWN, "ada", "eve").await.unwrap();
    let role = MEMBER;

    assert_eq!(credentials(&world, &source, token.clone()).await, Refusal::LoginRevoked.into());
    let ended = assume(&world, token[PROVIDER].clone(), role).await.unwrap_err();
    assert_eq!(ended, WebTokenProblem::Ended.into());

    let (tim, token) = world.developer("tim").await;
    world.pools.delete_identities(&[tim]).await.unwrap();
    world.developer("tim").await;
    let ended = assume(&world, token[PROVIDER].clone(), role).await.unwrap_err();
    assert_eq!(ended, WebTokenProblem::Ended.into());

    let (ida, token) = world.developer("ida").await;
    world.clock.advance_seconds(900);
    assert_eq!(credentials(&world, &ida, token).await, Refusal::LoginExpired.into());
    let (_, token) = world.developer("ida").await;
    world.pools.rotate_signing_key(&world.pool, Rotation::AtOnce).await.unwrap();
    assert!(matches!(credentials(&world, &ida, token).await, Error::NotAuthorized(_)));
}

#[tokio::test]
async fn line_103_a_developers_token_goes_round_neither_the_closed_classic_flow_nor_role_mappings() {
    let world = ready().await;
    let (ada, token) = world.developer("ada").await;
    let mut settings = world.pools.describe_identity_pool(&world.pool).await.unwrap().settings;
    settings.allow_classic = Some(false);
    world.pools.update_identity_pool(&world.pool, settings.clone()).await.unwrap();
    let role_of_choice = async || assume(&world, token[PROVIDER].clone(), MEMBER).await;

    assert!(matches!(role_of_choice().await, Err(Error::Vending(credential_vending::Error::AccessDenied))));
    assert_eq!(world.credentials(&ada, token.clone()).await.unwrap(), MEMBER, "the pool chooses");

    settings.allow_classic = Some(true);
    world.pools.update_identity_pool(&world.pool, settings).await.unwrap();
    assert!(role_of_choice().await.is_ok());
    let (mapping_type, ambiguous_role_resolution) = (MappingType::Token, AmbiguousRoleResolution::Deny);
    world.roles(Some(RoleMapping { mapping_type, ambiguous_role_resolution })).await;
    assert!(matches!(role_of_choice().await, Err(Error::Vending(credential_vending::Error::AccessDenied))));
}

#[tokio::test]
async fn line_111_identities_and_users_of_another_pool_are_as_if_they_were_not_there() {
    let world = ready().await;
    let (ada, _) = world.developer("ada").await;
    let other = twin(&world).await;
    other.developer("eve").await;
    let before = world.owners().await;
    let nowhere = |refused: Error| assert!(matches!(refused, Error::NotFound(_)), "{refused:?}");

    let request = GetOpenIdTokenForDeveloper { identity: Some(ada.clone()), ..other.developers("eve") };
    nowhere(other.as_developer(request).await.unwrap_err());
    nowhere(other.pools.merge_developer_identities(&other.pool, OWN, "ada", "eve").await.unwrap_err());
    nowhere(other.pools.merge_developer_identities(&other.pool, OWN, "eve", "ada").await.unwrap_err());
    nowhere(other.pools.unlink_developer_identity(&other.pool, &ada, OWN, "ada").await.unwrap_err());
    let lookup = LookupDeveloperIdentity { pool: other.pool.clone(), identity: Some(ada), user: None };
    nowhere(other.pools.lookup_developer_identity(lookup).await.unwrap_err());
    let lookup = LookupDeveloperIdentity { pool: other.pool.clone(), identity: None, user: Some("ada".to_owned()) };
    nowhere(other.pools.lookup_developer_identity(lookup).await.unwrap_err());

    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn line_111_users_of_another_developer_provider_are_not_touched() {
    let world = ready().await;
    let (ada, _) = world.developer("ada").await;
    let outside = world.get_id(&world.oidc("ada")).await.unwrap();
    let before = world.owners().await;
    let refused = || Error::from(Invalid::DeveloperProviderUnknown);

    for provider in ["login.other", OIDC, USER_POOL] {
        let pool = &world.pool;
        let merged = world.pools.merge_developer_identities(pool, provider, "ada", "ada").await;
        assert_eq!(merged.unwrap_err(), refused());
        for identity in [&ada, &outside] {
            let parted = world.pools.unlink_developer_identity(pool, identity, provider, "ada").await;
            assert_eq!(parted.unwrap_err(), refused());
        }
    }
    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn line_102_to_merge_somebody_away_takes_one_of_their_logins_from_the_operator_too() {
    let world = ready().await;
    let ada = world.get_id(&world.user("ada")).await.unwrap();
    world.get_id(&world.oidc("eve")).await.unwrap();
    let before = world.owners().await;
    let logins = together(world.developers("eve").logins, world.oidc("eve"));

    let request = GetOpenIdTokenForDeveloper { identity: Some(ada), logins, ..world.developers("eve") };

    assert_eq!(world.as_developer(request).await.unwrap_err(), Refusal::LoginsNotOfIdentity.into());
    assert_eq!(world.owners().await, before);
}

#[tokio::test]
async fn line_101_guests_are_let_in_nowhere_unless_a_pool_says_so() {
    let world = world().await;
    let pool = world.pools.create_identity_pool(None, IdentityPoolSettings::default()).await.unwrap().id;
    let roles = PoolRoles { unauthenticated: Some(GUEST.to_owned()), ..PoolRoles::default() };
    world.pools.set_identity_pool_roles(&pool, roles).await.unwrap();

    assert_eq!(world.pools.get_id(&pool, &Logins::new()).await.unwrap_err(), Refusal::GuestsNotAllowed.into());
}
