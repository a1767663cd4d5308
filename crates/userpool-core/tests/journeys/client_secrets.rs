//! The secrets of app clients, two at a time.

use std::sync::Arc;

use futures::future::join_all;
use identity_kernel::secret::SecretString;
use userpool_core::model::ids::ClientId;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::sign_in::{AuthOutcome, Caller, InitiateAuth, SignInFlow};
use userpool_core::ops::tokens::{RefreshTokens, RevokeToken};
use userpool_core::reasons::Quota;
use userpool_core::{Error, Invalid, Kind, Refusal};

use crate::world::{PASSWORD, World, world, world_with};

/// What the client's secret makes of a name.
pub(crate) fn secret_hash(secret: &SecretString, name: &str, client: &ClientId) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = ring::hmac::sign(&key, format!("{name}{client}").as_bytes());
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tag.as_ref())
}

async fn confidential() -> (World, SecretString) {
    let world = Box::pin(world_with(|_, client| client.with_secret = true)).await;
    let described = world.pools.describe_user_pool_client(&world.pool.id, &world.client.id).await.unwrap();
    let ada = userpool_core::ops::users::AdminCreateUser::new(world.pool.id.clone(), "ada");
    Box::pin(world.pools.admin_create_user(ada.attribute("email", "ada@example.com"))).await.unwrap();
    let password = userpool_core::ops::users::PasswordLifetime::Permanent;
    Box::pin(world.pools.admin_set_user_password(&world.pool.id, "ada", &PASSWORD.into(), password)).await.unwrap();
    (world, described.secret.unwrap())
}

async fn add(world: &World, given: Option<&str>) -> Result<(String, Option<SecretString>), Error> {
    let given = given.map(SecretString::from);
    let added = world.pools.add_user_pool_client_secret(&world.pool.id, &world.client.id, given).await?;
    Ok((added.info.id, added.made))
}

async fn delete(world: &World, id: &str) -> Result<(), Error> {
    world.pools.delete_user_pool_client_secret(&world.pool.id, &world.client.id, id).await
}

async fn ids(world: &World) -> Vec<String> {
    let listed = world.pools.list_user_pool_client_secrets(&world.pool.id, &world.client.id).await.unwrap();
    listed.into_iter().map(|secret| secret.id).collect()
}

async fn sign_in(world: &World, secret: &SecretString) -> Result<AuthOutcome, Error> {
    let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let hash = secret_hash(secret, "ada", &world.client.id);
    let client = world.client.id.clone();
    world.pools.initiate_auth(InitiateAuth { client, caller: Caller::Public, secret_hash: Some(hash), flow }).await
}

/// A sign-in with this secret's hash, a refresh and a revocation with the secret as it is.
async fn is_accepted(world: &World, secret: &SecretString) -> bool {
    let wrong = Error::NotAuthorized(Refusal::SecretHashWrong(world.client.id.clone()));
    let tokens = match sign_in(world, secret).await {
        Ok(AuthOutcome::Tokens(tokens)) => tokens,
        Err(error) if error == wrong => return false,
        other => panic!("{other:?}"),
    };
    let token = tokens.refresh_token.unwrap();
    let (client, client_secret) = (world.client.id.clone(), Some(secret.clone()));
    let refresh = RefreshTokens { client: client.clone(), client_secret: client_secret.clone(), token: token.clone() };
    world.pools.get_tokens_from_refresh_token(refresh).await.unwrap();
    world.pools.revoke_token(RevokeToken { client, client_secret, token }).await.unwrap();
    true
}

#[tokio::test]
async fn either_of_two_secrets_is_accepted_until_it_is_removed() {
    let (world, first) = confidential().await;
    let first_id = ids(&world).await.remove(0);
    world.clock.advance_seconds(1);
    let (second_id, second) = add(&world, None).await.unwrap();
    let second = second.unwrap();

    assert!(is_accepted(&world, &first).await);
    assert!(is_accepted(&world, &second).await);
    assert_eq!(ids(&world).await, [first_id.clone(), second_id.clone()]);
    delete(&world, &first_id).await.unwrap();

    assert!(!is_accepted(&world, &first).await);
    assert!(is_accepted(&world, &second).await);
    assert_eq!(ids(&world).await, [second_id]);
    let plain = RevokeToken { client: world.client.id.clone(), client_secret: Some(first), token: "x".into() };
    let refused = world.pools.revoke_token(plain).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::ClientSecretWrong(world.client.id.clone())));
}

#[tokio::test]
async fn a_secrets_id_is_the_clients_and_the_time_and_no_two_are_the_same() {
    let (world, _) = confidential().await;
    let (second, _) = add(&world, None).await.unwrap();

    let ids = ids(&world).await;
    let millis = identity_kernel::time::Clock::now(world.clock.as_ref()).epoch_millis();
    assert_eq!(ids[0], format!("{}--{millis}", world.client.id));
    assert_eq!(ids[1], second);
    assert_ne!(ids[0], ids[1], "made at the same moment");
}

#[tokio::test]
async fn a_client_has_two_secrets_at_most_however_many_ask_at_once() {
    let (world, _) = confidential().await;
    let world = Arc::new(world);
    let calls = (0..32).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { add(&world, None).await })
    });

    let added = join_all(calls).await.into_iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count();

    assert_eq!((added, ids(&world).await.len()), (1, 2));
    assert_eq!(add(&world, None).await.unwrap_err(), Error::CountExceeded(Quota::ClientSecrets));
}

#[tokio::test]
async fn the_last_secret_stays_however_many_remove_at_once() {
    let (world, _) = confidential().await;
    add(&world, None).await.unwrap();
    let world = Arc::new(world);
    let calls = ids(&world).await.into_iter().map(|id| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { delete(&world, &id).await })
    });

    join_all(calls).await;

    let left = ids(&world).await;
    assert_eq!(left.len(), 1);
    assert_eq!(delete(&world, &left[0]).await.unwrap_err(), Error::InvalidParameter(Invalid::LastClientSecret));
}

#[tokio::test]
async fn a_public_client_gets_no_secret_later() {
    let world = world().await;

    assert_eq!(add(&world, None).await.unwrap_err(), Error::InvalidParameter(Invalid::PublicClient));
    assert_eq!(ids(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_that_is_brought_along_counts_and_is_not_shown_again() {
    let (world, _) = confidential().await;
    let brought = "Brought_along+0123456789";
    for malformed in ["short", &"a".repeat(65), "with a blank 0123456789 01", "ümlaut-0123456789-0123456"] {
        let refused = add(&world, Some(malformed)).await.unwrap_err();
        assert_eq!(refused, Error::InvalidParameter(Invalid::ClientSecretForm), "{malformed}");
    }

    let (_, made) = add(&world, Some(brought)).await.unwrap();

    assert!(made.is_none());
    assert!(is_accepted(&world, &brought.into()).await);
}

#[tokio::test]
async fn a_client_is_made_with_a_secret_that_is_brought_along_or_with_one_of_ours() {
    let world = world().await;
    let brought = SecretString::from("Brought_along+0123456789");
    let request = |with_secret| CreateClient {
        pool: world.pool.id.clone(),
        settings: world.client.settings.clone(),
        with_secret,
    };

    let made = world.pools.create_user_pool_client_with_secret(request(false), brought.clone()).await.unwrap();
    assert!(made.secret == Some(brought.clone()));
    let both = world.pools.create_user_pool_client_with_secret(request(true), brought).await.unwrap_err();
    assert_eq!(both, Error::InvalidParameter(Invalid::ClientSecretTwice));
}

#[tokio::test]
async fn a_secret_of_another_client_is_not_there() {
    let (world, _) = confidential().await;
    add(&world, None).await.unwrap();
    let other =
        CreateClient { pool: world.pool.id.clone(), settings: world.client.settings.clone(), with_secret: true };
    let other = world.pools.create_user_pool_client(other).await.unwrap().client;

    let refused = delete(&world, &other.secrets[0].id).await.unwrap_err();

    assert_eq!(refused, Error::NotFound(Kind::ClientSecret));
    assert_eq!(ids(&world).await.len(), 2);
}

#[tokio::test]
async fn new_settings_leave_the_secrets_as_they_are() {
    let (world, first) = confidential().await;
    add(&world, None).await.unwrap();

    let settings = world.client.settings.clone();
    world.pools.update_user_pool_client(&world.pool.id, &world.client.id, settings).await.unwrap();

    assert_eq!(ids(&world).await.len(), 2);
    assert!(is_accepted(&world, &first).await);
}
