//! What is stored, kept as files: those of each release are read for ever, and no form changes unnoticed.
//!
//! Each kind of record has files of its own, after its namespace and itself: `user-pool-device-v1.txt`, and `-v2.txt` when its
//! form has got a new version. So two changes of different kinds meet in no file. A document a line: its key in hexadecimal,
//! and its body, behind `=` in hexadecimal if it is no record. With `CENOTE_NEW_FIXTURE=1` the next files are written; none is
//! ever overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use document_store::{Change, DocumentStore, Key, Range};
use serde_json::Value;

/// Set to anything, it has the next files written.
const NEW: &str = "CENOTE_NEW_FIXTURE";

/// A store with what the oldest files of a folder hold, one with what the next hold, and so on: each is made by `new`.
///
/// # Panics
///
/// If the folder has no such files.
pub async fn of_every_version<S: DocumentStore>(folder: &str, new: impl Fn() -> S) -> Vec<S> {
    let mut stores = Vec::new();
    for files in generations(folder) {
        let store = new();
        load(&files, &store).await;
        stores.push(store);
    }
    stores
}

/// What the files of a folder hold, the oldest first: of each kind its first file, then of each its second, or still the
/// first if it has no other, and so on.
fn generations(folder: &str) -> Vec<Vec<PathBuf>> {
    let kinds: Vec<Vec<PathBuf>> = kinds(folder).iter().map(|kind| versions(folder, kind)).collect();
    let newest = kinds.iter().map(Vec::len).max().unwrap_or_default();
    assert!(newest > 0, "{folder} has no stored forms");
    let file_at = |at: usize| move |files: &Vec<PathBuf>| files.get(at).or(files.last()).cloned();
    (0..newest).map(|at| kinds.iter().filter_map(file_at(at)).collect()).collect()
}

/// Puts the documents of files into a store.
async fn load(files: &[PathBuf], store: &impl DocumentStore) {
    for file in files {
        for line in read(file).lines() {
            store.commit(vec![document(line)]).await.unwrap();
        }
    }
}

/// Holds what a store has to the newest file of each kind.
///
/// # Panics
///
/// If it is something else. What has changed has to have a version above that in the file; then the next file is written
/// if it is asked for. A kind of which there is nothing any more gets an empty one.
pub async fn hold(folder: &str, store: &impl DocumentStore) {
    let all = store.scan(&Range::of(Key::new(&[]), 10_000)).await.unwrap();
    let mut now: BTreeMap<String, Vec<String>> = kinds(folder).into_iter().map(|kind| (kind, Vec::new())).collect();
    for document in all {
        now.entry(kind_of(&document.key)).or_default().push(line(&document.key, &document.body));
    }
    for (kind, now) in now {
        hold_kind(folder, &kind, &now);
    }
}

fn hold_kind(folder: &str, kind: &str, now: &[String]) {
    let files = versions(folder, kind);
    let before = files.last().map(|file| read(file)).unwrap_or_default();
    if before.lines().eq(now) {
        return;
    }
    let unstepped = unstepped(&before, now);
    assert!(unstepped.is_empty(), "these forms have changed and their VERSION has not:\n{}", unstepped.join("\n"));
    let next = format!("{kind}-v{}.txt", files.len() + 1);
    assert!(
        std::env::var_os(NEW).is_some(),
        "what is stored is new: run with {NEW}=1, which writes {next}, and keep it"
    );
    let end = if now.is_empty() { "" } else { "\n" };
    std::fs::write(Path::new(folder).join(next), now.join("\n") + end).unwrap();
}

/// The kinds that a folder has files of.
fn kinds(folder: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().file_name());
    let kind = |name: std::ffi::OsString| Some(name.to_str()?.strip_suffix("-v1.txt")?.to_owned());
    files.filter_map(kind).collect()
}

/// The files of a kind, the oldest first.
fn versions(folder: &str, kind: &str) -> Vec<PathBuf> {
    let file = |version: u32| Path::new(folder).join(format!("{kind}-v{version}.txt"));
    (1..1000).map(file).take_while(|file| file.exists()).collect()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}

/// Whose a document is: its namespace, and the kind of the record that it is or leads to.
fn kind_of(key: &Key) -> String {
    let parts = key.parts();
    let kind = if ["ending", "past"].contains(&parts[2].as_str()) { &parts[4] } else { &parts[2] };
    format!("{}-{kind}", parts[0])
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
    fn a_record_and_what_leads_to_it_stand_in_the_files_of_one_kind() {
        for (parts, kind) in [
            (&["user-pool", "p", "device", "record", "d"][..], "user-pool-device"),
            (&["user-pool", "p", "device", "by", "user", "u", "d"], "user-pool-device"),
            (&["user-pool", "p", "ending", "00001", "device", "d"], "user-pool-device"),
            (&["user-pool", "p", "past", "00001", "device", "00002", "d"], "user-pool-device"),
            (&["directory", "clients", "client", "record", "c"], "directory-client"),
        ] {
            assert_eq!(kind_of(&Key::new(parts)), kind);
        }
    }

    #[test]
    fn a_kind_without_a_newer_file_is_read_from_the_one_it_has() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a-v1.txt", "a-v2.txt", "b-v1.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }

        let found = generations(folder.path().to_str().unwrap());

        let names =
            |files: &[PathBuf]| files.iter().map(|file| file.file_name().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(
            found.iter().map(|files| names(files)).collect::<Vec<_>>(),
            [["a-v1.txt", "b-v1.txt"], ["a-v2.txt", "b-v1.txt"]]
        );
    }

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
