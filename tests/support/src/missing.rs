//! What a test needs and does not find.
//!
//! A test cannot say "not judged": it passes or fails. So it writes down what it missed, and `cargo xtask test` prints the
//! list at its end. In CI the test fails besides.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use crate::in_ci;

/// Names the file of the list. `cargo xtask test` sets it for the tests it starts.
pub const LIST: &str = "CENOTE_MISSING";

/// Writes down that the running test did not find `what`, and `how` one gets it. The test then returns.
///
/// # Panics
///
/// In CI, where nothing may be missing.
pub fn report(what: &str, how: &str) {
    let test = running_test();
    if let Some(list) = std::env::var_os(LIST) {
        note(Path::new(&list), &test, what, how).unwrap();
    }
    assert!(!in_ci(), "needed in CI: {what}: {how}");
    println!("not judged by {test}: {what} is missing: {how}");
}

/// Appends a line to the list: who missed what, and how one gets it.
///
/// # Errors
///
/// What the file system says.
pub fn note(list: &Path, who: &str, what: &str, how: &str) -> io::Result<()> {
    let line = [who, what, how].map(|part| part.replace(['\t', '\n'], " ")).join("\t");
    // One write: lines of tests that run side by side do not mix.
    OpenOptions::new().create(true).append(true).open(list)?.write_all(format!("{line}\n").as_bytes())
}

/// The list for a reader: each missing thing once, how one gets it, and who missed it. Empty if nothing is missing.
///
/// # Errors
///
/// What the file system says.
pub fn told(list: &Path) -> io::Result<String> {
    if !list.exists() {
        return Ok(String::new());
    }
    let lines = std::fs::read_to_string(list)?;
    let mut missed: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for line in lines.lines() {
        let mut parts = line.splitn(3, '\t');
        let (Some(who), Some(what), Some(how)) = (parts.next(), parts.next(), parts.next()) else { continue };
        missed.entry((what, how)).or_default().push(who);
    }
    let mut told = String::new();
    for ((what, how), mut who) in missed {
        who.sort_unstable();
        who.dedup();
        let _ = write!(told, "{what}: {how}\n    missed by {}\n", who.join(", "));
    }
    Ok(told)
}

/// The running test's name: that of its thread, or, where a runner gives each test a process, what it asked for.
fn running_test() -> String {
    let thread = std::thread::current();
    let named = thread.name().filter(|name| *name != "main").map(str::to_owned);
    let asked = || {
        let words: Vec<String> = std::env::args().skip(1).collect();
        words.into_iter().find(|word| !word.starts_with('-'))
    };
    named.or_else(asked).unwrap_or_else(|| "a test".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_thing_is_told_once_with_everybody_who_missed_it() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("missing");
        assert_eq!(told(&list).unwrap(), "");
        for (who, what) in [("b", "PostgreSQL"), ("a", "vectors\tof\nothers"), ("a", "PostgreSQL"), ("a", "PostgreSQL")]
        {
            note(&list, who, what, "get it").unwrap();
        }

        let told = told(&list).unwrap();

        assert_eq!(told, "PostgreSQL: get it\n    missed by a, b\nvectors of others: get it\n    missed by a\n");
    }

    #[test]
    fn a_test_knows_its_own_name() {
        assert!(running_test().ends_with("a_test_knows_its_own_name"), "{}", running_test());
    }
}
