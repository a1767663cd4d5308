//! What was answered stays, and what cannot be written is told.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use document_store::error::StorageErrorKind;
use document_store::{Change, DocumentStore, Key, Range};
use storage_sqlite::SqliteStore;

fn key(name: &str) -> Key {
    Key::new(&["test", "pool", name])
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

    assert_eq!(store.scan(&Range::of(Key::new(&["test", "pool"]), 10)).await.unwrap().len(), 3);
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

/// A file as the first version left it, with one document, and that version's connection to it.
fn first_layout(path: &Path) -> rusqlite::Connection {
    let old = rusqlite::Connection::open(path).unwrap();
    old.execute_batch(
        "PRAGMA journal_mode = WAL; \
         CREATE TABLE document (key BLOB PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID; \
         PRAGMA user_version = 1;",
    )
    .unwrap();
    old.execute("INSERT INTO document VALUES (?1, 3, x'78')", [key("a").as_bytes()]).unwrap();
    old
}

#[tokio::test]
async fn line_117_a_file_of_the_first_layout_is_brought_forward_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    drop(first_layout(&path));

    for _ in 0..2 {
        let found = SqliteStore::open(&path).unwrap().get(&key("a")).await.unwrap().unwrap();
        assert_eq!((found.version, found.body), (3, b"x".to_vec()));
    }
}

#[tokio::test]
async fn line_117_a_node_of_the_version_before_goes_on_beside_one_that_brought_the_file_forward() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    let old = first_layout(&path);
    let mut read = old.prepare("SELECT version, body FROM document WHERE key = ?1").unwrap();
    let mut write = old
        .prepare(
            "INSERT INTO document (key, version, body) VALUES (?1, ?2, ?3) \
             ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body",
        )
        .unwrap();
    write.execute((key("b").as_bytes(), 1, b"old")).unwrap();

    let new = SqliteStore::open(&path).unwrap();
    new.commit(vec![(key("a"), Change::Replace(3, b"new".to_vec()))]).await.unwrap();
    write.execute((key("b").as_bytes(), 2, b"older")).unwrap();
    write.execute((key("c").as_bytes(), 1, b"old")).unwrap();

    let read: (u64, Vec<u8>) = read.query_row([key("a").as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(read, (4, b"new".to_vec()));
    assert_eq!(new.get(&key("b")).await.unwrap().unwrap().version, 2);
    assert!(new.get(&key("c")).await.unwrap().is_some());
}

#[tokio::test]
async fn line_114_a_full_disk_refuses_cleanly_and_writing_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cenote.db");
    let store = SqliteStore::open_with_most_pages(&path, 40).unwrap();
    let large =
        |name: &str| vec![(key(name), Change::Insert(vec![7; 100_000])), (key("mark"), Change::Put(Vec::new()))];

    store.commit(large("a")).await.unwrap();
    let full = store.commit(large("b")).await.unwrap_err();
    assert_eq!(full.kind(), StorageErrorKind::Unavailable);
    assert!(store.get(&key("b")).await.unwrap().is_none(), "no partial write");
    assert_eq!(store.get(&key("mark")).await.unwrap().unwrap().version, 1, "no partial write");

    store.commit(vec![(key("a"), Change::Clear)]).await.unwrap();
    store.commit(large("b")).await.unwrap();
}

#[test]
fn line_114_a_folder_that_takes_no_files_is_told() {
    let refused = SqliteStore::open(std::path::Path::new("/proc/cenote.db")).unwrap_err();

    assert_eq!(refused.kind(), StorageErrorKind::Unavailable);
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
