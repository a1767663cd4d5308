//! What an operator does to the storage beside serving it.

use std::path::PathBuf;
use std::sync::Arc;

use cenote::kernel::documents::DocumentStore;
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::sealing::MasterKey;
use cenote::postgres::{Options, PostgresStore};
use cenote::sqlite::SqliteStore;
use cenote::{BuildError, key_file, rotate_master_key as reseal};
use clap::Args;

use crate::Failure;

/// A PostgreSQL database.
#[derive(Args)]
pub(crate) struct Database {
    /// Its connection URL.
    #[arg(long, env = "CENOTE_DATABASE_URL")]
    database_url: String,
}

/// Where everything is kept.
#[derive(Args)]
pub(crate) struct Storage {
    /// The folder with the master key, and the SQLite file unless there is a database.
    #[arg(long, env = "CENOTE_DATA", default_value = "cenote-data")]
    data: PathBuf,
    /// The PostgreSQL database's connection URL.
    #[arg(long, env = "CENOTE_DATABASE_URL")]
    database_url: Option<String>,
}

pub(crate) async fn migrate(database: Database) -> Result<(), Failure> {
    PostgresStore::open(&database.database_url, Options::default()).await?;
    println!("the tables are of this version's layout");
    Ok(())
}

/// Writes the new key beside the old one, seals with it, and only then puts it in the old one's place: at every instant
/// one of the two files opens the storage. Run again after an interruption, it goes on where it stopped.
pub(crate) async fn rotate_master_key(storage: Storage) -> Result<(), Failure> {
    let store: Arc<dyn DocumentStore> = match &storage.database_url {
        Some(url) => Arc::new(PostgresStore::open(url, Options::default()).await?),
        None => Arc::new(SqliteStore::open(&storage.data.join("cenote.db"))?),
    };
    let entropy = SystemEntropy::new();
    let (current, next) = (storage.data.join("master.key"), storage.data.join("master.key.next"));
    if !next.exists() {
        key_file::create(&next, &MasterKey::generate(&entropy))?;
    }
    let (old, new) = (key_file::read(&current)?, key_file::read(&next)?);
    match reseal(store.as_ref(), &old, &new, &entropy).await {
        Ok(()) => {}
        // An earlier run had sealed already: the new key must open what is there.
        Err(BuildError::WrongMasterKey) => reseal(store.as_ref(), &new, &new, &entropy).await?,
        Err(error) => return Err(error.into()),
    }
    std::fs::rename(&next, &current)?;
    println!("the master key in {} is new; the old one opens nothing here any more", current.display());
    Ok(())
}
