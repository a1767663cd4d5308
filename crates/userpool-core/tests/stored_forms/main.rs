//! The stored bytes of each kind of record: those of each release stay readable, and none changes unnoticed.
//!
//! A file a subject: one of each of its records with something in each member, how they are written, and that they are read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod authorizations;
mod factors;
mod imports;
mod limits;
mod pool;
mod restorations;
mod sessions;
mod user;

use std::sync::Arc;

use identity_kernel::time::Timestamp;
use storage_memory::MemoryStore;
use test_support::stored;
use userpool_core::DocumentUserPools;
use userpool_core::model::ids::{GroupId, RestorationId, Subject, UserPoolId};
use userpool_core::storage::{UserPoolStorage, Write};

pub(crate) const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

pub(crate) fn pool_id() -> UserPoolId {
    "eu-west-1_Stored123".parse().unwrap()
}

pub(crate) fn sub() -> Subject {
    "01234567-89ab-4cde-8f01-23456789abcd".parse().unwrap()
}

pub(crate) fn group_id() -> GroupId {
    "89abcdef-0123-4567-89ab-cdef01234567".parse().unwrap()
}

pub(crate) fn restoration_id() -> RestorationId {
    "fedcba98-7654-4321-8fed-cba987654321".parse().unwrap()
}

/// One of every kind of record.
fn everything() -> Vec<Write> {
    let subjects = [
        pool::writes(),
        user::writes(),
        factors::writes(),
        sessions::writes(),
        limits::writes(),
        imports::writes(),
        restorations::writes(),
        authorizations::writes(),
    ];
    subjects.into_iter().flatten().collect()
}

#[tokio::test]
async fn what_is_stored_today_is_what_the_newest_version_stored() {
    let store = Arc::new(MemoryStore::new());
    let storage = DocumentUserPools::new(Arc::clone(&store));
    for write in everything() {
        storage.commit(vec![write]).await.unwrap();
    }

    stored::hold(FOLDER, &store).await;
}

#[tokio::test]
async fn what_every_version_stored_is_read() {
    for store in stored::of_every_version(FOLDER, MemoryStore::new).await {
        let storage: &dyn UserPoolStorage = &DocumentUserPools::new(store);

        pool::are_read(storage).await;
        user::are_read(storage).await;
        factors::are_read(storage).await;
        sessions::are_read(storage).await;
        limits::are_read(storage).await;
        imports::are_read(storage).await;
        restorations::are_read(storage).await;
        authorizations::are_read(storage).await;
    }
}
