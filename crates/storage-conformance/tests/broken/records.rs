//! Typed storages over documents of which one kind is treated wrongly.

pub(crate) mod federation;
pub(crate) mod user_pools;
pub(crate) mod vending;

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Batch, Change, Document, DocumentStore, Key, Range};
use serde_json::Value;
use storage_memory::MemoryStore;

/// Documents by the third and fourth part of their keys: the kind of the record, and whether it is the record, a name of it,
/// or an entry by which it is searched. The namespace comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

impl Of {
    fn has(self, key: &Key) -> bool {
        let parts = key.parts();
        let part = |at: usize| parts.get(at).map_or("", String::as_str);
        part(0) == self.0 && part(2) == self.1 && (part(3) == self.2 || self.2 == "*")
    }
}

/// What is done wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// A change becomes another, or none.
    Changes(Of, fn(Change) -> Option<Change>),
    /// Documents stand under other keys than those that were named.
    Keys(Of, fn(&mut [String])),
    /// A record is not kept as it was written.
    Data(Of, fn(&mut Value)),
    /// Something else is found than what was looked for.
    Scans(Of, fn(&Range, Vec<Document>) -> Vec<Document>),
    /// Other ranges are looked through than those that were asked for.
    Ranges(Of, fn(&mut Range)),
    /// Of many, others are found.
    Many(Of, fn(&mut [Option<Document>])),
    /// Records are said to have ended long ago.
    Ended(Of),
    /// Every version is the first.
    Unversioned(Of),
    /// A page ends where it begins behind something that is gone.
    Lost(Of),
    /// Each change of a batch is written by itself.
    OneByOne,
    /// The first change of a batch is written, and no other.
    FirstOnly,
    /// A refusal does not say what was refused.
    Unnamed,
}

use Fault::*;

/// Loses whatever is written.
pub(crate) fn lose(_: Change) -> Option<Change> {
    None
}

/// Lets the last of two win.
pub(crate) fn any_version(change: Change) -> Option<Change> {
    match change {
        Change::Replace(_, body) => Some(Change::Put(body)),
        Change::Remove(_) => Some(Change::Clear),
        other => Some(other),
    }
}

/// Writes over what is there.
pub(crate) fn over(change: Change) -> Option<Change> {
    match change {
        Change::Insert(body) => Some(Change::Put(body)),
        other => Some(other),
    }
}

/// Refuses to write over what is there.
pub(crate) fn never_over(change: Change) -> Option<Change> {
    match change {
        Change::Put(body) => Some(Change::Insert(body)),
        other => Some(other),
    }
}

/// Removes nothing.
pub(crate) fn keep(change: Change) -> Option<Change> {
    match change {
        Change::Remove(version) => Some(Change::Expect(version)),
        Change::Clear => None,
        other => Some(other),
    }
}

/// Does not hold what it was to hold.
pub(crate) fn unexpected(change: Change) -> Option<Change> {
    match change {
        Change::Expect(_) => None,
        other => Some(other),
    }
}

/// One tenant's in the place of every other's.
pub(crate) fn of_all_tenants(parts: &mut [String]) {
    "all".clone_into(&mut parts[1]);
}

/// In small letters.
pub(crate) fn folded(parts: &mut [String]) {
    for part in parts.iter_mut().skip(4) {
        *part = part.to_lowercase();
    }
}

/// No part longer than 255 bytes.
pub(crate) fn cut_off(parts: &mut [String]) {
    for part in parts.iter_mut().skip(4) {
        part.truncate(part.floor_char_boundary(255));
    }
}

/// From the other end.
pub(crate) fn reversed(_: &Range, mut found: Vec<Document>) -> Vec<Document> {
    found.reverse();
    found
}

/// Without the first of each page but the first.
pub(crate) fn skipping(range: &Range, mut found: Vec<Document>) -> Vec<Document> {
    if range.after.is_some() && !found.is_empty() {
        found.remove(0);
    }
    found
}

/// Nothing.
pub(crate) fn nothing(_: &Range, _: Vec<Document>) -> Vec<Document> {
    Vec::new()
}

/// A hundred at most.
pub(crate) fn a_hundred(range: &mut Range) {
    range.limit = range.limit.min(100);
}

/// Without limit.
pub(crate) fn without_limit(range: &mut Range) {
    range.limit = usize::MAX;
}

/// From the beginning, whatever came before.
pub(crate) fn from_the_beginning(range: &mut Range) {
    range.after = None;
}

/// The first of many and no other.
pub(crate) fn first_of_many(found: &mut [Option<Document>]) {
    let mut given = false;
    for document in found {
        if given {
            *document = None;
        }
        given |= document.is_some();
    }
}

/// A member's value becomes what stands there when nothing was said.
pub(crate) fn empty(data: &mut Value, member: &str) {
    let value = data.get_mut(member).unwrap_or_else(|| panic!("no member {member}"));
    *value = match value {
        Value::String(_) => Value::from(""),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(_) => Value::Object(serde_json::Map::new()),
        Value::Number(_) => Value::from(0),
        Value::Bool(_) => Value::from(false),
        Value::Null => Value::Null,
    };
}

/// Names a function that empties a member.
macro_rules! without {
    ($member:literal) => {
        |data: &mut serde_json::Value| $crate::broken::records::empty(data, $member)
    };
}
pub(crate) use without;

/// Documents in memory, with a fault or none.
#[derive(Debug)]
pub(crate) struct Altered {
    store: MemoryStore,
    fault: Option<Fault>,
    calls: AtomicUsize,
}

impl Altered {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { store: MemoryStore::new(), fault, calls: AtomicUsize::new(0) }
    }

    /// A rule that goes on for ever because of a fault has not noticed it.
    fn count(&self) {
        assert!(self.calls.fetch_add(1, Ordering::Relaxed) < 100_000, "{}", super::ENDLESS);
    }

    /// Where a document stands here.
    fn key(&self, key: &Key) -> Key {
        match self.fault {
            Some(Keys(of, alter)) if of.has(key) => {
                let mut parts = key.parts();
                alter(&mut parts);
                Key::new(&parts.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => key.clone(),
        }
    }

    /// What is found of a document that is looked for by its key.
    fn found(&self, key: &Key, document: Document) -> Document {
        match self.fault {
            Some(Unversioned(of)) if of.has(key) => Document { version: 1, ..document },
            _ => document,
        }
    }

    fn change(&self, key: &Key, change: Change) -> Option<Change> {
        match self.fault {
            Some(Changes(of, alter)) if of.has(key) => alter(change),
            Some(Data(of, alter)) if of.has(key) => {
                Some(with_envelope(change, |envelope| alter(&mut envelope["data"])))
            }
            Some(Ended(of)) if of.has(key) => Some(with_envelope(change, |envelope| envelope["ends"] = 0.into())),
            _ => Some(change),
        }
    }
}

/// The same change of a record with another envelope.
fn with_envelope(change: Change, alter: impl Fn(&mut Value)) -> Change {
    let altered = |body: Vec<u8>| {
        let mut envelope: Value = serde_json::from_slice(&body).unwrap();
        alter(&mut envelope);
        serde_json::to_vec(&envelope).unwrap()
    };
    match change {
        Change::Insert(body) => Change::Insert(altered(body)),
        Change::Put(body) => Change::Put(altered(body)),
        Change::Replace(version, body) => Change::Replace(version, altered(body)),
        other => other,
    }
}

#[async_trait]
impl DocumentStore for Altered {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.count();
        Ok(self.store.get(&self.key(key)).await?.map(|document| self.found(key, document)))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.count();
        let here: Vec<Key> = keys.iter().map(|key| self.key(key)).collect();
        let mut found = self.store.get_many(&here).await?;
        for (key, document) in keys.iter().zip(&mut found) {
            *document = document.take().map(|document| self.found(key, document));
        }
        match self.fault {
            Some(Many(of, alter)) if keys.iter().any(|key| of.has(key)) => alter(&mut found),
            _ => {}
        }
        Ok(found)
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.count();
        let mut here = Range {
            prefix: self.key(&range.prefix),
            after: range.after.as_ref().map(|after| self.key(after)),
            ..range.clone()
        };
        if let Some(Ranges(of, alter)) = self.fault
            && of.has(&range.prefix)
        {
            alter(&mut here);
        }
        if let (Some(Lost(of)), Some(after)) = (self.fault, &here.after)
            && of.has(&range.prefix)
            && self.store.get(after).await?.is_none()
        {
            return Ok(Vec::new());
        }
        let mut found = self.store.scan(&here).await?;
        for document in &mut found {
            let behind = &document.key.as_bytes()[here.prefix.as_bytes().len()..];
            document.key = Key::from_bytes([range.prefix.as_bytes(), behind].concat());
        }
        match self.fault {
            Some(Scans(of, alter)) if of.has(&range.prefix) => Ok(alter(range, found)),
            _ => Ok(found),
        }
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.count();
        let mut here = Batch::new();
        for (key, change) in batch {
            here.extend(self.change(&key, change).map(|change| (self.key(&key), change)));
        }
        match self.fault {
            Some(OneByOne) => {
                for (at, change) in here.into_iter().enumerate() {
                    self.store.commit(vec![change]).await.map_err(|error| error.at(at))?;
                }
                Ok(())
            }
            Some(FirstOnly) => {
                here.truncate(1);
                self.store.commit(here).await
            }
            Some(Unnamed) => self.store.commit(here).await.map_err(|error| StorageError::of_kind(error.kind())),
            _ => self.store.commit(here).await,
        }
    }
}
