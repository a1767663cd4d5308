//! Runs a program, and writes down what it does to its files.

use std::process::Command;

use test_support::missing;

use crate::record::{self, Event};

/// What a program did.
#[derive(Debug)]
pub struct Watched {
    /// In order.
    pub events: Vec<Event>,
}

/// Runs `program` with `words`, the path of an empty folder, which is watched, and the path of a file to which the program
/// writes a line for each thing that is durable by its word.
///
/// `None` if this system has no `strace` or does not let it watch, which is then told of at the end of `cargo xtask test`.
pub fn watch(program: &str, words: &[&str]) -> Option<Watched> {
    let temporary = tempfile::tempdir().unwrap();
    let place = temporary.path().canonicalize().unwrap();
    let (folder, answers, record) = (place.join("files"), place.join("answers"), place.join("record"));
    std::fs::create_dir(&folder).unwrap();
    if !can_watch() {
        missing::report("strace", "`cargo xtask test` installs Debian's package; a container has to permit ptrace");
        return None;
    }
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-xx", "-s", "10000000", "-o"])
        .arg(&record)
        .args(["-e", &format!("trace={}", record::CALLS)]);
    let status = strace.arg(program).args(words).args([&folder, &answers]).status().unwrap();
    assert!(status.success(), "{program} {words:?}: {status}");
    let record = std::fs::read_to_string(&record).unwrap();
    Some(Watched { events: record::read(&record, &folder, &answers) })
}

fn can_watch() -> bool {
    let watched = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    watched.is_ok_and(|output| output.status.success())
}
