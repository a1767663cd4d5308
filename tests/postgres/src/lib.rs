//! A PostgreSQL cluster for tests: started from the system's binaries in a temporary folder, listening on loopback alone,
//! stopped and removed when it is dropped.
//!
//! `cargo xtask test` starts one for the whole run and names it in `CENOTE_TEST_POSTGRES`; each test takes a schema of
//! its own in it with [`fresh_schema`].
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests")]

use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use test_support::missing;

/// How one gets PostgreSQL.
const HOW: &str = "`cargo xtask test` starts one from Debian's package postgresql";

/// The connection URL of a schema that nobody else uses, in the cluster that the test command has started. It is made
/// when something is put there. `None` if there is no cluster, which is then told of at the end of `cargo xtask test`.
pub fn fresh_schema() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Ok(cluster) = std::env::var("CENOTE_TEST_POSTGRES") else {
        missing::report("PostgreSQL", HOW);
        return None;
    };
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let psql = bin_folder().unwrap().join("psql");
    let made = Command::new(psql).args(["-qc", &format!("CREATE SCHEMA {schema}"), &cluster]).status().unwrap();
    assert!(made.success());
    Some(format!("{cluster}?options=-csearch_path%3D{schema}"))
}

/// Where the newest installed PostgreSQL has its binaries.
pub fn bin_folder() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    found.retain(|folder| folder.join("postgres").exists());
    found.sort();
    found.pop()
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Who runs it, where that is not who runs the test.
    account: Option<Account>,
}

/// Numbers of a user and their group.
#[derive(Clone, Copy, Debug)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The account that the package makes: the server refuses to run as root.
    fn postgres() -> io::Result<Self> {
        let accounts = std::fs::read_to_string("/etc/passwd")?;
        let mut fields = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let numbers = |fields: Vec<&str>| match fields.as_slice() {
            ["postgres", _, user, group, ..] => Some(Self { user: user.parse().ok()?, group: group.parse().ok()? }),
            _ => None,
        };
        fields.find_map(numbers).ok_or_else(|| io::Error::other("there is no account postgres"))
    }
}

impl Cluster {
    /// Starts one for the test that asks. `None` if PostgreSQL is not installed, which is then told of at the end of
    /// `cargo xtask test`.
    pub fn of_a_test() -> Option<Self> {
        let cluster = Self::start().unwrap();
        if cluster.is_none() {
            missing::report("PostgreSQL", HOW);
        }
        cluster
    }

    /// Starts one, if PostgreSQL is installed.
    ///
    /// # Errors
    ///
    /// What the system or PostgreSQL says.
    pub fn start() -> io::Result<Option<Self>> {
        let Some(bin) = bin_folder() else { return Ok(None) };
        let port = free_port()?;
        let folder = std::env::temp_dir().join(format!("cenote-postgres-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder)?;
        let account = if is_root() { Some(Account::postgres()?) } else { None };
        if let Some(Account { user, group }) = account {
            std::os::unix::fs::chown(&folder, Some(user), Some(group))?;
        }
        let mut cluster = Self { bin, folder, port, account };
        let data = cluster.data();
        run(cluster.tool("initdb").arg("-D").arg(&data).args([
            "-A",
            "trust",
            "-U",
            "cenote",
            "-E",
            "UTF8",
            "--no-sync",
        ]))?;
        // Between looking for a free port and listening on it somebody else may take it.
        for _ in 0..4 {
            if cluster.boot().is_ok() {
                return Ok(Some(cluster));
            }
            cluster.port = free_port()?;
        }
        cluster.boot()?;
        Ok(Some(cluster))
    }

    /// Starts the cluster's server; [`kill`](Self::kill) ended it before.
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub fn boot(&self) -> io::Result<()> {
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= -c max_connections=300",
            self.port
        );
        let log = self.folder.join("log");
        run(self.tool("pg_ctl").arg("-D").arg(self.data()).arg("-l").arg(log).args(["-w", "-o", &settings, "start"]))
    }

    /// Ends the server at once: it writes nothing more. What it had handed to the system is not lost by that, as it could
    /// be by a power cut.
    ///
    /// # Errors
    ///
    /// What PostgreSQL says.
    pub fn kill(&self) -> io::Result<()> {
        run(self.tool("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]))
    }

    /// Where it keeps its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its connection URL.
    pub fn url(&self) -> String {
        format!("postgresql://cenote@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs one of PostgreSQL's own programs against the cluster, as an operator would: `pg_dump`, `psql`, ...
    ///
    /// # Errors
    ///
    /// What the program says.
    pub fn operate(&self, name: &str, arguments: &[&str]) -> io::Result<()> {
        run(Command::new(self.bin.join(name)).arg("--dbname").arg(self.url()).args(arguments))
    }

    /// A tool of PostgreSQL, which refuses to run as root.
    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        if let Some(Account { user, group }) = self.account {
            command.uid(user).gid(group);
        }
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What cannot be stopped or removed is left for the system to clear away.
        let _ = self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|own| own.uid() == 0)
}

fn run(command: &mut Command) -> io::Result<()> {
    // The server keeps what it inherits: no pipes, or whoever reads them waits for ever.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{command:?}: {status}"))) }
}
