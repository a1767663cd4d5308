//! An ordered store of versioned documents: the small port on which the ready-made typed storages stand.
//!
//! Each domain crate owns a typed storage trait and brings one implementation of it over [`DocumentStore`], so a new
//! engine (SQLite, PostgreSQL, a replicated log) is one small type here, and every domain behaves alike on it.
//! Whoever wants tables of their own implements the typed trait instead.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{StorageError, StorageErrorKind};
use crate::page::{Page, PageRequest};

/// A document's place: parts in order, encoded so that keys sort by their parts and no part runs into the next.
///
/// Each part's bytes are followed by `00 01`; a `00` inside a part is written `00 ff`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(Vec<u8>);

impl Key {
    /// The key of these parts.
    pub fn new(parts: &[&str]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 2).sum());
        for part in parts {
            push_text(&mut bytes, part);
            bytes.extend_from_slice(&[0, 1]);
        }
        Self(bytes)
    }

    /// What every key begins with whose first parts are `parts` and whose next part begins with `start`.
    pub fn prefix(parts: &[&str], start: &str) -> Self {
        let mut key = Self::new(parts);
        push_text(&mut key.0, start);
        key
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key from bytes that [`as_bytes`](Self::as_bytes) gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The last part, as text. Empty if the key has none.
    pub fn last_part(&self) -> String {
        let body = self.0.strip_suffix(&[0, 1]).unwrap_or(&self.0);
        let start = body.windows(2).rposition(|pair| pair == [0, 1]).map_or(0, |at| at + 2);
        let part = body.get(start..).unwrap_or_default();
        let mut bytes = Vec::with_capacity(part.len());
        let mut after_zero = false;
        for byte in part {
            if !(after_zero && *byte == 0xff) {
                bytes.push(*byte);
            }
            after_zero = *byte == 0;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The least key above every key that begins with this one, or `None` if there is none.
    pub fn after_prefix(&self) -> Option<Vec<u8>> {
        let mut bytes = self.0.clone();
        while let Some(last) = bytes.pop() {
            if last < u8::MAX {
                bytes.push(last + 1);
                return Some(bytes);
            }
        }
        None
    }
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        bytes.push(byte);
        if byte == 0 {
            bytes.push(0xff);
        }
    }
}

/// A stored document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// Where it stands.
    pub key: Key,
    /// 1 when inserted, one more at each change.
    pub version: u64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// One change of one document, with the condition under which it holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Adds a document. `AlreadyExists` if the key is taken.
    Insert(Vec<u8>),
    /// Writes a document whatever stands there. Its version becomes one more, or 1.
    Put(Vec<u8>),
    /// Replaces a document. `Conflict` unless the stored version is this one.
    Replace(u64, Vec<u8>),
    /// Removes a document. `Conflict` unless the stored version is this one.
    Remove(u64),
    /// Removes a document whatever its version; nothing happens if there is none.
    Clear,
    /// Changes nothing. `Conflict` unless the stored version is this one: what a decision was based on.
    Expect(u64),
}

/// A batch of changes that holds as a whole or not at all. A key stands in it at most once.
pub type Batch = Vec<(Key, Change)>;

/// An ordered store of versioned documents.
///
/// # Contract
///
/// - [`commit`](Self::commit) applies every change or none; after `Ok` all of them are durable. All conditions are
///   judged on the state before the batch, and the refusal names the first change whose condition failed.
/// - [`get`](Self::get) and [`scan`](Self::scan) see every commit that returned `Ok` before they began.
/// - Keys are compared byte for byte. Bodies are returned as written.
///
/// `storage_conformance` holds a backend to each rule.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// The document at `key`.
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError>;

    /// At most `limit` documents whose keys begin with `prefix` and lie above `after`, in the order of their keys.
    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Document>, StorageError>;

    /// Applies `batch` as one.
    async fn commit(&self, batch: Batch) -> Result<(), StorageError>;

    /// Removes everything. For tests and for starting over.
    async fn clear(&self) -> Result<(), StorageError>;
}

#[async_trait]
impl<S: DocumentStore + ?Sized> DocumentStore for Arc<S> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        (**self).get(key).await
    }

    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Document>, StorageError> {
        (**self).scan(prefix, after, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        (**self).commit(batch).await
    }

    async fn clear(&self) -> Result<(), StorageError> {
        (**self).clear().await
    }
}

/// What `stored` does under `change`: the new version and body, or nothing for a removal.
///
/// The one place where conditions are judged; every backend calls it.
///
/// # Errors
///
/// The kind of refusal, if the change's condition does not hold.
pub fn judge(change: &Change, stored: Option<u64>) -> Result<Effect<'_>, StorageErrorKind> {
    let expect = |version: &u64| if stored == Some(*version) { Ok(()) } else { Err(StorageErrorKind::Conflict) };
    match change {
        Change::Insert(body) => match stored {
            None => Ok(Effect::Write(1, body)),
            Some(_) => Err(StorageErrorKind::AlreadyExists),
        },
        Change::Put(body) => Ok(Effect::Write(stored.unwrap_or(0) + 1, body)),
        Change::Replace(version, body) => expect(version).map(|()| Effect::Write(version + 1, body)),
        Change::Remove(version) => expect(version).map(|()| Effect::Remove),
        Change::Clear => Ok(Effect::Remove),
        Change::Expect(version) => expect(version).map(|()| Effect::Nothing),
    }
}

/// What a change does to its document.
#[derive(Debug, Eq, PartialEq)]
pub enum Effect<'a> {
    /// The document gets this version and body.
    Write(u64, &'a [u8]),
    /// The document goes.
    Remove,
    /// The document stays.
    Nothing,
}

/// A record and the stored version it was read at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Versioned<T> {
    /// The record.
    pub record: T,
    /// The version to name when it is replaced.
    pub version: u64,
}

impl<T> std::ops::Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}

/// Reads and writes records as JSON documents.
#[async_trait]
pub trait Records: DocumentStore {
    /// The record at `key`.
    async fn record<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Versioned<T>>, StorageError> {
        self.get(key).await?.map(|document| read(&document)).transpose()
    }

    /// One page of the records whose keys begin with `prefix`. The token is the last key's last part, so `prefix` must
    /// end right before that part.
    async fn records<T: DeserializeOwned + Send>(
        &self,
        parts: &[&str],
        page: &PageRequest,
    ) -> Result<Page<Versioned<T>>, StorageError> {
        let found = scan_page(self, parts, "", page).await?;
        let items = found.items.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next: found.next })
    }
}

impl<S: DocumentStore + ?Sized> Records for S {}

/// One page of the documents under `parts` whose last part begins with `start`.
pub async fn scan_page<S: DocumentStore + ?Sized>(
    store: &S,
    parts: &[&str],
    start: &str,
    page: &PageRequest,
) -> Result<Page<Document>, StorageError> {
    let after = page.after.as_ref().map(|last| {
        let mut all = parts.to_vec();
        all.push(last);
        Key::new(&all)
    });
    let limit = page.limit.clamp(1, 1000);
    let mut items = store.scan(&Key::prefix(parts, start), after.as_ref(), limit + 1).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(|document| document.key.last_part()) } else { None };
    Ok(Page { items, next })
}

/// Removes every document whose key begins with `part`, and what `beside` names for each, in batches. Can be called again
/// after it was interrupted.
pub async fn purge<S: DocumentStore + ?Sized>(
    store: &S,
    part: &str,
    beside: impl Fn(&Key) -> Option<Key> + Send + Sync,
) -> Result<(), StorageError> {
    let all = Key::new(&[part]);
    loop {
        let found = store.scan(&all, None, 500).await?;
        if found.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for document in found {
            batch.extend(beside(&document.key).map(|key| (key, Change::Clear)));
            batch.push((document.key, Change::Clear));
        }
        store.commit(batch).await?;
    }
}

/// A record from its document.
///
/// # Errors
///
/// `Corrupt` if the body is not this record's JSON.
pub fn read<T: DeserializeOwned>(document: &Document) -> Result<Versioned<T>, StorageError> {
    let record = serde_json::from_slice(&document.body).map_err(StorageError::corrupt)?;
    Ok(Versioned { record, version: document.version })
}

/// A record's document body.
///
/// # Errors
///
/// `Corrupt` if the record has no JSON form, which no record of ours lacks.
pub fn body<T: Serialize>(record: &T) -> Result<Vec<u8>, StorageError> {
    serde_json::to_vec(record).map_err(StorageError::corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_their_parts_and_a_part_never_runs_into_the_next() {
        let keys = [&["a"][..], &["a", "b"], &["a", "b\0c"], &["a", "b\u{1}"], &["a", "bc"], &["ab"]];

        let encoded: Vec<Key> = keys.iter().map(|parts| Key::new(parts)).collect();

        assert!(encoded.is_sorted(), "{encoded:?}");
        assert_ne!(Key::new(&["a\0", "b"]), Key::new(&["a", "\0b"]));
    }

    #[test]
    fn the_last_part_comes_back_as_it_went_in() {
        for part in ["", "x", "\0", "a\0\u{ff}b", "\u{1}", "ü\0"] {
            assert_eq!(Key::new(&["pool", part]).last_part(), part);
        }
    }

    #[test]
    fn the_end_of_a_prefix_is_above_all_it_covers() {
        let prefix = Key::prefix(&["pool"], "ab");
        let end = prefix.after_prefix().unwrap();

        assert!(Key::new(&["pool", "ab\u{10ffff}"]).as_bytes() < end.as_slice());
        assert!(Key::new(&["pool", "ac"]).as_bytes() >= end.as_slice());
    }
}
