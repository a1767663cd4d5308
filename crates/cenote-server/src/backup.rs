//! `cenote backup` and `cenote restore`: of the SQLite file. A PostgreSQL database has `pg_dump`.

use std::path::PathBuf;

use cenote::sqlite;
use clap::Args;

use crate::Failure;
use crate::maintenance::database_of;

/// Where a backup goes.
#[derive(Args)]
pub(crate) struct Backup {
    /// The new file.
    to: PathBuf,
    /// The data folder.
    #[arg(long, env = "CENOTE_DATA", default_value = "cenote-data")]
    data: PathBuf,
}

impl Backup {
    pub(crate) fn run(self) -> Result<(), Failure> {
        sqlite::back_up(&database_of(&self.data)?, &self.to)?;
        println!("{} holds the database as it was a moment ago", self.to.display());
        println!(
            "it opens under {} alone: keep that file too, in another place",
            self.data.join("master.key").display()
        );
        Ok(())
    }
}

/// Where a backup comes from.
#[derive(Args)]
pub(crate) struct Restore {
    /// The backup.
    from: PathBuf,
    /// The data folder, with the master key under which the backup was made.
    #[arg(long, env = "CENOTE_DATA", default_value = "cenote-data")]
    data: PathBuf,
}

impl Restore {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let (database, key) = (self.data.join("cenote.db"), self.data.join("master.key"));
        if !key.exists() {
            return Err(format!("{} is not there: a backup opens under its own master key alone", key.display()).into());
        }
        let kept = sqlite::restore(&self.from, &database)?;
        println!("{} is the backup now", database.display());
        if let Some(kept) = kept {
            println!("what was there lies in {}", kept.display());
        }
        println!("what was revoked or spent since the backup was taken is not so any more:");
        println!(
            "before you serve it, run cenote invalidate --since TIME (0 for ever): all that began since then ends"
        );
        Ok(())
    }
}
