//! Packages of the system that tests need. Where `apt-get` and the right to use it are there, they are installed.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use test_support::root;
use throwaway_postgres::{Cluster, bin_folder};

use crate::Failure;
use crate::clients::has;
use crate::closing::missing;

/// Set to anything, it keeps the test command from installing packages of the system.
const NO_INSTALL: &str = "CENOTE_NO_INSTALL";

/// The PostgreSQL that tests share: a cluster for this run; `None` where it cannot be had.
pub(crate) fn postgres() -> Result<Option<Cluster>, Failure> {
    if bin_folder().is_none() {
        install("postgresql");
    }
    let cluster = Cluster::start()?;
    match &cluster {
        Some(cluster) => println!("a throwaway PostgreSQL is at {}", cluster.url()),
        None => missing("cargo xtask test", "PostgreSQL", "apt-get install postgresql")?,
    }
    Ok(cluster)
}

/// Programs that watch others: what counts instructions, and what writes down system calls.
pub(crate) fn watchers() -> Result<(), Failure> {
    ["valgrind", "strace"].into_iter().try_for_each(|program| {
        if has(program) || install(program) && has(program) {
            return Ok(());
        }
        missing("cargo xtask test", program, &format!("apt-get install {program}"))
    })
}

/// The browser that pages are looked at with.
pub(crate) fn browser() -> Result<(), Failure> {
    if ["chromium", "chromium-browser", "google-chrome"].into_iter().any(has) || install("chromium") && has("chromium")
    {
        return Ok(());
    }
    missing("cargo xtask test", "Chromium", "apt-get install chromium")
}

/// Installs a package, if this system has `apt-get` and we may use it. Whether it did.
pub(crate) fn install(package: &str) -> bool {
    static LISTS: OnceLock<bool> = OnceLock::new();
    if std::env::var_os(NO_INSTALL).is_some() || !has("apt-get") {
        return false;
    }
    let Some(rights) = rights() else { return false };
    println!("installing Debian's package {package}");
    let apt = |arguments: &[&str]| {
        let (program, before) = rights.split_first().unwrap_or((&"apt-get", &[]));
        let mut command = Command::new(program);
        command.args(before).arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command.current_dir(root()).status().is_ok_and(|status| status.success())
    };
    // A fresh machine has no lists, and an old one those of packages that are gone.
    LISTS.get_or_init(|| apt(&["update"]));
    apt(&["install", "-y", "--no-install-recommends", package])
}

/// How `apt-get` is called: as root directly, else by `sudo` where that asks for no password.
fn rights() -> Option<&'static [&'static str]> {
    if owner_of(PathBuf::from("/proc/self")) == Some(0) {
        return Some(&["apt-get"]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output().is_ok_and(|output| output.status.success());
    sudo.then_some(&["sudo", "-n", "apt-get"])
}

fn owner_of(path: PathBuf) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(path).ok().map(|file| file.uid())
}
