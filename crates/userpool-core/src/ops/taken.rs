//! What a refused commit says of a name that somebody has already.

use document_store::error::{StorageError, StorageErrorKind};

use crate::error::Error;
use crate::model::pool::{SignInNames, UserPool};
use crate::reasons::{NameKind, Refusal};

/// A refused change of a user's names as the alias that is taken.
pub(crate) fn taken_alias(error: StorageError) -> Error {
    match error.condition().and_then(NameKind::of_label) {
        Some(kind) => Error::AliasExists(kind),
        None => error.into(),
    }
}

/// A refused insertion of a user as the name that is taken.
pub(crate) fn name_taken(pool: &UserPool, error: StorageError) -> Error {
    match error.condition().and_then(NameKind::of_label) {
        Some(kind) => exists(pool, kind),
        None => error.into(),
    }
}

/// A name of this kind that another user of the pool has.
pub(crate) fn exists(pool: &UserPool, kind: NameKind) -> Error {
    let kind = kind.plain();
    match (&pool.sign_in_names, kind) {
        (_, NameKind::Username) | (SignInNames::Address(_), _) => Error::UsernameExists(kind),
        (_, other) => Error::AliasExists(other),
    }
}

/// What is said when the commit at the end of a step of a sign-in is refused: the step was answered before, or a name is taken.
pub(crate) fn refused_step(error: StorageError) -> Error {
    match (error.kind(), error.condition()) {
        (StorageErrorKind::AlreadyExists, None) => Refusal::SessionSpent.into(),
        _ => taken_alias(error),
    }
}
