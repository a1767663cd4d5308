//! What stands around a sign-in: sources, hooks, and who hears of it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use userpool_core::ops::sign_in::{Caller, InitiateAuth, SignInFlow};
use userpool_core::ports::{Action, Actor, Event, Events, Outcome};
use userpool_core::{Error, ErrorCode, UserPools};

use crate::world::{PASSWORD, World, parts, world};

impl World {
    fn from(&self, source: [u8; 4]) -> UserPools {
        let source = Some(IpAddr::from(source));
        self.pools.for_request(RequestContext { source, ..RequestContext::default() })
    }

    fn by_password(&self, caller: Caller, name: &str, password: &str) -> InitiateAuth {
        let (username, password) = (name.to_owned(), password.into());
        let flow = match caller {
            Caller::Public => SignInFlow::UserPassword { username, password },
            Caller::Admin(_) => SignInFlow::AdminUserPassword { username, password },
            Caller::Page(_) => SignInFlow::ManagedLogin { username, password },
        };
        InitiateAuth { client: self.client.id.clone(), caller, secret_hash: None, flow }
    }
}

#[tokio::test]
async fn line_44_what_strangers_try_leaves_the_owner_a_route() {
    let world = world().await;
    world.user("ada").await;
    let refresh = world.tokens("ada").await.refresh_token.unwrap();
    for _ in 0..6 {
        world.password("ada", "wrong-pass").await.unwrap_err();
    }
    let locked = world.password("ada", PASSWORD).await.unwrap_err();
    assert_eq!(locked, Error::TooManyAttempts { retry_after_seconds: 1 });

    let admin = world.by_password(Caller::Admin(world.pool.id.clone()), "ada", PASSWORD);
    assert!(world.pools.initiate_auth(admin).await.is_ok());
    assert!(world.begin(SignInFlow::RefreshToken { token: refresh }).await.is_ok());
    assert!(world.password("ada", PASSWORD).await.is_err(), "the public caller is as it was");
}

#[tokio::test]
async fn line_43_guesses_by_the_administrators_door_are_counted_too() {
    let world = world().await;
    world.user("ada").await;
    let admin = |password: &str| world.by_password(Caller::Admin(world.pool.id.clone()), "ada", password);
    for _ in 0..5 {
        world.pools.initiate_auth(admin("wrong-pass")).await.unwrap_err();
    }

    let locked = world.pools.initiate_auth(admin(PASSWORD)).await.unwrap_err();
    assert_eq!(locked, Error::TooManyAttempts { retry_after_seconds: 1 });
}

#[tokio::test]
async fn line_43_a_source_that_tries_many_names_is_slowed_and_others_are_not() {
    let world = world().await;
    world.user("ada").await;
    let flooder = world.from([192, 0, 2, 1]);
    for attempt in 0..50 {
        let guess = world.by_password(Caller::Public, &format!("name-{attempt}"), "wrong-pass");
        assert_eq!(flooder.initiate_auth(guess).await.unwrap_err(), Error::wrong(), "{attempt}");
    }

    let own = || world.by_password(Caller::Public, "ada", PASSWORD);
    assert_eq!(flooder.initiate_auth(own()).await.unwrap_err(), Error::TooManyAttempts { retry_after_seconds: 1 });
    assert!(world.from([192, 0, 2, 2]).initiate_auth(own()).await.is_ok());
    assert!(world.pools.initiate_auth(own()).await.is_ok(), "a caller inside the process has no source");
    world.clock.advance_seconds(1);
    assert!(flooder.initiate_auth(own()).await.is_ok());
}

trait Wrong {
    fn wrong() -> Self;
}

impl Wrong for Error {
    fn wrong() -> Self {
        Self::NotAuthorized(userpool_core::Refusal::WrongCredentials)
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

#[async_trait]
impl Events for Heard {
    async fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[tokio::test]
async fn line_118_each_attempt_is_told_once_with_actor_target_source_and_outcome() {
    let mut world = world().await;
    world.user("ada").await;
    let heard = Arc::new(Heard::default());
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.events = Arc::clone(&heard) as Arc<dyn Events>;
    world.pools = UserPools::new(parts)
        .for_request(RequestContext { source: Some([192, 0, 2, 7].into()), ..RequestContext::default() });

    world.password("ada", "wrong-pass").await.unwrap_err();
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    world.answer(&name, answer).await.unwrap();
    let admin = world.by_password(Caller::Admin(world.pool.id.clone()), "ada", PASSWORD);
    world.pools.initiate_auth(admin).await.unwrap();

    let events = std::mem::take(&mut *heard.0.lock().unwrap());
    let sub = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap().sub;
    assert!(events.iter().all(|event| event.user.as_ref() == Some(&sub) && event.context.source.is_some()));
    let told: Vec<(Action, Actor, bool)> =
        events.iter().map(|event| (event.action, event.actor, event.outcome == Outcome::Success)).collect();
    assert_eq!(
        told,
        [
            (Action::SignIn, Actor::User, false),
            (Action::SignIn, Actor::User, false),
            (Action::AnswerChallenge, Actor::User, true),
            (Action::SignIn, Actor::Administrator, true),
        ]
    );
    assert!(matches!(events[0].outcome, Outcome::Refused(ErrorCode::NotAuthorized, _)));
    assert_eq!(events[1].outcome, Outcome::Challenged("PASSWORD_VERIFIER"));
    assert!(!format!("{events:?}").contains(PASSWORD));
}

#[tokio::test]
async fn line_40_a_right_password_is_hashed_anew_when_the_parameters_have_risen() {
    let mut world = world().await;
    world.user("ada").await;
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    let cost = host_adapters::HashingCost { memory_kib: 128, passes: 1 };
    parts.hasher = Arc::new(host_adapters::Argon2Hasher::new(cost, 1));
    world.pools = UserPools::new(parts);
    let begun = world.srp("ada", PASSWORD).await.unwrap();

    world.password("ada", "wrong-pass").await.unwrap_err();
    assert!(!stored(&world, "m=128").await);
    world.password("ada", PASSWORD).await.unwrap();
    assert!(stored(&world, "m=128").await && !stored(&world, "m=64,").await);
    assert!(world.answer(&begun.0, begun.1).await.is_ok(), "the password is the same");
    world.password("ada", PASSWORD).await.unwrap();
}

/// Whether this stands in any record.
async fn stored(world: &World, text: &str) -> bool {
    let everything = document_store::Range::of(document_store::Key::new(&[]), 1000);
    let all = document_store::DocumentStore::scan(world.store.as_ref(), &everything).await.unwrap();
    all.iter().any(|document| document.body.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn what_is_printed_of_a_user_holds_nothing_of_the_password() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    let user = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    let me = world.pools.authenticate(&tokens.access_token).await.unwrap();

    for printed in [format!("{user:?}"), format!("{me:?}")] {
        assert!(!printed.contains("argon2") && !printed.contains("sealed_verifier"), "{printed}");
    }
}
