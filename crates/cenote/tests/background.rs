//! What the facade has done in the background.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use async_trait::async_trait;
use cenote::kernel::sealing::MasterKey;
use cenote::memory::MemoryStore;
use cenote::prelude::*;
use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::user::User;
use cenote::userpool::ops::users::{AdminCreateUser, Invitation};
use cenote::userpool::ports::{Background, Job, Routine};

/// Takes jobs and dies before it does anything.
struct Dying;

#[async_trait]
impl Background for Dying {
    async fn start(&self, _: Job) {}

    async fn repeat(&self, _: Routine) {}
}

fn over(store: &Arc<MemoryStore>) -> cenote::Builder {
    Cenote::builder().store(Arc::clone(store) as Arc<dyn cenote::documents::DocumentStore>, MasterKey::new([7; 32]))
}

/// A pool with a group whose only member is Ada.
async fn pool_with_group(cenote: &Cenote) -> UserPoolId {
    let pool = cenote.ensure_user_pool("people", |_| {}).await.unwrap().id;
    let users = cenote.user_pools();
    let mut ada = AdminCreateUser::new(pool.clone(), "ada");
    ada.invitation = Invitation::Suppress;
    users.admin_create_user(ada).await.unwrap();
    users.create_group(GroupSpec::new(pool.clone(), "staff".parse().unwrap())).await.unwrap();
    users.admin_add_user_to_group(&pool, "ada", &"staff".parse().unwrap()).await.unwrap();
    pool
}

async fn ada(cenote: &Cenote, pool: &UserPoolId) -> User {
    cenote.user_pools().admin_get_user(pool, "ada").await.unwrap()
}

/// Lets tasks run until Ada is in no group any more.
async fn until_she_is_out(cenote: &Cenote, pool: &UserPoolId) {
    for _ in 0..1000 {
        if ada(cenote, pool).await.memberships.is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody finished the deletion");
}

#[tokio::test]
async fn a_deletion_is_finished_in_the_background_if_nothing_is_said() {
    let cenote = Cenote::in_memory().build().await.unwrap();
    let pool = pool_with_group(&cenote).await;

    cenote.user_pools().delete_group(&pool, &"staff".parse().unwrap()).await.unwrap();

    until_she_is_out(&cenote, &pool).await;
}

#[tokio::test]
async fn what_a_process_left_behind_is_finished_when_the_next_one_starts() {
    let store = Arc::new(MemoryStore::new());
    let first = over(&store).background(Arc::new(Dying)).build().await.unwrap();
    let pool = pool_with_group(&first).await;
    first.user_pools().delete_group(&pool, &"staff".parse().unwrap()).await.unwrap();
    tokio::task::yield_now().await;
    assert!(!ada(&first, &pool).await.memberships.is_empty());

    let next = over(&store).build().await.unwrap();

    until_she_is_out(&next, &pool).await;
}

#[tokio::test]
async fn the_background_holds_nobody_who_has_gone() {
    let cenote = Cenote::in_memory().build().await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let users = Arc::downgrade(cenote.user_pools());

    drop(cenote);

    assert!(users.upgrade().is_none());
}
