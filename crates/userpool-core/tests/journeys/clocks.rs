//! Line 115: clocks of nodes differ, and are set.

use std::sync::Arc;

use identity_kernel::time::{Clock as _, ManualClock};
use userpool_core::model::client::Rotation;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::sign_in::AuthOutcome;
use userpool_core::{Error, Refusal};

use crate::world::{PASSWORD, World, service, world, world_with};

/// An hour forward, or back.
const STEPS: [i64; 2] = [3600, -3600];

fn rotating(_: &mut CreateUserPool, client: &mut CreateClient) {
    client.settings.rotation = Some(Rotation { grace_seconds: 30 });
}

impl World {
    /// Another node over the same storage, whose clock differs by so many seconds.
    fn node(&self, seconds: i64) -> World {
        let clock = Arc::new(ManualClock::at(self.clock.now().plus_seconds(seconds)));
        World {
            pools: service(&clock, &self.outbox, &self.store),
            clock,
            outbox: Arc::clone(&self.outbox),
            store: Arc::clone(&self.store),
            pool: self.pool.clone(),
            client: self.client.clone(),
        }
    }
}

#[tokio::test]
async fn line_115_nodes_whose_clocks_differ_by_30_seconds_serve_the_same_journey() {
    for seconds in [30, -30] {
        let here = world_with(rotating).await;
        let there = here.node(seconds);

        here.sign_up("ada").await.unwrap();
        there.confirm("ada", &there.outbox.code_for("ada").unwrap()).await.unwrap();
        assert!(here.password("ada", "Wr0ng!horse").await.is_err());
        let tokens = there.tokens("ada").await;
        here.pools.get_user(&tokens.access_token).await.unwrap();
        let (name, answer) = here.srp("ada", PASSWORD).await.unwrap();
        assert!(matches!(there.answer(&name, answer.clone()).await, Ok(AuthOutcome::Tokens(_))), "{seconds}");
        assert!(here.answer(&name, answer).await.is_err(), "spent at the other node");
        let mut token = tokens.refresh_token.unwrap();
        for node in [&here, &there, &here] {
            token = node.refresh(&token).await.unwrap().refresh_token.unwrap();
        }
    }
}

#[tokio::test]
async fn line_115_a_step_of_the_clock_refuses_no_sign_in() {
    for step in STEPS {
        let world = world().await;
        world.user("ada").await;
        for _ in 0..6 {
            assert!(world.password("ada", "Wr0ng!horse").await.is_err());
        }
        world.clock.advance_seconds(step);

        world.tokens("ada").await;
        let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
        assert!(matches!(world.answer(&name, answer).await, Ok(AuthOutcome::Tokens(_))), "{step}");
    }
}

#[tokio::test]
async fn line_115_what_was_spent_stays_spent_when_the_clock_is_set_and_set_back() {
    for step in STEPS {
        let world = world().await;
        world.sign_up("ada").await.unwrap();
        let code = world.outbox.code_for("ada").unwrap();
        world.confirm("ada", &code).await.unwrap();
        let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
        world.answer(&name, answer.clone()).await.unwrap();

        world.clock.advance_seconds(step);
        for _ in 0..3 {
            // What has ended is forgotten as others sign in.
            let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
            world.answer(&name, answer).await.unwrap();
        }
        world.clock.advance_seconds(-step);

        let again = world.answer(&name, answer).await;
        assert!(matches!(again, Err(Error::NotAuthorized(Refusal::WrongCredentials))), "{step}: {again:?}");
        assert!(world.confirm("ada", &code).await.is_err(), "{step}");
    }
}

#[tokio::test]
async fn line_115_a_rotated_token_does_not_come_back_into_its_grace_when_the_clock_is_set_back() {
    let world = world_with(rotating).await;
    world.user("ada").await;
    let first = world.tokens("ada").await.refresh_token.unwrap();
    world.refresh(&first).await.unwrap();
    world.clock.advance_seconds(31);

    world.clock.advance_seconds(-3600);

    assert!(matches!(world.refresh(&first).await, Err(Error::RefreshTokenReuse)));
}
