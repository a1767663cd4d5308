//! Passwords that have become public: where they are looked up, and the compact file of them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cenote::adapters::{BreachedPasswordFilter, BreachedPasswordRanges};
use cenote::userpool::ports::BreachedPasswords;
use clap::Args;

use crate::Failure;

/// `cenote breached-passwords`.
#[derive(Args)]
pub(crate) struct Filter {
    /// A folder of all 1,048,576 range files, or one file of all hashes in their order: what Have I Been Pwned's downloader writes.
    #[arg(long)]
    list: PathBuf,
    /// The file to make.
    #[arg(long)]
    out: PathBuf,
    /// Leave out what was seen less often.
    #[arg(long, default_value_t = 1)]
    least_count: u64,
}

impl Filter {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let Self { list, out, least_count } = self;
        let named = |error: std::io::Error| Failure::from(format!("no file was made: {error}"));
        let built = tokio::task::spawn_blocking(move || BreachedPasswordFilter::build(&list, least_count, &out));
        let hashes = built.await?.map_err(named)?;
        writeln!(std::io::stdout(), "{hashes} hashes")?;
        Ok(())
    }
}

/// The range files of a folder, or a filter that was made of such.
pub(crate) fn open(place: &Path) -> Result<Arc<dyn BreachedPasswords>, Failure> {
    let named = |error: std::io::Error| Failure::from(format!("--breached-passwords {}: {error}", place.display()));
    if place.is_file() {
        return Ok(Arc::new(BreachedPasswordFilter::open(place).map_err(named)?));
    }
    Ok(Arc::new(BreachedPasswordRanges::open(place).map_err(named)?))
}
