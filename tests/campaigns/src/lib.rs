//! Long campaigns against the binary, as functions of how long.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    reason = "a test program: what goes wrong ends it"
)]

pub mod backups;
mod caller;
pub mod crash;
pub mod directory;
pub mod embedded;
pub mod faults;
pub mod hiding;
pub mod history;
pub mod imports;
pub mod instructions;
pub mod race;
pub mod ranks;
pub mod server_imports;
pub mod sign_ins;
mod written;

use std::path::Path;

use client_tests::Server;
use tempfile::TempDir;
use throwaway_postgres::Cluster;

/// Where the servers of a campaign keep everything.
#[derive(Debug)]
pub struct Store {
    folder: TempDir,
    cluster: Option<Cluster>,
}

impl Store {
    /// One SQLite file.
    pub fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), cluster: None }
    }

    /// A PostgreSQL cluster of its own, if PostgreSQL is installed.
    pub fn postgres() -> Option<Self> {
        Cluster::of_a_test().map(|cluster| Self { folder: tempfile::tempdir().unwrap(), cluster: Some(cluster) })
    }

    /// A node on the SQLite file whose files can be limited.
    fn serve_with_limits(&self) -> Server {
        Server::start_limitable(self.folder.path())
    }

    /// The size of the largest file, in bytes.
    fn largest_file(&self) -> u64 {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).max().unwrap_or_default()
    }

    /// Where its files are.
    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The database's URL, if it is PostgreSQL.
    fn url(&self) -> Option<String> {
        self.cluster.as_ref().map(Cluster::url)
    }

    /// A node on it.
    fn serve(&self) -> Server {
        match self.url() {
            Some(url) => Server::start(self.folder.path(), &["--database-url", &url]),
            None => Server::start(self.folder.path(), &[]),
        }
    }
}
