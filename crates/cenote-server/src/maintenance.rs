//! What an operator does to the storage beside serving it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cenote::documents::DocumentStore;
use cenote::documents::page::PageRequest;
use cenote::kernel::account_region::AccountRegion;
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::sealing::MasterKey;
use cenote::kernel::time::Timestamp;
use cenote::postgres::{Options, PostgresStore};
use cenote::sqlite::SqliteStore;
use cenote::tokens::{Algorithm, Rotation};
use cenote::vending::model::Revoked;
use cenote::{BuildError, Cenote, Profile, key_file, rotate_master_key as reseal};
use clap::{Args, Subcommand};

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

    /// Everything over what is there, made if nothing is.
    pub(crate) async fn open_or_create(&self, profile: Profile) -> Result<Cenote, Failure> {
        let builder = match &self.database_url {
            Some(url) => Cenote::builder().postgres(url, Options::default(), &self.data).await?,
            None => Cenote::builder().data_folder(&self.data)?,
        };
        Ok(builder.profile(profile).build().await?)
    }

    /// Everything over it.
    pub(crate) async fn cenote(&self) -> Result<Cenote, Failure> {
        let key = key_file::read(&self.master_key_file())?;
        Ok(Cenote::builder().store(self.store().await?, key).build().await?)
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

/// Operators' keys that are stored. Those that a server is given by flag, environment or file end with it.
#[derive(Subcommand)]
pub(crate) enum OperatorKeys {
    /// Show the ids of all.
    List(Storage),
    /// Remove one: on every node the next request that is signed with it is refused.
    Remove {
        /// Its access key id.
        access_key_id: String,
        #[command(flatten)]
        storage: Storage,
    },
}

impl OperatorKeys {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(storage) => {
                let cenote = storage.cenote().await?;
                let mut page = PageRequest { limit: 100, after: None };
                loop {
                    let found = cenote.vending().list_operator_keys(page).await?;
                    for key in found.items {
                        println!("{}  made {}", key.access_key_id, key.created_at.to_iso8601());
                    }
                    let Some(next) = found.next else { return Ok(()) };
                    page = PageRequest { limit: 100, after: Some(next) };
                }
            }
            Self::Remove { access_key_id, storage } => {
                storage.cenote().await?.vending().remove_operator_key(&access_key_id).await?;
                println!("{access_key_id} counts no more");
                Ok(())
            }
        }
    }
}

/// The keys that temporary credentials are vended and checked with.
#[derive(Subcommand)]
pub(crate) enum VendingKeys {
    /// Write them to standard output, one a line: for a process that checks credentials without this storage. Whoever has
    /// them can vend, too.
    Export(Storage),
}

impl VendingKeys {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Self::Export(storage) = self;
        for key in storage.cenote().await?.vending().vending_key_texts().await? {
            println!("{}", key.expose());
        }
        Ok(())
    }
}

/// Whose keys are to be replaced: those that sign tokens for other services (`GetWebIdentityToken`).
#[derive(Args)]
pub(crate) struct RotateOutboundKey {
    /// The algorithm of the key: `RS256` or `ES384`.
    #[arg(long, value_parser = outbound_algorithm)]
    algorithm: Algorithm,
    /// Replace it at once: tokens that it has signed count no more. Without this the new key is published for an hour before it
    /// signs, and the old one for the hour that its last token lives.
    #[arg(long)]
    at_once: bool,
    /// The region that the server serves in [default: us-east-1].
    #[arg(long, env = "CENOTE_REGION", default_value = "us-east-1", hide_default_value = true)]
    region: String,
    /// The server's account, twelve digits [default: 123456789012].
    #[arg(long, env = "CENOTE_ACCOUNT_ID", default_value = "123456789012", hide_default_value = true)]
    account_id: String,
    #[command(flatten)]
    storage: Storage,
}

/// Seconds that a token for another service lives at most; so long key sets are kept at most.
const OUTBOUND_SECONDS: i64 = 3600;

fn outbound_algorithm(name: &str) -> Result<Algorithm, String> {
    let known = [Algorithm::Rs256, Algorithm::Es384].into_iter().find(|known| known.name() == name);
    known.ok_or_else(|| "RS256 or ES384".to_owned())
}

impl RotateOutboundKey {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let planned =
            Rotation::Planned { publish_ahead_seconds: OUTBOUND_SECONDS, longest_token_seconds: OUTBOUND_SECONDS };
        let rotation = if self.at_once { Rotation::AtOnce } else { planned };
        let key = key_file::read(&self.storage.master_key_file())?;
        let builder = Cenote::builder().store(self.storage.store().await?, key);
        let cenote = builder.account_region(AccountRegion::new(&self.account_id, &self.region)).build().await?;
        cenote.identity_pools().rotate_outbound_key(self.algorithm, rotation).await?;
        println!("the new key of {} is published", self.algorithm.name());
        println!("nodes that run take it up within a minute");
        Ok(())
    }
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
        let cenote = self.storage.cenote().await?;
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
