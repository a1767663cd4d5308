//! The PostgreSQL store keeps every rule of the storage contracts.
#![allow(clippy::unwrap_used, reason = "tests")]

use storage_postgres::{Options, PostgresStore};

async fn store() -> Option<PostgresStore> {
    let url = throwaway_postgres::fresh_schema()?;
    Some(PostgresStore::open(&url, Options::default()).await.unwrap())
}

storage_conformance::all_rules!(store().await);
