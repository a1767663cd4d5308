//! What a commit does.

use crate::error::{StorageError, StorageErrorKind};
use crate::key::Key;

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

/// A batch of changes that holds as a whole or not at all. A key stands in it at most once, and all its keys are of one
/// [tenant](Key::tenant).
pub type Batch = Vec<(Key, Change)>;

/// Holds a batch to its form, before anything is read: every engine calls it first.
///
/// # Errors
///
/// `TooLarge` with the place of a change whose key is longer than [`Key::MOST_BYTES`]; `Unavailable` for a key that stands
/// in the batch twice and for keys of several tenants, faults of whoever made it.
pub fn check_batch(batch: &Batch) -> Result<(), StorageError> {
    if let Some(at) = batch.iter().position(|(key, _)| key.as_bytes().len() > Key::MOST_BYTES) {
        return Err(StorageError::refused(StorageErrorKind::TooLarge, at, None));
    }
    let tenant = batch.first().map(|(key, _)| key.tenant());
    if batch.iter().any(|(key, _)| Some(key.tenant()) != tenant) {
        return Err(StorageError::unavailable("a batch is of one tenant"));
    }
    let mut keys: Vec<&Key> = batch.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(StorageError::unavailable("a key stands in a batch twice"));
    }
    Ok(())
}

/// What `stored` does under `change`: the new version and body, or nothing for a removal.
///
/// The one place where conditions are judged; every engine calls it.
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
