//! The floors inside a crate: errors below the model, the model below storage and ports, those below the service, the
//! service below operations; and no circle of files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::source::File;
use crate::{Failure, root};

/// The floor of a module at the top of a crate, where it has one.
fn floor(module: &str) -> Option<u8> {
    match module {
        "error" | "errors" => Some(0),
        "model" => Some(1),
        "storage" | "ports" => Some(2),
        "service" => Some(3),
        "ops" => Some(4),
        _ => None,
    }
}

/// Checks every crate below `crates`.
pub(crate) fn check() -> Result<(), Failure> {
    let (mut broken, mut files) = (Vec::new(), 0);
    for name in crates()? {
        let read = read(&root().join("crates").join(&name).join("src"))?;
        files += read.len();
        broken.extend(findings(&read).into_iter().map(|finding| format!("{name}: {finding}")));
    }
    if broken.is_empty() {
        println!("{files} files stand on their floors inside their crates, in no circle");
        Ok(())
    } else {
        Err(broken.join("\n").into())
    }
}

/// The crates' folders.
pub(crate) fn crates() -> Result<Vec<String>, Failure> {
    let entries = std::fs::read_dir(root().join("crates"))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| root().join("crates").join(name).join("src").exists());
    names.sort();
    Ok(names)
}

/// The files of a crate.
pub(crate) fn read(src: &Path) -> Result<Vec<File>, Failure> {
    sources(src)?.iter().map(|path| File::read(src, path)).collect()
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// What is wrong with a crate of these files.
fn findings(files: &[File]) -> Vec<String> {
    let uses = uses(files);
    let up = uses.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    let up = up.filter(|(from, to)| matches!((of(from), of(to)), (Some(own), Some(used)) if used > own));
    let mut found: Vec<String> = up.map(|(from, to)| format!("{from} uses {to}, which stands above it")).collect();
    found.extend(circles(&uses).into_iter().map(|circle| format!("a circle of files: {}", circle.join(", "))));
    found
}

fn of(module: &str) -> Option<u8> {
    floor(module.split("::").next().unwrap_or_default())
}

/// Which file uses which. A crate's root is none of them: it lists what the others say.
fn uses(files: &[File]) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeSet<String> =
        files.iter().map(|file| file.module.join("::")).filter(|name| !name.is_empty()).collect();
    let file_of = |path: &Vec<String>| {
        (1..=path.len())
            .rev()
            .map(|length| path.iter().take(length).cloned().collect::<Vec<_>>().join("::"))
            .find(|name| names.contains(name))
    };
    let mut uses = BTreeMap::new();
    for file in files.iter().filter(|file| !file.module.is_empty()) {
        let own = file.module.join("::");
        let used = file.names.iter().filter_map(file_of).filter(|used| *used != own).collect();
        uses.insert(own, used);
    }
    uses
}

/// The sets of files that use one another, directly or by others.
fn circles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = uses.keys().map(|from| (from, reached(uses, from))).collect();
    let together = |one: &String, other: &String| {
        let leads = |from: &String, to: &String| reach.get(from).is_some_and(|reached| reached.contains(to));
        leads(one, other) && leads(other, one)
    };
    let mut found: Vec<Vec<String>> = Vec::new();
    for file in uses.keys() {
        let circle: Vec<String> = uses.keys().filter(|other| together(file, other)).cloned().collect();
        if circle.first() == Some(file) {
            found.push(circle);
        }
    }
    found
}

fn reached<'a>(uses: &'a BTreeMap<String, BTreeSet<String>>, from: &String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = uses.get(from).into_iter().flatten().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(uses.get(file).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_crate(files: &[(&str, &str)]) -> Vec<String> {
        let module = |path: &str| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let files: Vec<File> = files.iter().map(|(path, text)| File::parse(module(path), text).unwrap()).collect();
        findings(&files)
    }

    #[test]
    fn a_file_that_uses_a_floor_above_its_own_is_found() {
        let found = of_crate(&[
            ("", "mod error; mod ops; mod service; pub use ops::SignIn;"),
            ("error", "pub struct Error(crate::model::Id);"),
            ("model", "pub struct Id;"),
            ("service", "use crate::{error::Error, ops::sign_in::{self, SignIn}};"),
            ("ops::sign_in", "use crate::service::Service;"),
            ("ops", "pub mod sign_in;"),
        ]);

        let above = [
            "error uses model, which stands above it",
            "service uses ops::sign_in, which stands above it",
            "a circle of files: ops::sign_in, service",
        ];
        assert_eq!(found, above);
    }

    #[test]
    fn a_circle_of_files_is_found_however_long_and_however_it_is_written() {
        let found = of_crate(&[
            ("a", "fn a() { crate::b::c::d(); }"),
            ("b", "pub mod c; pub struct B;"),
            ("b::c", "use super::B; use super::super::e::E as Else; fn d() {}"),
            ("e", "macro_rules! m { () => { $crate::x } } fn e() { println!(\"{}\", vec![crate::a::A].len()) }"),
        ]);

        assert_eq!(found, ["a circle of files: a, b::c, e"]);
    }

    #[test]
    fn what_tests_and_comments_use_is_nobodys_floor() {
        let found = of_crate(&[
            (
                "error",
                "//! See [`crate::ops`].\n#[cfg(test)] mod tests { use crate::ops::Op; }\n#[cfg(test)] use crate::ops::O;",
            ),
            ("ops", "use crate::error::Error; pub struct Op; pub struct O;"),
        ]);

        assert_eq!(found, Vec::<String>::new());
    }
}
