//! What an operator does to the storage beside serving it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cenote::documents::DocumentStore;
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::sealing::MasterKey;
use cenote::kernel::time::Timestamp;
use cenote::postgres::{Options, PostgresStore};
use cenote::sqlite::SqliteStore;
use cenote::vending::model::Revoked;
use cenote::{BuildError, Cenote, key_file, rotate_master_key as reseal};
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

impl Storage {
    /// The store that is there: nothing is made by mistake.
    async fn store(&self) -> Result<Arc<dyn DocumentStore>, Failure> {
        Ok(match &self.database_url {
            Some(url) => Arc::new(PostgresStore::open(url, Options::default()).await?),
            None => Arc::new(SqliteStore::open(&database_of(&self.data)?)?),
        })
    }

    fn master_key_file(&self) -> PathBuf {
        self.data.join("master.key")
    }
}

/// The SQLite file of a data folder, if it is there.
pub(crate) fn database_of(data: &Path) -> Result<PathBuf, Failure> {
    let file = data.join("cenote.db");
    if file.exists() { Ok(file) } else { Err(format!("{} is not there", file.display()).into()) }
}

/// What is to end.
#[derive(Args)]
pub(crate) struct Invalidate {
    /// From when on: 2026-11-20T23:12:00Z, or seconds since 1970.
    #[arg(long)]
    since: Timestamp,
    #[command(flatten)]
    storage: Storage,
}

impl Invalidate {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let key = key_file::read(&self.storage.master_key_file())?;
        let cenote = Cenote::builder().store(self.storage.store().await?, key).build().await?;
        if self.since > cenote.clock().now() {
            return Err("--since lies in the future".into());
        }
        let pools = cenote.user_pools().invalidate_since(self.since).await?;
        cenote.vending().revoke(Revoked::Everything).await?;
        println!(
            "sign-ins, challenges and codes since {} count no more, in {pools} user pools",
            self.since.to_iso8601()
        );
        println!("temporary credentials that were vended until now count no more");
        println!("whoever checks tokens with the key set alone takes those that are out until they expire");
        Ok(())
    }
}

pub(crate) async fn migrate(database: Database) -> Result<(), Failure> {
    PostgresStore::open(&database.database_url, Options::default()).await?;
    println!("the tables are of this version's layout");
    Ok(())
}

/// Writes the new key beside the old one, seals with it, and only then puts it in the old one's place: at every instant
/// one of the two files opens the storage. Run again after an interruption, it goes on where it stopped.
pub(crate) async fn rotate_master_key(storage: Storage) -> Result<(), Failure> {
    let store = storage.store().await?;
    let entropy = SystemEntropy::new();
    let (current, next) = (storage.master_key_file(), storage.data.join("master.key.next"));
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
