//! Pools and clients that are opened by name.

use tokio::task::JoinSet;
use userpool_core::model::client::AllowedFlow;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;

use crate::world::{service, world};

#[tokio::test]
async fn a_pool_and_a_client_ensured_again_after_a_restart_are_the_same() {
    let w = world().await;
    let pool = w.pools.ensure_user_pool(CreateUserPool::named("people", &w.pools)).await.unwrap();
    let client = |name: &str| CreateClient {
        pool: pool.id.clone(),
        settings: w.pools.default_client_settings(name),
        with_secret: true,
    };
    let made = w.pools.ensure_client(client("shop")).await.unwrap();

    let restarted = service(&w.clock, &w.outbox, &w.store);
    let mut asked = CreateUserPool::named("people", &restarted);
    asked.settings.admin_create_only = true;
    let found = restarted.ensure_user_pool(asked).await.unwrap();
    let again = restarted.ensure_client(client("shop")).await.unwrap();

    assert_eq!(found, pool, "what is there stays as it is");
    assert_eq!((again.client, again.secret), (made.client.clone(), made.secret));
    assert_ne!(restarted.ensure_client(client("admin")).await.unwrap().client.id, made.client.id);
    assert_ne!(restarted.ensure_user_pool(CreateUserPool::named("staff", &restarted)).await.unwrap().id, pool.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_starts_at_once_that_ensure_a_pool_all_get_the_same() {
    let w = world().await;
    let mut starts = JoinSet::new();
    for _ in 0..16 {
        let pools = service(&w.clock, &w.outbox, &w.store);
        starts.spawn(async move {
            let pool = pools.ensure_user_pool(CreateUserPool::named("people", &pools)).await.unwrap();
            let settings = pools.default_client_settings("app");
            let client = CreateClient { pool: pool.id.clone(), settings, with_secret: false };
            (pool, pools.ensure_client(client).await.unwrap().client)
        });
    }

    let found = starts.join_all().await;

    assert!(found.iter().all(|(pool, client)| (&pool.id, &client.id) == (&found[0].0.id, &found[0].1.id)));
}

#[tokio::test]
async fn allowing_one_more_flow_keeps_those_that_were_allowed() {
    let w = world().await;
    let mut settings = w.pools.default_client_settings("app");

    settings.allow(AllowedFlow::UserPassword);

    let client = CreateClient { pool: w.pool.id.clone(), settings, with_secret: false };
    let client = w.pools.create_user_pool_client(client).await.unwrap().client;
    assert!(client.allows(AllowedFlow::UserPassword) && client.allows(AllowedFlow::RefreshToken));
    assert!(!client.allows(AllowedFlow::AdminUserPassword));
}
