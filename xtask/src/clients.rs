//! `cargo xtask clients`: the Python and Node clients that tests drive, below `target/clients`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Failure, ignored, root};

/// Installs both, unless what is there is what is wanted.
pub(crate) fn install() -> Result<(), Failure> {
    let folder = root().join("target/clients");
    fs::create_dir_all(&folder)?;
    let scripts = root().join("tests/clients/scripts");
    python(&folder, &scripts.join("requirements.txt"))?;
    node(&folder, &scripts.join("package.json"))
}

fn python(folder: &Path, wanted: &Path) -> Result<(), Failure> {
    if !has("python3") {
        return ignored("python3 is not here: the Python clients are not tested");
    }
    let venv = folder.join("venv");
    let stamp = folder.join("requirements.txt");
    if venv.exists() && same(wanted, &stamp) {
        return Ok(());
    }
    println!("installing the Python clients");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    let pip = venv.join("bin/python");
    run(Command::new(pip).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(wanted))?;
    fs::copy(wanted, stamp)?;
    Ok(())
}

fn node(folder: &Path, wanted: &Path) -> Result<(), Failure> {
    if !has("node") || !has("npm") {
        return ignored("node and npm are not here: the Node clients are not tested");
    }
    let stamp = folder.join("installed.json");
    if folder.join("node_modules").exists() && same(wanted, &stamp) {
        return Ok(());
    }
    println!("installing the Node clients");
    fs::copy(wanted, folder.join("package.json"))?;
    let mut npm = Command::new("npm");
    run(npm.args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]).current_dir(folder))?;
    fs::copy(wanted, stamp)?;
    Ok(())
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether this program can be started.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs a command to its end; a failure names it.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}
