//! What was answered stays, and what cannot be written is told.
#![allow(clippy::unwrap_used, reason = "tests")]

use identity_kernel::documents::{Change, DocumentStore, Key};
use identity_kernel::storage::StorageErrorKind;
use storage_sqlite::SqliteStore;

fn key(name: &str) -> Key {
    Key::new(&["pool", name])
}

#[tokio::test]
async fn a_reopened_file_has_everything_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    for round in 0..3 {
        let store = SqliteStore::open(&path).unwrap();
        store.commit(vec![(key(&format!("{round}")), Change::Insert(b"x".to_vec()))]).await.unwrap();
    }

    let store = SqliteStore::open(&path).unwrap();

    assert_eq!(store.scan(&Key::new(&["pool"]), None, 10).await.unwrap().len(), 3);
}

#[tokio::test]
async fn two_stores_on_one_file_see_each_others_writes_and_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    let (one, two) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());

    one.commit(vec![(key("a"), Change::Insert(b"x".to_vec()))]).await.unwrap();
    let refused = two.commit(vec![(key("a"), Change::Insert(b"y".to_vec()))]).await.unwrap_err();

    assert_eq!(refused.kind(), StorageErrorKind::AlreadyExists);
    assert_eq!(two.get(&key("a")).await.unwrap().unwrap().body, b"x");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    std::fs::write(&path, "this is a text, and long enough to be looked at as a header").unwrap();

    assert_eq!(SqliteStore::open(&path).unwrap_err().kind(), StorageErrorKind::Unavailable);
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    let _store = SqliteStore::open(&path).unwrap();

    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
