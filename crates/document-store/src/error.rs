//! Why a storage backend did not do what it was asked.

use std::error::Error;
use std::fmt;

/// What went wrong, in the few kinds that a caller acts on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StorageErrorKind {
    /// The commit adds something that is there already.
    AlreadyExists,
    /// The commit was decided on a version that is no longer the stored one, or on something that is gone.
    Conflict,
    /// A stored record could not be read.
    Corrupt,
    /// The record was written by a newer version of this software, which alone may read or write it: this node must be
    /// brought forward. Nothing was written.
    NewerRecord,
    /// A key is longer than any engine takes.
    TooLarge,
    /// The backend failed; nothing was written, or nothing can be said about it.
    Unavailable,
}

/// A backend's fault or refusal.
///
/// A refused commit wrote nothing and names the write that was refused, by its place in the batch, and the condition
/// that failed, where a write has several ([`condition`](Self::condition)).
#[derive(Debug, thiserror::Error)]
pub struct StorageError {
    kind: StorageErrorKind,
    write: Option<usize>,
    condition: Option<&'static str>,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StorageErrorKind::AlreadyExists => "the record exists already",
            StorageErrorKind::Conflict => "the record was changed meanwhile",
            StorageErrorKind::Corrupt => "a stored record could not be read",
            StorageErrorKind::NewerRecord => "the record belongs to a newer version of this software",
            StorageErrorKind::TooLarge => "the key is too long",
            StorageErrorKind::Unavailable => "the storage is unavailable",
        })
    }
}

impl StorageError {
    /// Write number `write` of the batch was refused; with several conditions, `condition` failed.
    pub fn refused(kind: StorageErrorKind, write: usize, condition: Option<&'static str>) -> Self {
        Self { kind, write: Some(write), condition, source: None }
    }

    /// A fault of this kind that belongs to no write.
    pub fn of_kind(kind: StorageErrorKind) -> Self {
        Self { kind, write: None, condition: None, source: None }
    }

    /// The same of write number `write` of the batch.
    #[must_use]
    pub fn at(self, write: usize) -> Self {
        Self { write: Some(write), ..self }
    }

    /// The backend failed.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StorageErrorKind::Unavailable, write: None, condition: None, source: Some(source.into()) }
    }

    /// A stored record could not be read.
    pub fn corrupt(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StorageErrorKind::Corrupt, write: None, condition: None, source: Some(source.into()) }
    }

    /// What went wrong.
    pub fn kind(&self) -> StorageErrorKind {
        self.kind
    }

    /// The refused write's place in the batch, from 0.
    pub fn write(&self) -> Option<usize> {
        self.write
    }

    /// The refused write's failed condition, named by the storage trait whose write it is.
    pub fn condition(&self) -> Option<&'static str> {
        self.condition
    }
}
