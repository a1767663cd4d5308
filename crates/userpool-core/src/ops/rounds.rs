//! Commits that are tried again because others came between.

use document_store::error::{StorageError, StorageErrorKind};

/// How often a commit is tried again when another one came between.
pub(crate) const MOST_ROUNDS: usize = 32;

/// Whether another commit came between a reading and this commit.
pub(crate) fn is_overtaken(error: &StorageError) -> bool {
    matches!(error.kind(), StorageErrorKind::Conflict | StorageErrorKind::AlreadyExists) && error.condition().is_none()
}
