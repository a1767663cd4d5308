//! App clients.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::client::AppClient;
use userpool_core::model::pool::UserPool;
use userpool_core::storage::{ClientWrite, PoolWrite};

use super::fixtures::{client, other_pool, pool, pool_id, pool_of, read_pool};
use crate::macros::{commit, walk};
use crate::refused;

/// A client's id alone leads to it and to its pool, as they are now; the id is taken once in all pools, and free again when
/// the client has gone.
pub async fn a_client_leads_to_its_pool(storage: &dyn UserPoolStorage) {
    for id in [pool_id(), other_pool()] {
        commit!(storage, PoolWrite::Insert { pool: pool(id.as_str()) }).unwrap();
    }
    let client = client("client1");
    assert_eq!(pool_of(storage, &client.id).await, None);
    commit!(storage, ClientWrite::Insert { client: client.clone() }).unwrap();
    assert_eq!(pool_of(storage, &client.id).await, Some((client.clone(), pool(pool_id().as_str()))));
    let elsewhere = AppClient { pool: other_pool(), ..client.clone() };
    for again in [client.clone(), elsewhere.clone()] {
        assert_eq!(refused(commit!(storage, ClientWrite::Insert { client: again })).0, AlreadyExists);
    }
    assert_eq!(pool_of(storage, &client.id).await, Some((client.clone(), pool(pool_id().as_str()))));
    assert!(storage.clients().get(&other_pool(), &client.id).await.unwrap().is_none());

    let before = storage.clients().get(&pool_id(), &client.id).await.unwrap().unwrap();
    assert_eq!(before.record, client);
    commit!(storage, ClientWrite::Delete { before }).unwrap();
    assert_eq!(pool_of(storage, &client.id).await, None);
    assert!(storage.clients().get(&pool_id(), &client.id).await.unwrap().is_none());
    commit!(storage, ClientWrite::Insert { client: elsewhere.clone() }).unwrap();
    assert_eq!(pool_of(storage, &client.id).await, Some((elsewhere, pool(other_pool().as_str()))));
}

/// What leads to a client and its pool gives both at the versions that changes must name.
pub async fn a_client_and_its_pool_are_read_at_their_versions(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();
    let before = read_pool(storage).await;
    let after = UserPool { name: "new".to_owned(), ..before.record.clone() };
    commit!(storage, PoolWrite::Update { before, after }).unwrap();

    let (client, pool) = storage.clients().with_pool(&"client1".parse().unwrap()).await.unwrap().unwrap();

    assert_eq!(pool.name, "new");
    let after = AppClient { secrets: Vec::new(), ..client.record.clone() };
    let again = pool.record.clone();
    commit!(storage, ClientWrite::Update { before: client, after }, PoolWrite::Update { before: pool, after: again })
        .unwrap();
}

/// A change or removal of what has changed since is refused.
pub async fn a_client_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();
    let read = || async { storage.clients().get(&pool_id(), &"client1".parse().unwrap()).await.unwrap() };
    let before = read().await.unwrap();
    let update = |secrets| {
        let after = AppClient { secrets, ..before.record.clone() };
        ClientWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update(Vec::new())).unwrap();
    assert_eq!(read().await.unwrap().secrets, Vec::new());
    assert_eq!(refused(commit!(storage, update(before.secrets.clone()))).0, Conflict);
    assert_eq!(refused(commit!(storage, ClientWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(read().await.unwrap().secrets, Vec::new());
}

/// By id, of this pool alone.
pub async fn clients_come_in_pages(storage: &dyn UserPoolStorage) {
    for id in ["c", "a", "B", "aa", "b"] {
        commit!(storage, ClientWrite::Insert { client: client(id) }).unwrap();
    }
    let elsewhere = AppClient { pool: other_pool(), ..client("x") };
    commit!(storage, ClientWrite::Insert { client: elsewhere }).unwrap();
    let found = walk!(|page| storage.clients().list(&pool_id(), &page));
    let found: Vec<String> = found.into_iter().map(|client| client.record.id.to_string()).collect();
    assert_eq!(found, ["B", "a", "aa", "b", "c"]);
}
