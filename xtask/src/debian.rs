//! Debian packages that tests need. In CI a missing one is installed; elsewhere that is the developer's to decide.

use std::process::Command;

use throwaway_postgres::{Cluster, bin_folder};

use crate::clients::{has, run};
use crate::{Failure, ignored};

/// The PostgreSQL that tests share: a cluster for this run; `None`, where it is not required and cannot be had.
pub(crate) fn postgres() -> Result<Option<Cluster>, Failure> {
    if bin_folder().is_none() {
        install("postgresql")?;
    }
    let cluster = Cluster::start()?;
    match &cluster {
        Some(cluster) => println!("a throwaway PostgreSQL is at {}", cluster.url()),
        None => ignored("PostgreSQL is not here: apt-get install postgresql")?,
    }
    Ok(cluster)
}

/// What counts instructions.
pub(crate) fn valgrind() -> Result<(), Failure> {
    if !has("valgrind") {
        install("valgrind")?;
    }
    if has("valgrind") { Ok(()) } else { ignored("valgrind is not here: apt-get install valgrind") }
}

fn install(package: &str) -> Result<(), Failure> {
    if !has("apt-get") || std::env::var("CI").is_err() {
        return Ok(());
    }
    run(Command::new("apt-get").args(["install", "-qq", "-y", "--no-install-recommends", package]))
}
