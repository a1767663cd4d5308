//! Pools and their keys.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::pool::UserPool;
use userpool_core::storage::{KeyWrite, PoolWrite};

use super::fixtures::{key, other_pool, pool, pool_id, read_pool};
use crate::macros::{commit, walk};
use crate::refused;

/// As it was written, once, and not under another id.
pub async fn a_pool_is_added_once(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool("us-east-1_Conform1") }).unwrap();
    assert_eq!(read_pool(storage).await.record, pool("us-east-1_Conform1"));
    assert!(storage.pools().get(&other_pool()).await.unwrap().is_none());
    let again = UserPool { name: "again".to_owned(), ..pool("us-east-1_Conform1") };
    assert_eq!(refused(commit!(storage, PoolWrite::Insert { pool: again })), (AlreadyExists, Some(0)));
    assert_eq!(read_pool(storage).await.name, "people");
}

/// A change or removal of what has changed since is refused, and whatever leans on it.
pub async fn a_pool_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool("us-east-1_Conform1") }).unwrap();
    let before = read_pool(storage).await;
    let update = |name: &str| {
        let after = UserPool { name: name.to_owned(), ..before.record.clone() };
        PoolWrite::Update { before: before.clone(), after }
    };
    commit!(storage, PoolWrite::Expect { before: before.clone() }).unwrap();
    commit!(storage, update("new")).unwrap();
    assert_eq!(read_pool(storage).await.name, "new");
    assert_eq!(refused(commit!(storage, update("newer"))).0, Conflict);
    assert_eq!(refused(commit!(storage, PoolWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(refused(commit!(storage, PoolWrite::Expect { before })).0, Conflict);
    assert_eq!(read_pool(storage).await.name, "new");
    commit!(storage, PoolWrite::Delete { before: read_pool(storage).await }).unwrap();
    assert!(storage.pools().get(&pool_id()).await.unwrap().is_none());
}

/// By id, whatever the size of the page.
pub async fn pools_come_in_pages(storage: &dyn UserPoolStorage) {
    let ids = ["us-east-1_a", "us-east-1_B", "us-east-1_b", "eu-west-1_a", "us-east-1_a1"];
    for id in ids {
        commit!(storage, PoolWrite::Insert { pool: pool(id) }).unwrap();
    }
    let found = walk!(|page| storage.pools().list(&page));
    let found: Vec<String> = found.into_iter().map(|pool| pool.record.id.to_string()).collect();
    assert_eq!(found, ["eu-west-1_a", "us-east-1_B", "us-east-1_a", "us-east-1_a1", "us-east-1_b"]);
}

/// All of them, however many; replaced by name; one that was removed signs nothing any more.
pub async fn keys_are_put_and_removed(storage: &dyn UserPoolStorage) {
    let put = |number: u32, byte| KeyWrite::Put { pool: pool_id(), key: key(&format!("key-{number:04}"), byte) };
    for number in 0..120 {
        commit!(storage, put(number, 1)).unwrap();
    }
    commit!(storage, put(7, 2)).unwrap();
    let remove = |kid: &str| KeyWrite::Remove { pool: pool_id(), kid: kid.to_owned() };
    commit!(storage, remove("key-0003"), remove("key-none")).unwrap();

    let mut keys = storage.pools().keys(&pool_id()).await.unwrap();
    keys.sort_by(|one, other| one.kid.cmp(&other.kid));
    assert_eq!(keys.len(), 119);
    assert!(keys.iter().all(|key| key.kid != "key-0003"));
    assert_eq!(keys[6], key("key-0007", 2));
    assert!(storage.pools().keys(&other_pool()).await.unwrap().is_empty());
}
