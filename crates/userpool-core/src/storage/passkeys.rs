//! What a user pool asks of a storage for passkeys.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;

use crate::model::ids::{Subject, UserPoolId};
use crate::model::passkeys::UserPasskeys;

/// Looks passkeys up.
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// The passkeys of this user; `None` for a user without, and for nobody.
    async fn of_user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<UserPasskeys>>, StorageError>;
}

/// A change of a user's passkeys. One that gives a user the first stands in one commit with a change of the user, so that none
/// is left of a user who is removed meanwhile.
///
/// A passkey's id stands once in the pool: a change that brings one of another user is refused with `AlreadyExists` and the
/// condition `passkey`.
#[derive(Clone, Debug)]
pub enum PasskeyWrite {
    /// Stores the first passkeys of a user. `AlreadyExists` if the user has some.
    Insert {
        /// The passkeys.
        passkeys: UserPasskeys,
    },
    /// Replaces a user's passkeys. `Conflict` unless they stand as they were read.
    Update {
        /// As they were read.
        before: Versioned<UserPasskeys>,
        /// As they are to be.
        after: UserPasskeys,
    },
    /// Removes a user's passkeys. `Conflict` unless they stand as they were read.
    Delete {
        /// As they were read.
        before: Versioned<UserPasskeys>,
    },
}
