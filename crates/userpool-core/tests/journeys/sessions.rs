//! Sign-ins last, are refreshed, and end.

use identity_kernel::secret::SecretString;
use userpool_core::model::client::Rotation;
use userpool_core::ops::sign_in::{AuthOutcome, SignInFlow};
use userpool_core::ops::tokens::RevokeToken;
use userpool_core::{Error, Refusal};

use crate::world::{PASSWORD, world, world_with};

#[tokio::test]
async fn line_78_signing_out_everywhere_and_disabling_end_refresh_and_access_tokens() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    world.pools.get_user(&tokens.access_token).await.unwrap();

    world.pools.global_sign_out(&tokens.access_token).await.unwrap();
    let dead = world.pools.get_user(&tokens.access_token).await;
    assert!(matches!(dead, Err(Error::NotAuthorized(Refusal::AccessTokenRevoked))), "{dead:?}");
    let refresh = SignInFlow::RefreshToken { token: tokens.refresh_token.unwrap() };
    assert!(matches!(world.begin(refresh).await, Err(Error::NotAuthorized(Refusal::RefreshTokenRevoked))));

    let tokens = world.tokens("ada").await;
    world.pools.admin_disable_user(&world.pool.id, "ada").await.unwrap();
    assert!(matches!(
        world.pools.get_user(&tokens.access_token).await,
        Err(Error::NotAuthorized(Refusal::UserDisabled))
    ));
    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::NotAuthorized(Refusal::UserDisabled))));
    world.pools.admin_enable_user(&world.pool.id, "ada").await.unwrap();
    assert!(world.pools.get_user(&tokens.access_token).await.is_err());
    world.tokens("ada").await;
}

#[tokio::test]
async fn revoking_one_sign_in_leaves_the_others() {
    let world = world().await;
    world.user("ada").await;
    let (one, two) = (world.tokens("ada").await, world.tokens("ada").await);
    let revoke = |token: SecretString| RevokeToken { client: world.client.id.clone(), client_secret: None, token };

    world.pools.revoke_token(revoke(one.refresh_token.unwrap())).await.unwrap();

    assert!(world.pools.get_user(&one.access_token).await.is_err());
    assert!(world.pools.get_user(&two.access_token).await.is_ok());
    assert!(matches!(world.pools.revoke_token(revoke(two.access_token)).await, Err(Error::UnsupportedTokenType)));
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_of_the_same_sign_in_until_its_end() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let refresh = tokens.refresh_token.unwrap();
    world.clock.advance_seconds(3600);
    assert!(matches!(
        world.pools.get_user(&tokens.access_token).await,
        Err(Error::NotAuthorized(Refusal::AccessTokenExpired))
    ));

    let again = world.begin(SignInFlow::RefreshToken { token: refresh.clone() }).await.unwrap();
    let AuthOutcome::Tokens(again) = again else { panic!() };
    assert!(again.refresh_token.is_none());
    assert!(world.pools.get_user(&again.access_token).await.is_ok());

    world.clock.advance_seconds(30 * 86400);
    let late = world.begin(SignInFlow::RefreshToken { token: refresh }).await;
    assert!(matches!(late, Err(Error::NotAuthorized(Refusal::RefreshTokenExpired))), "{late:?}");
}

#[tokio::test]
async fn line_25_a_rotated_token_that_comes_back_ends_the_session() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 10 })).await;
    world.user("ada").await;
    let first = world.tokens("ada").await.refresh_token.unwrap();

    let second = world.refresh(&first).await.unwrap().refresh_token.unwrap();
    assert!(world.refresh(&first).await.is_ok(), "within the grace");
    world.clock.advance_seconds(10);
    assert!(matches!(world.refresh(&first).await, Err(Error::RefreshTokenReuse)));
    assert!(world.refresh(&second).await.is_err());
}

#[tokio::test]
async fn sessions_that_ended_hours_ago_are_swept() {
    let world = world().await;
    world.user("ada").await;
    let old = world.tokens("ada").await.refresh_token.unwrap();
    let refresh = || world.begin(SignInFlow::RefreshToken { token: old.clone() });
    world.clock.advance_seconds(30 * 86400 + 7200);
    world.pools.maintain().await.unwrap();
    assert!(matches!(refresh().await, Err(Error::NotAuthorized(Refusal::RefreshTokenExpired))));

    world.clock.advance_seconds(1);
    world.pools.maintain().await.unwrap();

    let refused = refresh().await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::RefreshTokenInvalid))), "{refused:?}");
}

#[tokio::test]
async fn a_forged_token_of_a_session_is_refused_and_ends_nothing() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 10 })).await;
    world.user("ada").await;
    let first = world.tokens("ada").await.refresh_token.unwrap();
    let second = world.refresh(&first).await.unwrap().refresh_token.unwrap();
    let mut forged = second.expose().to_owned();
    let at = forged.len() - 2;
    let other = if forged.as_bytes()[at] == b'A' { "E" } else { "A" };
    forged.replace_range(at..=at, other);
    let forged = SecretString::from(forged);

    let refused = world.refresh(&forged).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::RefreshTokenInvalid))), "{refused:?}");
    let revoke = RevokeToken { client: world.client.id.clone(), client_secret: None, token: forged };
    world.pools.revoke_token(revoke).await.unwrap();
    assert!(world.refresh(&second).await.is_ok());
}

#[tokio::test]
async fn without_grace_the_token_before_is_reused_at_once() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 0 })).await;
    world.user("ada").await;
    let first = world.tokens("ada").await.refresh_token.unwrap();
    world.refresh(&first).await.unwrap();

    assert!(matches!(world.refresh(&first).await, Err(Error::RefreshTokenReuse)));
}

#[tokio::test]
async fn a_sign_in_counts_for_others_until_it_ends() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let session = jwt_tokens::Verifier::unverified_claim(tokens.id_token.expose(), "origin_jti").unwrap();
    let counts = async || world.pools.session_counts(&world.pool.id, &session).await.unwrap();

    assert!(counts().await);
    assert!(!world.pools.session_counts(&world.pool.id, "another").await.unwrap());
    world.pools.admin_disable_user(&world.pool.id, "ada").await.unwrap();
    assert!(!counts().await);
    world.pools.admin_enable_user(&world.pool.id, "ada").await.unwrap();
    assert!(!counts().await, "line 78: what was ended stays so");
}
