//! Line 60: a challenge is for one user, one client, one password and a few minutes.

use identity_kernel::secret::SecretString;
use userpool_core::model::attributes::Attributes;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, NewPasswordRequired, RespondToChallenge};
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::{Error, Refusal};

use crate::world::{PASSWORD, World, world};

impl World {
    /// The challenge of somebody who was invited.
    async fn challenge(&self, name: &str) -> NewPasswordRequired {
        let temporary = self.invite(name).await;
        match self.password(name, &temporary).await.unwrap() {
            AuthOutcome::NewPasswordRequired(challenge) => challenge,
            other => panic!("{other:?}"),
        }
    }
}

fn choose(session: &SecretString) -> Answer {
    Answer::NewPassword { session: session.clone(), password: PASSWORD.into(), attributes: Attributes::new() }
}

#[tokio::test]
async fn line_60_a_challenge_shows_what_the_client_may_read_and_what_is_missing() {
    let challenge = world().await.challenge("karl").await;

    assert_eq!(challenge.username, "karl");
    assert_eq!(challenge.attributes.get("email").map(String::as_str), Some("karl@example.com"));
    assert!(!challenge.attributes.contains_key("sub"));
    assert!(challenge.required.is_empty());
}

#[tokio::test]
async fn line_60_another_users_or_clients_answer_is_refused() {
    let world = world().await;
    let (karl, _mona) = (world.challenge("karl").await.session, world.challenge("mona").await);
    let settings = world.pools.default_client_settings("other");
    let request = CreateClient { pool: world.pool.id.clone(), settings, with_secret: false };
    let other = world.pools.create_user_pool_client(request).await.unwrap().client.id;

    let refused = world.answer("mona", choose(&karl)).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::SessionInvalid))), "{refused:?}");
    let answer = RespondToChallenge {
        client: other,
        caller: Caller::Public,
        secret_hash: None,
        username: "karl".to_owned(),
        answer: choose(&karl),
    };
    let refused = world.pools.respond_to_auth_challenge(answer).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::SessionInvalid))), "{refused:?}");
    assert!(matches!(world.answer("karl", choose(&karl)).await, Ok(AuthOutcome::Tokens(_))));
}

#[tokio::test]
async fn line_60_a_challenge_ends_when_another_password_is_set_or_the_user_is_disabled() {
    for lifetime in [PasswordLifetime::Temporary, PasswordLifetime::Permanent] {
        let world = world().await;
        let session = world.challenge("karl").await.session;
        let other = SecretString::from("An0ther!pass-phrase");
        world.pools.admin_set_user_password(&world.pool.id, "karl", &other, lifetime).await.unwrap();
        assert!(matches!(world.answer("karl", choose(&session)).await, Err(Error::NotAuthorized(_))));
    }

    let world = world().await;
    let session = world.challenge("karl").await.session;
    world.pools.admin_disable_user(&world.pool.id, "karl").await.unwrap();
    let refused = world.answer("karl", choose(&session)).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::UserDisabled))), "{refused:?}");
}

#[tokio::test]
async fn line_60_a_challenge_lives_three_minutes() {
    for (seconds, alive) in [(179, true), (180, false)] {
        let world = world().await;
        let session = world.challenge("karl").await.session;
        world.clock.advance_seconds(seconds);
        assert_eq!(world.answer("karl", choose(&session)).await.is_ok(), alive, "{seconds}");
    }
}
