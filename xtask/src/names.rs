//! The repository names no place of one machine: no absolute path of somebody's home, no host of somebody's network.

use std::process::Command;

use crate::{Failure, root};

/// What no tracked file may say. (Split, so that this file does not say it.)
const PLACES: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("artifa", "ctory"),
    concat!(".inter", "nal/"),
];

/// Data of others is as it is.
const DATA: [&str; 4] = [
    "tests/vectors/own/",
    "tests/fuzz-targets/regressions/",
    "crates/cognito-wire/src/generated/",
    "crates/cognito-wire/models/",
];

/// Looks through every tracked file.
pub(crate) fn check() -> Result<(), Failure> {
    let listed = Command::new("git").args(["ls-files"]).current_dir(root()).output()?;
    if !listed.status.success() {
        return crate::closing::missing("cargo xtask lint", "the list of tracked files", "git, and a clone made by it");
    }
    let listed = String::from_utf8(listed.stdout)?;
    let files = listed.lines().filter(|file| !DATA.iter().any(|data| file.starts_with(data)));
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read(root().join(file)).unwrap_or_default();
        found.extend(places(&String::from_utf8_lossy(&text)).map(|line| format!("{file}:{line}")));
    }
    if found.is_empty() { Ok(()) } else { Err(format!("names of one machine:\n{}", found.join("\n")).into()) }
}

/// The numbers of the lines that name such a place.
fn places(text: &str) -> impl Iterator<Item = usize> {
    let named = |line: &str| PLACES.iter().any(|place| line.contains(place));
    text.lines().enumerate().filter(move |(_, line)| named(line)).map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::{PLACES, places};

    #[test]
    fn a_line_that_names_a_place_of_one_machine_is_found() {
        let text = format!("a\nsee {}x\nhttps://example.com/homes/work\n", PLACES[0]);

        assert_eq!(places(&text).collect::<Vec<_>>(), [2]);
    }
}
