//! Line 116: an operator declares void what began in some span of time.

use identity_kernel::time::Clock as _;
use userpool_core::model::client::Rotation;
use userpool_core::ops::sign_in::{Answer, AuthOutcome};
use userpool_core::{Error, Refusal};

use crate::world::{PASSWORD, World, attributes, world_with};

async fn with_rotation() -> World {
    world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 0 })).await
}

#[tokio::test]
async fn line_116_sign_ins_since_then_end_and_those_before_and_after_go_on() {
    let world = with_rotation().await;
    world.user("ada").await;
    let older = world.tokens("ada").await;
    world.clock.advance_seconds(10);
    let since = world.clock.now();
    let caught = world.tokens("ada").await;

    world.pools.invalidate_since(since).await.unwrap();
    let newer = world.tokens("ada").await;

    let caught_refresh = caught.refresh_token.unwrap();
    let refused = world.refresh(&caught_refresh).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::RefreshTokenRevoked))), "{refused:?}");
    let refused = world.pools.get_user(&caught.access_token).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::AccessTokenRevoked))), "{refused:?}");
    for tokens in [older, newer] {
        assert!(world.pools.get_user(&tokens.access_token).await.is_ok());
        assert!(world.refresh(&tokens.refresh_token.unwrap()).await.is_ok());
    }
    let session = |token: &identity_kernel::secret::SecretString| {
        jwt_tokens::Verifier::unverified_claim(token.expose(), "origin_jti").unwrap()
    };
    assert!(!world.pools.session_counts(&world.pool.id, &session(&caught.id_token)).await.unwrap());
}

#[tokio::test]
async fn line_116_codes_and_challenges_since_then_end() {
    let world = world_with(|_, client| client.settings.prevent_user_existence_errors = false).await;
    let since = world.clock.now();
    world.user("ada").await;
    world.sign_up("eve").await.unwrap();
    let code = world.outbox.code_for("eve").unwrap();
    let (name, proof) = world.srp("ada", PASSWORD).await.unwrap();
    let temporary = world.invite("tim").await;
    let challenge = world.password("tim", &temporary).await.unwrap();
    let AuthOutcome::NewPasswordRequired(challenge) = challenge else { panic!("{challenge:?}") };

    assert_eq!(world.pools.invalidate_since(since).await.unwrap(), 1);

    assert!(matches!(world.confirm("eve", &code).await, Err(Error::ExpiredCode)));
    assert!(matches!(world.answer(&name, proof).await, Err(Error::NotAuthorized(_))));
    let answer =
        Answer::NewPassword { session: challenge.session, password: PASSWORD.into(), attributes: attributes(&[]) };
    assert!(matches!(world.answer("tim", answer).await, Err(Error::NotAuthorized(_))));

    world.resend("eve").await;
    world.confirm("eve", &world.outbox.code_for("eve").unwrap()).await.unwrap();
    world.tokens("ada").await;
}
