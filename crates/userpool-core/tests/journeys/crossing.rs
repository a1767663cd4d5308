//! Calls that cross at one counter: each is counted, and none is refused for having been slower.

use std::sync::Arc;

use futures::future::join_all;
use storage_conformance::Yielding;
use userpool_core::ops::required::Requirement;
use userpool_core::{DocumentUserPools, Error, Refusal, UserPoolStorage};

use crate::factors::wrong;
use crate::imports::over;
use crate::world::{PASSWORD, World, world};

/// Ada, over a store in which calls overlap.
async fn crossing() -> World {
    let mut world = world().await;
    world.user("ada").await;
    world.pools = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    world
}

#[tokio::test]
async fn line_42_wrong_passwords_at_once_are_all_counted_and_answered_alike() {
    let world = crossing().await;

    let outcomes = join_all((0..3).map(|_| world.password("ada", "not the password"))).await;

    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err(), Error::NotAuthorized(Refusal::WrongCredentials));
    }
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let ada = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap();
    let counted = storage.attempts().get(&world.pool.id, ada.sub.as_str()).await.unwrap().unwrap();
    assert_eq!((counted.count, counted.in_a_row), (3, 3));
}

#[tokio::test]
async fn line_43_wrong_codes_at_once_are_all_counted_and_answered_alike() {
    let world = crossing().await;
    world.forgot("ada").await.unwrap();
    let code = world.outbox.to("ada").pop().unwrap().code;
    let (code, wrong) = (code.expose(), wrong(&code));
    let wrong = wrong.expose();

    let outcomes = join_all((0..4).map(|_| world.reset("ada", wrong, PASSWORD))).await;

    assert!(outcomes.iter().all(|outcome| *outcome == Err(Error::CodeMismatch)), "{outcomes:?}");
    assert_eq!(world.reset("ada", wrong, PASSWORD).await, Err(Error::CodeMismatch), "the fifth");
    let sixth = world.reset("ada", code, PASSWORD).await;
    assert!(matches!(sixth, Err(Error::LimitExceeded { .. })), "{sixth:?}");
}

#[tokio::test]
async fn line_64_messages_at_once_are_all_counted_and_sent_within_their_limits() {
    let world = crossing().await;
    let before = world.outbox.to("ada").len();

    let outcomes = join_all((0..2).map(|_| world.forgot("ada"))).await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.outbox.to("ada").len(), before + 2);
    assert!(matches!(world.forgot("ada").await, Err(Error::LimitExceeded { .. })), "both were counted");
}

#[tokio::test]
async fn requirements_that_are_set_at_once_all_hold() {
    let world = crossing().await;
    let require = async |name: &str| {
        let changes = [(name.to_owned(), Requirement::Required)].into();
        world.pools.set_required_attributes(&world.pool.id, &changes).await
    };

    let outcomes = join_all(["name", "nickname", "email"].map(require)).await;

    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let pool = world.pools.describe_user_pool(&world.pool.id).await.unwrap();
    for name in ["name", "nickname", "email"] {
        assert!(pool.attribute(name).unwrap().required, "{name}");
    }
}
