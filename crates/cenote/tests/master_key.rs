//! The master key is told apart from others, and can be replaced.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use cenote::documents::DocumentStore;
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::sealing::MasterKey;
use cenote::prelude::*;
use cenote::{BuildError, rotate_master_key};
use storage_memory::MemoryStore;

async fn open(store: &Arc<dyn DocumentStore>, key: u8) -> Result<Cenote, BuildError> {
    Cenote::builder().store(Arc::clone(store), MasterKey::new([key; 32])).build().await
}

#[tokio::test]
async fn a_store_opens_under_its_own_master_key_alone_and_under_the_new_one_after_a_rotation() {
    let store: Arc<dyn DocumentStore> = Arc::new(MemoryStore::new());
    let before = open(&store, 1).await.unwrap();
    let users = before.user_pools();
    let pool = users.create_user_pool(CreateUserPool::named("p", users)).await.unwrap().id;

    assert!(matches!(open(&store, 2).await, Err(BuildError::WrongMasterKey)));
    let (old, new) = (MasterKey::new([1; 32]), MasterKey::new([2; 32]));
    rotate_master_key(store.as_ref(), &old, &new, &SystemEntropy::new()).await.unwrap();

    assert!(matches!(open(&store, 1).await, Err(BuildError::WrongMasterKey)));
    let after = open(&store, 2).await.unwrap();
    let published = after.user_pools().key_set(&pool).await.unwrap().keys;
    assert_eq!(published, users.key_set(&pool).await.unwrap().keys, "a node that runs goes on");
}

#[tokio::test]
async fn a_cleared_store_opens_again() {
    let store: Arc<dyn DocumentStore> = Arc::new(MemoryStore::new());
    let before = open(&store, 1).await.unwrap();
    before.clear().await.unwrap();
    let users = before.user_pools();
    let pool = users.create_user_pool(CreateUserPool::named("p", users)).await.unwrap().id;

    assert!(open(&store, 1).await.unwrap().user_pools().key_set(&pool).await.is_ok());
}
