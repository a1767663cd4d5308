//! What is stored, kept as files: those of each release are read for ever, and no form changes unnoticed.
//!
//! `NAME-v1.txt`, `NAME-v2.txt`, ...: a document a line, its key in hexadecimal, and its body, behind `=` in hexadecimal if it
//! is no record. Where a form has got a new version, `CENOTE_NEW_FIXTURE=1` writes the next file; none is ever overwritten.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use document_store::{Change, DocumentStore, Key, Range};
use serde_json::Value;

/// Set to anything, it has the next file written.
const NEW: &str = "CENOTE_NEW_FIXTURE";

/// The files of a name in a folder, the oldest first.
pub fn fixtures(folder: &str, name: &str) -> Vec<PathBuf> {
    let file = |version: u32| Path::new(folder).join(format!("{name}-v{version}.txt"));
    (1..1000).map(file).take_while(|file| file.exists()).collect()
}

/// Puts the documents of a file into a store.
pub async fn load(file: &Path, store: &impl DocumentStore) {
    for line in std::fs::read_to_string(file).unwrap().lines() {
        store.commit(vec![document(line)]).await.unwrap();
    }
}

/// Holds what a store has to the newest file.
///
/// # Panics
///
/// If it is something else. What has changed has to have a version above that in the file; then the next file is written
/// if it is asked for.
pub async fn hold(folder: &str, name: &str, store: &impl DocumentStore) {
    let all = store.scan(&Range::of(Key::new(&[]), 10_000)).await.unwrap();
    let now: Vec<String> = all.iter().map(|document| line(&document.key, &document.body)).collect();
    let files = fixtures(folder, name);
    let before = files.last().map(|file| std::fs::read_to_string(file).unwrap()).unwrap_or_default();
    if before.lines().eq(&now) {
        return;
    }
    let unstepped = unstepped(&before, &now);
    assert!(unstepped.is_empty(), "these forms have changed and their VERSION has not:\n{}", unstepped.join("\n"));
    let next = format!("{name}-v{}.txt", files.len() + 1);
    assert!(
        std::env::var_os(NEW).is_some(),
        "what is stored is new: run with {NEW}=1, which writes {next}, and keep it"
    );
    std::fs::write(Path::new(folder).join(next), now.join("\n") + "\n").unwrap();
}

/// Records that are stored otherwise than before under the same version.
fn unstepped(before: &str, now: &[String]) -> Vec<String> {
    let before: BTreeMap<&str, &str> = before.lines().filter_map(|line| line.split_once(' ')).collect();
    let changed = now.iter().filter(|line| {
        let (key, body) = line.split_once(' ').unwrap();
        before.get(key).is_some_and(|stood| *stood != body && version(stood) >= version(body))
    });
    changed.cloned().collect()
}

/// The version of a record's form; 0 for what is no record.
fn version(body: &str) -> u64 {
    serde_json::from_str::<Value>(body).ok().and_then(|envelope| envelope["v"].as_u64()).unwrap_or_default()
}

fn line(key: &Key, body: &[u8]) -> String {
    let key = hex::encode(key.as_bytes());
    match std::str::from_utf8(body) {
        Ok(text) if text.starts_with('{') => format!("{key} {text}"),
        _ => format!("{key} ={}", hex::encode(body)),
    }
}

fn document(line: &str) -> (Key, Change) {
    let (key, body) = line.split_once(' ').unwrap();
    let body = match body.strip_prefix('=') {
        Some(bytes) => hex::decode(bytes).unwrap(),
        None => body.as_bytes().to_vec(),
    };
    (Key::from_bytes(hex::decode(key).unwrap()), Change::Insert(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_has_changed_needs_a_version_above_the_one_before() {
        let before = "aa {\"v\":1,\"data\":1}\nbb {\"v\":1,\"data\":1}\ncc =00\n";
        let now =
            |first: &str, last: &str| vec![first.to_owned(), "bb {\"v\":1,\"data\":1}".to_owned(), last.to_owned()];

        let same = "aa {\"v\":1,\"data\":2}";
        assert_eq!(unstepped(before, &now(same, "cc =00")), [same]);
        assert_eq!(unstepped(before, &now("aa {\"v\":2,\"data\":2}", "dd =00")), [""; 0]);
        assert_eq!(unstepped(before, &now("aa {\"v\":1,\"data\":1}", "cc =01")), ["cc =01"]);
    }
}
