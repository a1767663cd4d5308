//! A data folder is whole or new, and its owner's.
#![cfg(all(unix, feature = "sqlite"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use cenote::{BuildError, Cenote};

#[tokio::test]
async fn a_new_folder_its_key_and_its_database_are_their_owners_alone() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");

    open(&folder).await.unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("master.key"))), (0o700, 0o600));
    open(&folder).await.unwrap();
}

#[tokio::test]
async fn line_112_a_database_that_was_emptied_or_lost_is_told_and_no_new_one_begun() {
    for lose in
        [|database: &Path| fs::remove_file(database).unwrap(), |database: &Path| fs::write(database, "").unwrap()]
    {
        let place = tempfile::tempdir().unwrap();
        open(place.path()).await.unwrap();
        let database = place.path().join("cenote.db");
        lose(&database);
        let before = names(place.path());

        let refused = open(place.path()).await.unwrap_err();

        assert!(matches!(refused, BuildError::KeyWithoutStorage { .. }), "{refused}");
        assert!(refused.to_string().contains("cenote.db"), "{refused}");
        assert_eq!(names(place.path()), before, "nothing was written");
    }
}

#[tokio::test]
async fn a_database_without_its_key_is_told_and_no_other_key_is_made() {
    let place = tempfile::tempdir().unwrap();
    open(place.path()).await.unwrap();
    fs::remove_file(place.path().join("master.key")).unwrap();

    let refused = open(place.path()).await.unwrap_err();

    assert!(matches!(refused, BuildError::StorageWithoutKey { .. }), "{refused}");
    assert!(!place.path().join("master.key").exists());
}

#[tokio::test]
async fn a_key_that_every_user_of_the_machine_may_read_is_refused() {
    let place = tempfile::tempdir().unwrap();
    open(place.path()).await.unwrap();
    let key = place.path().join("master.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();

    let refused = open(place.path()).await.unwrap_err();

    assert!(matches!(refused, BuildError::KeyFileOpen { .. }), "{refused}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(open(place.path()).await.is_ok(), "a group may be given a secret");
}

#[tokio::test]
async fn a_file_that_holds_no_key_is_named() {
    let place = tempfile::tempdir().unwrap();
    open(place.path()).await.unwrap();
    fs::write(place.path().join("master.key"), "no key").unwrap();

    let refused = open(place.path()).await.unwrap_err();

    assert!(matches!(refused, BuildError::KeyFile { .. }) && refused.to_string().contains("master.key"), "{refused}");
}

async fn open(folder: &Path) -> Result<(), BuildError> {
    Cenote::builder().data_folder(folder)?.build().await.map(drop)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> =
        entries.map(|entry| format!("{} {}", entry.file_name().display(), entry.metadata().unwrap().len())).collect();
    names.sort();
    names
}
