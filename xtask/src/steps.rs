//! `cargo xtask lint` and `test`.

use std::process::Command;

use test_support::missing::LIST;

use crate::clients::{self, has, run};
use crate::{Failure, closing, coverage, debian, floors, generate, inner_floors, names, root, vectors};

/// Features that must stand alone: package and arguments.
const COMBINATIONS: [(&str, &[&str]); 14] = [
    ("jwt-tokens", &[]),
    ("jwt-tokens", &["--features", "aws-lc"]),
    ("jwt-tokens", &["--features", "danger-hs256"]),
    ("host-adapters", &[]),
    ("host-adapters", &["--features", "argon2-simd"]),
    ("host-adapters", &["--features", "oidc"]),
    ("host-adapters", &["--features", "s3s"]),
    ("cenote", &["--no-default-features"]),
    ("cenote", &[]),
    ("cenote", &["--no-default-features", "--features", "postgres,user-pools"]),
    ("cenote", &["--no-default-features", "--features", "axum"]),
    ("cenote", &["--no-default-features", "--features", "identity-pools"]),
    ("cenote", &["--no-default-features", "--features", "identity-pools,oidc"]),
    ("cenote", &["--no-default-features", "--features", "aws-protocols,aws-lc"]),
];

/// Workspaces of their own beside the main one.
const ALONE: [&str; 2] = ["benches", "fuzz"];

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
    for folder in [&["."], &ALONE[..]].concat() {
        run(cargo(&["fmt", "--all", "--check"]).current_dir(root().join(folder)))?;
    }
    step("generated files");
    generate::run(true, None)?;
    coverage::write(true)?;
    step("floors");
    floors::check()?;
    inner_floors::check()?;
    step("names");
    names::check()?;
    step("clippy");
    clippy(&["--workspace", "--all-targets", "--all-features"], ".")?;
    for folder in ALONE {
        clippy(&["--all-targets"], folder)?;
    }
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

fn clippy(what: &[&str], folder: &str) -> Result<(), Failure> {
    let mut clippy = cargo(&["clippy", "--quiet"]);
    run(clippy.args(what).args(["--", "-D", "warnings"]).current_dir(root().join(folder)))
}

/// Licences, bans and sources always; advisories where their database can be fetched.
fn deny() -> Result<(), Failure> {
    if !has("cargo-deny") {
        if !test_support::in_ci() {
            return closing::missing("cargo xtask lint", "cargo-deny", "cargo install --locked cargo-deny");
        }
        run(&mut cargo(&["install", "--quiet", "--locked", "cargo-deny"]))?;
    }
    for folder in [&["."], &ALONE[..]].concat() {
        run(deny_in(folder).args(["check", "licenses", "bans", "sources"]))?;
    }
    [&["."], &ALONE[..]].concat().into_iter().try_for_each(advisories)
}

/// `cargo deny` over the workspace of this folder, by the rules of the root.
fn deny_in(folder: &str) -> Command {
    // It takes the next deny.toml above the manifest.
    let mut deny = cargo(&["deny", "--log-level", "error", "--manifest-path"]);
    deny.arg(root().join(folder).join("Cargo.toml"));
    deny
}

fn advisories(folder: &str) -> Result<(), Failure> {
    let advisories = deny_in(folder).args(["check", "advisories"]).output()?;
    let said = String::from_utf8_lossy(&advisories.stderr).into_owned();
    if advisories.status.success() {
        println!("no advisories");
        Ok(())
    } else if said.contains("failed to fetch advisory database") {
        closing::unchecked("cargo xtask lint", "advisories", "the RustSec database cannot be reached from here")
    } else {
        Err(said.into())
    }
}

/// Every test: unit and integration tests, documentation, examples, and the clients of others.
pub(crate) fn test() -> Result<(), Failure> {
    step("clients and vectors");
    clients::install()?;
    vectors::install()?;
    step("packages of the system");
    debian::watchers()?;
    debian::browser()?;
    let cluster = debian::postgres()?;
    step("build");
    run(&mut cargo(&["build", "--quiet", "--workspace", "--all-targets"]))?;
    step("tests");
    let runner: &[&str] = if has("cargo-nextest") { &["nextest", "run"] } else { &["test", "--all-targets"] };
    // What a feature exchanges is held to the same tests.
    let exchanged: [&[&str]; 4] = [
        &["--workspace"],
        &["--package", "jwt-tokens"],
        &["--package", "jwt-tokens", "--all-features"],
        &["--package", "host-adapters", "--features", "argon2-simd"],
    ];
    for what in exchanged {
        let mut tests = cargo(runner);
        tests.arg("--no-fail-fast").args(what).env(LIST, closing::list());
        if let Some(cluster) = &cluster {
            tests.env("CENOTE_TEST_POSTGRES", cluster.url());
        }
        run(&mut tests)?;
    }
    step("documentation");
    run(&mut cargo(&["test", "--quiet", "--workspace", "--doc"]))
}

/// A long campaign against the release binary: what (`crash`, `race`, `hiding` or `import`), on which store, how many rounds.
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
