//! What is around a record's data.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::stored::Stored;
use crate::error::{StorageError, StorageErrorKind};
use crate::store::Document;

/// A record and the stored version it was read at.
#[derive(Clone)]
pub struct Versioned<T> {
    /// The record.
    pub record: T,
    /// The version to name when it is replaced.
    pub version: u64,
    /// The body it was read from: what this node does not know of it is kept when it is written.
    origin: Option<Arc<Vec<u8>>>,
}

impl<T> Versioned<T> {
    /// A record of a storage that keeps no envelopes, at its version.
    pub fn new(record: T, version: u64) -> Self {
        Self { record, version, origin: None }
    }

    /// The record of a document.
    ///
    /// # Errors
    ///
    /// `Corrupt` or `NewerRecord` if it cannot be read as this kind.
    pub fn of(document: Document) -> Result<Self, StorageError>
    where
        T: Stored,
    {
        read(document)
    }

    /// What stands there after a commit has written `record` in the place of this one.
    #[must_use]
    pub fn written(self, record: T) -> Self {
        Self { record, version: self.version + 1, ..self }
    }

    /// The same place with another record.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Versioned<U> {
        Versioned { record: turn(self.record), version: self.version, origin: self.origin }
    }
}

impl<T> std::ops::Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}

impl<T: PartialEq> PartialEq for Versioned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.record == other.record
    }
}

impl<T: Eq> Eq for Versioned<T> {}

impl<T: fmt::Debug> fmt::Debug for Versioned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { record, version, origin: _ } = self;
        f.debug_struct("Versioned").field("record", record).field("version", version).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Envelope<D> {
    pub(super) v: u32,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub(super) min_reader: u32,
    pub(super) min_writer: u32,
    pub(super) by: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ends: Option<i64>,
    pub(super) data: D,
}

fn first() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first(version: &u32) -> bool {
    *version == 1
}

/// The record of a document.
pub(crate) fn read<T: Stored>(document: Document) -> Result<Versioned<T>, StorageError> {
    let Document { version, body, .. } = document;
    let form = match serde_json::from_slice::<Envelope<T::Form>>(&body) {
        Ok(envelope) if envelope.v == T::VERSION => envelope.data,
        _ => read_other_version::<T>(&body)?,
    };
    Ok(Versioned { record: T::from_form(form)?, version, origin: Some(Arc::new(body)) })
}

fn read_other_version<T: Stored>(body: &[u8]) -> Result<T::Form, StorageError> {
    let envelope: Envelope<Value> = serde_json::from_slice(body).map_err(StorageError::corrupt)?;
    if envelope.min_reader > T::VERSION {
        return Err(newer());
    }
    let is_newer = envelope.v > T::VERSION;
    let data = bring_forward::<T>(envelope.v, envelope.data)?;
    // What a newer version wrote and this one cannot read is not broken.
    serde_json::from_value(data).map_err(|error| if is_newer { newer() } else { StorageError::corrupt(error) })
}

fn bring_forward<T: Stored>(mut version: u32, mut data: Value) -> Result<Value, StorageError> {
    while version < T::VERSION {
        data = T::upgrade(version, data).ok_or_else(|| StorageError::corrupt("a version that never was"))?;
        version += 1;
    }
    Ok(data)
}

pub(super) fn newer() -> StorageError {
    StorageError::of_kind(StorageErrorKind::NewerRecord)
}

/// The body of a record that nothing stood in the place of, or nothing that matters.
pub(super) fn fresh<T: Stored>(record: &T) -> Result<Vec<u8>, StorageError> {
    let envelope = Envelope {
        v: T::VERSION,
        min_reader: T::LEAST_READER,
        min_writer: T::LEAST_WRITER,
        by: T::VERSION,
        ends: record.ends_at_millis(),
        data: record.to_form(),
    };
    serde_json::to_vec(&envelope).map_err(StorageError::corrupt)
}

/// The body of a record in the place of the one before, with what this node did not know of it.
pub(super) fn changed<T: Stored>(before: &Versioned<T>, after: &T) -> Result<Vec<u8>, StorageError> {
    let Some(origin) = &before.origin else { return fresh(after) };
    // What this node would write just so has nothing in it that it does not know.
    if fresh(&before.record)? == **origin {
        return fresh(after);
    }
    let origin: Envelope<Value> = serde_json::from_slice(origin).map_err(StorageError::corrupt)?;
    if origin.min_writer > T::VERSION {
        return Err(newer());
    }
    let stood = bring_forward::<T>(origin.v, origin.data)?;
    let known = serde_json::to_value(before.record.to_form()).map_err(StorageError::corrupt)?;
    let mut data = serde_json::to_value(after.to_form()).map_err(StorageError::corrupt)?;
    keep_unknown(&mut data, stood, &known);
    let envelope = Envelope {
        v: origin.v.max(T::VERSION),
        min_reader: origin.min_reader.max(T::LEAST_READER),
        min_writer: origin.min_writer.max(T::LEAST_WRITER),
        by: T::VERSION,
        ends: after.ends_at_millis(),
        data,
    };
    serde_json::to_vec(&envelope).map_err(StorageError::corrupt)
}

/// The body that a record was read from.
pub(super) fn as_it_stood<T: Stored>(before: &Versioned<T>) -> Result<Vec<u8>, StorageError> {
    match &before.origin {
        Some(origin) => Ok(origin.as_ref().clone()),
        None => fresh(&before.record),
    }
}

/// What an envelope says without its data being read.
pub(super) fn outside(body: &[u8]) -> Result<Envelope<serde::de::IgnoredAny>, StorageError> {
    serde_json::from_slice(body).map_err(StorageError::corrupt)
}

/// Whether this node may write in the place of what was read.
pub(super) fn check_writer<T: Stored>(before: &Versioned<T>) -> Result<(), StorageError> {
    let Some(origin) = &before.origin else { return Ok(()) };
    if outside(origin)?.min_writer > T::VERSION { Err(newer()) } else { Ok(()) }
}

/// Puts into `written` what stood there and `known`, the same record as this node writes it, does not have.
fn keep_unknown(written: &mut Value, stood: Value, known: &Value) {
    let (Value::Object(written), Value::Object(stood)) = (written, stood) else { return };
    let none = Map::new();
    let known = known.as_object().unwrap_or(&none);
    for (name, value) in stood {
        match (known.get(&name), written.get_mut(&name)) {
            (Some(known), Some(written)) => keep_unknown(written, value, known),
            (None, None) => drop(written.insert(name, value)),
            // Known and taken away, or unknown when it was read and written now: the record as it is now says all.
            _ => {}
        }
    }
}
