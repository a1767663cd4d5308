//! The SQLite store keeps every rule of the storage contracts.
#![allow(clippy::unwrap_used, reason = "tests")]

use storage_sqlite::SqliteStore;

/// A store in a fresh folder among the build's temporary files.
fn store() -> SqliteStore {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep();
    SqliteStore::open(&folder.join("cenote.db")).unwrap()
}

storage_conformance::all_rules!(Some(store()));
