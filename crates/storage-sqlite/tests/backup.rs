//! Line 116: a backup that is taken under load holds one moment, and comes back.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use document_store::{Change, DocumentStore, Key};
use storage_sqlite::{SqliteStore, back_up, restore};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn files(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

async fn put(store: &SqliteStore, name: &str, body: &str) {
    store.commit(vec![(Key::new(&["test", "backup", name]), Change::Put(body.into()))]).await.unwrap();
}

async fn body(path: &Path, name: &str) -> Option<String> {
    let found = SqliteStore::open(path).unwrap().get(&Key::new(&["test", "backup", name])).await.unwrap();
    found.map(|document| String::from_utf8(document.body).unwrap())
}

/// Every batch writes its number under two names: in a copy of one moment both are the same, and not older than what
/// was answered before the copy was begun.
#[tokio::test(flavor = "multi_thread")]
async fn line_116_a_backup_under_load_holds_what_was_answered_and_no_half_of_a_batch() {
    let folder = Folder::new();
    let store = Arc::new(SqliteStore::open(&folder.path("cenote.db")).unwrap());
    let (answered, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = tokio::spawn({
        let (store, answered, done) = (Arc::clone(&store), Arc::clone(&answered), Arc::clone(&done));
        async move {
            for number in 1_u64.. {
                let write = |name| (Key::new(&["test", "backup", name]), Change::Put(number.to_string().into()));
                store.commit(vec![write("left"), write("right")]).await.unwrap();
                answered.store(number, Ordering::SeqCst);
                if done.load(Ordering::SeqCst) {
                    break;
                }
            }
        }
    });

    for round in 0..10 {
        let before = answered.load(Ordering::SeqCst);
        let copy = folder.path(&format!("copy-{round}"));
        back_up(&folder.path("cenote.db"), &copy).unwrap();
        let (left, right) = (body(&copy, "left").await, body(&copy, "right").await);
        assert_eq!(left, right);
        assert!(left.map_or(0, |number| number.parse().unwrap()) >= before);
    }
    done.store(true, Ordering::SeqCst);
    writer.await.unwrap();
}

#[tokio::test]
async fn line_116_a_backup_takes_the_databases_place_and_what_was_there_is_kept() {
    let folder = Folder::new();
    let (database, copy) = (folder.path("cenote.db"), folder.path("copy.db"));
    let store = SqliteStore::open(&database).unwrap();
    put(&store, "a", "before").await;
    back_up(&database, &copy).unwrap();
    put(&store, "a", "after").await;

    let in_use = restore(&copy, &database).unwrap_err();
    assert!(std::error::Error::source(&in_use).unwrap().to_string().contains("in use"), "{in_use:?}");
    drop(store);
    let kept = restore(&copy, &database).unwrap().unwrap();

    assert_eq!(body(&database, "a").await.as_deref(), Some("before"));
    assert_eq!(body(&kept, "a").await.as_deref(), Some("after"));
    assert_eq!(folder.files(), ["cenote.db", "cenote.db.replaced-1", "copy.db"]);
}

#[tokio::test]
async fn a_backup_comes_back_into_an_empty_folder_and_over_a_broken_database() {
    let folder = Folder::new();
    let (database, copy) = (folder.path("cenote.db"), folder.path("copy.db"));
    put(&SqliteStore::open(&database).unwrap(), "a", "kept").await;
    back_up(&database, &copy).unwrap();

    std::fs::remove_file(&database).unwrap();
    assert_eq!(restore(&copy, &database).unwrap(), None);
    assert_eq!(body(&database, "a").await.as_deref(), Some("kept"));

    std::fs::write(&database, "this is a text, and long enough to be looked at as a header").unwrap();
    std::fs::write(folder.path("cenote.db-wal"), "and this is no log").unwrap();
    let kept = restore(&copy, &database).unwrap().unwrap();
    assert_eq!(body(&database, "a").await.as_deref(), Some("kept"));
    assert!(std::fs::read_to_string(kept).unwrap().starts_with("this is a text"));
}

#[tokio::test]
async fn a_log_without_its_database_is_not_taken_for_the_backups() {
    let folder = Folder::new();
    let (database, copy) = (folder.path("cenote.db"), folder.path("copy.db"));
    let store = SqliteStore::open(&database).unwrap();
    put(&store, "a", "before").await;
    back_up(&database, &copy).unwrap();
    put(&store, "a", "after").await;
    let log = std::fs::read(folder.path("cenote.db-wal")).unwrap();
    assert!(!log.is_empty());
    drop(store);
    std::fs::remove_file(&database).unwrap();
    std::fs::write(folder.path("cenote.db-wal"), &log).unwrap();

    assert_eq!(restore(&copy, &database).unwrap(), None);

    assert_eq!(body(&database, "a").await.as_deref(), Some("before"));
    assert_eq!(std::fs::read(folder.path("cenote.db.replaced-1-wal")).unwrap(), log);
}

#[tokio::test]
async fn what_is_no_backup_replaces_nothing_and_a_backup_overwrites_no_file() {
    let folder = Folder::new();
    let database = folder.path("cenote.db");
    put(&SqliteStore::open(&database).unwrap(), "a", "kept").await;
    std::fs::write(folder.path("text"), "this is a text, and long enough to be looked at as a header").unwrap();
    std::fs::write(folder.path("empty"), "").unwrap();
    let newer = rusqlite::Connection::open(folder.path("newer")).unwrap();
    newer.execute_batch("CREATE TABLE t (a); PRAGMA user_version = 99").unwrap();
    drop(newer);

    for name in ["text", "empty", "newer", "missing"] {
        assert!(restore(&folder.path(name), &database).is_err(), "{name}");
    }
    assert!(back_up(&database, &folder.path("text")).is_err());
    assert!(back_up(&folder.path("missing"), &folder.path("copy")).is_err());

    assert_eq!(body(&database, "a").await.as_deref(), Some("kept"));
    assert!(std::fs::read_to_string(folder.path("text")).unwrap().starts_with("this is a text"));
    assert_eq!(folder.files(), ["cenote.db", "empty", "newer", "text"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let (database, copy) = (folder.path("cenote.db"), folder.path("copy.db"));
    put(&SqliteStore::open(&database).unwrap(), "a", "x").await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    back_up(&database, &copy).unwrap();
    assert_eq!(mode(&copy), 0o600);

    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::remove_file(&database).unwrap();
    restore(&copy, &database).unwrap();
    assert_eq!(mode(&database), 0o600);
}
