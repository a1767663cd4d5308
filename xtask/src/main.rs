//! The workspace's own commands. `cargo xtask help` lists them.

mod clients;
mod closing;
mod coverage;
mod debian;
mod floors;
mod generate;
mod inner_floors;
mod measured;
mod names;
mod sizes;
mod source;
mod steps;
mod vectors;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Failure = Box<dyn Error>;

const HELP: &str = "\
cargo xtask test              every test, clients of others and examples included; installs what they need
cargo xtask lint              format, floors, clippy, docs, dependencies, generated files, feature combinations
cargo xtask check             lint and test: what CI runs
cargo xtask coverage          which operations are built, and which clients of others call them
                              [--write: into docs/compatibility.md] [--check: compare only]
cargo xtask sizes             how long functions and files are
cargo xtask floors            which crate and which file of a crate may use which
cargo xtask crash STORE [N]   kill -9 under write load N times (300): STORE is sqlite or postgres
cargo xtask race STORE [N]    32 racers on two nodes for one name, code and refresh token, N rounds (1000);
                              STORE embedded: in one process, on SQLite
cargo xtask hiding STORE [N]  whether time tells which names exist: N calls (10000) of each public operation for a user and
                              for nobody, in turns: STORE is memory or sqlite; wants a quiet machine
cargo xtask import STORE [N]  N users (100000) with hashes from a file into SQLite, the process killed again and again, and into
                              a file, another pool and a file again; a group of as many
cargo xtask sign-ins STORE [N] what a sign-in over HTTP costs the server beside its primitives, N rounds (9), into
                              docs/performance.md [--features F: of the server]; STORE is sqlite or postgres
cargo xtask directory STORE [N] pages of users and lookups by alias at N users (1000000), a tenth and a hundredth, into
                              docs/performance.md
cargo xtask history STORE     what keeping a pool's history costs its writes, into docs/performance.md: STORE is memory, sqlite or
                              postgres
cargo xtask beside-moto [N]   what vending costs the server beside moto, N rounds (9), into docs/performance.md
cargo xtask fuzz TARGET [S]   one parser under libFuzzer for S seconds (600); tests/fuzz-targets lists them
cargo xtask bench             measure both backends and the stores, write docs/performance.md
cargo xtask clients           install the Python and Node clients that tests drive
cargo xtask vectors           fetch the test vectors that published crates carry
cargo xtask generate          write the wire types from the service models  [--check: compare only]
                              [--botocore FOLDER: from the data folder of botocore]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["generate"] => generate::run(false, None),
        ["generate", "--check"] => generate::run(true, None),
        ["generate", "--botocore", folder] => generate::run(false, Some(folder)),
        ["generate", "--check", "--botocore", folder] => generate::run(true, Some(folder)),
        ["clients"] => listed(clients::install),
        ["vectors"] => listed(vectors::install),
        ["sizes"] => sizes::print(),
        ["floors"] => floors::check().and_then(|()| inner_floors::check()),
        ["coverage"] => coverage::print(),
        ["coverage", "--write"] => coverage::write(false),
        ["coverage", "--check"] => coverage::write(true),
        ["crash", store] => steps::campaign("crash", store, "300"),
        ["race", store] => steps::campaign("race", store, "1000"),
        ["hiding", store] => steps::campaign("hiding", store, "10000"),
        ["sign-ins", store] => measured::into_page(&["sign-ins", store, "9"], ""),
        ["sign-ins", store, "--features", features] => measured::into_page(&["sign-ins", store, "9"], features),
        ["sign-ins", store, rounds] => measured::into_page(&["sign-ins", store, rounds], ""),
        ["directory", store] => measured::into_page(&["directory", store, "1000000"], ""),
        ["directory", store, users] => measured::into_page(&["directory", store, users], ""),
        ["history", store] => measured::into_page(&["history", store, "9"], ""),
        ["beside-moto"] => measured::beside_moto("9"),
        ["beside-moto", rounds] => measured::beside_moto(rounds),
        ["import", store] => steps::campaign("import", store, "100000"),
        [what @ ("crash" | "race" | "hiding" | "import"), store, rounds] => steps::campaign(what, store, rounds),
        ["fuzz", target] => steps::fuzz(target, "600"),
        ["fuzz", target, seconds] => steps::fuzz(target, seconds),
        ["bench"] => steps::bench(),
        ["lint"] => listed(steps::lint),
        ["test"] => listed(steps::test),
        ["check"] => listed(|| steps::lint().and_then(|()| steps::test())),
        [] | ["help"] => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("{} is no command; cargo xtask help lists them", other.join(" ")).into()),
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
    test_support::shared()
}

/// Runs something, and closes with the list of what it missed.
fn listed(step: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    closing::begin()?;
    closing::close(step())
}

/// Something a check needs is not here: told at the end of the run, and an error there in CI.
fn ignored(what: &str) -> Result<(), Failure> {
    closing::missing("cargo xtask generate", what, "set CENOTE_SHARED, or name botocore's data folder")
}
