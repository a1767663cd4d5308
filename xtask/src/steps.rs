//! `cargo xtask lint`, `test` and `coverage`.

use std::process::Command;

use crate::clients::{self, has, run};
use crate::{Failure, debian, floors, generate, ignored, root};

/// Features that must stand alone: package and arguments.
const COMBINATIONS: [(&str, &[&str]); 11] = [
    ("jwt-tokens", &[]),
    ("jwt-tokens", &["--features", "aws-lc"]),
    ("jwt-tokens", &["--features", "danger-hs256"]),
    ("host-adapters", &[]),
    ("host-adapters", &["--features", "oidc"]),
    ("host-adapters", &["--features", "s3s"]),
    ("cenote", &["--no-default-features"]),
    ("cenote", &[]),
    ("cenote", &["--no-default-features", "--features", "postgres"]),
    ("cenote", &["--no-default-features", "--features", "axum"]),
    ("cenote", &["--no-default-features", "--features", "aws-protocols,aws-lc"]),
];

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

fn step(what: &str) {
    println!("\n=== {what}");
}

/// Everything that reads code without running it.
pub(crate) fn lint() -> Result<(), Failure> {
    step("format");
    for workspace in ["Cargo.toml", "benches/Cargo.toml", "fuzz/Cargo.toml"] {
        run(&mut cargo(&["fmt", "--all", "--check", "--manifest-path", workspace]))?;
    }
    step("generated files");
    generate::run(true, None)?;
    step("floors");
    floors::check()?;
    step("clippy");
    run(&mut cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))?;
    step("feature combinations");
    for (package, features) in COMBINATIONS {
        println!("{package} {}", features.join(" "));
        run(cargo(&["check", "--quiet", "--package", package]).args(features))?;
    }
    step("docs");
    run(cargo(&["doc", "--quiet", "--workspace", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    step("dependencies");
    deny()
}

/// Licences, bans and sources always; advisories where their database can be fetched.
fn deny() -> Result<(), Failure> {
    if !has("cargo-deny") {
        if std::env::var("CI").is_err() {
            return ignored("cargo-deny is not here: cargo install --locked cargo-deny");
        }
        run(&mut cargo(&["install", "--quiet", "--locked", "cargo-deny"]))?;
    }
    run(&mut cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]))?;
    let advisories = cargo(&["deny", "--log-level", "error", "check", "advisories"]).output()?;
    let said = String::from_utf8_lossy(&advisories.stderr).into_owned();
    if advisories.status.success() {
        println!("no advisories");
        Ok(())
    } else if said.contains("failed to fetch advisory database") {
        println!("ignored: the advisory database cannot be reached from here");
        Ok(())
    } else {
        Err(said.into())
    }
}

/// Every test: unit and integration tests, documentation, examples, and the clients of others.
pub(crate) fn test() -> Result<(), Failure> {
    step("clients");
    clients::install()?;
    step("build");
    run(&mut cargo(&["build", "--quiet", "--workspace", "--all-targets"]))?;
    step("Debian packages");
    debian::valgrind()?;
    let cluster = debian::postgres()?;
    step("tests");
    let runner: &[&str] = if has("cargo-nextest") { &["nextest", "run"] } else { &["test", "--all-targets"] };
    for what in [&["--workspace"][..], &["--package", "jwt-tokens"], &["--package", "jwt-tokens", "--all-features"]] {
        let mut tests = cargo(runner);
        tests.arg("--no-fail-fast").args(what);
        if let Some(cluster) = &cluster {
            tests.env("CENOTE_TEST_POSTGRES", cluster.url());
        }
        run(&mut tests)?;
    }
    step("documentation");
    run(&mut cargo(&["test", "--quiet", "--workspace", "--doc"]))
}

/// A long campaign against the release binary: what (`crash` or `race`), on which store, how many rounds.
pub(crate) fn campaign(what: &str, store: &str, rounds: &str) -> Result<(), Failure> {
    run(&mut cargo(&["build", "--quiet", "--release", "--package", "cenote-server", "--package", "campaigns"]))?;
    run(Command::new(root().join("target/release/campaigns")).args([what, store, rounds]))
}

/// One fuzz target under libFuzzer, for so many seconds; needs the nightly toolchain, and installs cargo-fuzz.
pub(crate) fn fuzz(target: &str, seconds: &str) -> Result<(), Failure> {
    if !has("cargo-fuzz") {
        run(&mut cargo(&["install", "--quiet", "--locked", "cargo-fuzz"]))?;
    }
    let corpus = format!("fuzz/corpus/{target}");
    std::fs::create_dir_all(root().join(&corpus))?;
    let time = format!("-max_total_time={seconds}");
    let mut fuzz = Command::new("cargo");
    fuzz.args(["+nightly", "fuzz", "run", "any", &corpus, "--", &time]).current_dir(root());
    run(fuzz.env("CENOTE_FUZZ_TARGET", target).env_remove("CARGO"))
}

/// Measures everything on both backends and writes `docs/performance.md` and its chart.
pub(crate) fn bench() -> Result<(), Failure> {
    let folder = root().join("benches");
    let out = folder.join("target");
    let built = |features: &[&str], name: &str| -> Result<std::path::PathBuf, Failure> {
        let target = out.join(name);
        let mut build = cargo(&["build", "--quiet", "--release", "--target-dir"]);
        run(build.arg(&target).args(features).current_dir(&folder))?;
        Ok(target.join("release/cenote-benches"))
    };
    let (ring, aws_lc) = (built(&[], "ring")?, built(&["--features", "aws-lc"], "aws-lc")?);
    let files = ["ring.json", "aws-lc.json", "storage.json"].map(|name| out.join(name));
    let [ring_file, aws_lc_file, storage_file] = &files;
    step("aws-lc-rs");
    run(Command::new(&aws_lc).arg("ratios").arg(aws_lc_file))?;
    step("ring");
    run(Command::new(ring).arg("ratios").arg(ring_file))?;
    step("storage");
    run(Command::new(&aws_lc).arg("storage").arg(storage_file))?;
    run(Command::new(&aws_lc).arg("report").args(&files).arg(root().join("docs")))
}

/// The table of operations, from the code that serves them.
pub(crate) fn coverage() -> Result<(), Failure> {
    run(&mut cargo(&["run", "--quiet", "--package", "cognito-http", "--example", "coverage"]))
}
