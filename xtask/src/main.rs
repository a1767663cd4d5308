//! The workspace's own commands. `cargo xtask help` lists them.

mod generate;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["generate"] => generate::run(false),
        ["generate", "--check"] => generate::run(true),
        _ => Err("unknown command".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Where specifications, models, vectors and client scripts lie: `CENOTE_SHARED`, or `shared` beside the repository.
fn shared() -> PathBuf {
    std::env::var_os("CENOTE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// Something a check needs is not here: an error in CI, a remark elsewhere.
fn ignored(what: &str) -> Result<(), Failure> {
    if std::env::var("CI").is_ok_and(|value| value == "true") {
        return Err(format!("needed in CI: {what}").into());
    }
    println!("ignored: {what}");
    Ok(())
}
