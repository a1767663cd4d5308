//! The PostgreSQL that tests share.

use std::process::Command;

use throwaway_postgres::{Cluster, bin_folder};

use crate::clients::{has, run};
use crate::{Failure, ignored};

/// Starts a cluster for this run; `None`, where it is not required and cannot be had.
pub(crate) fn start() -> Result<Option<Cluster>, Failure> {
    if bin_folder().is_none() && has("apt-get") && std::env::var("CI").is_ok() {
        let mut install = Command::new("apt-get");
        run(install.args(["install", "-qq", "-y", "--no-install-recommends", "postgresql"]))?;
    }
    let cluster = Cluster::start()?;
    match &cluster {
        Some(cluster) => println!("a throwaway PostgreSQL is at {}", cluster.url()),
        None => ignored("PostgreSQL is not here: apt-get install postgresql")?,
    }
    Ok(cluster)
}
