//! What is asked of a backend about which sessions of a user are tracked.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;

use crate::model::ids::{Subject, UserPoolId};
use crate::model::session_tracking::TrackedSessions;

/// Looks up which sessions of a user are tracked.
#[async_trait]
pub trait Tracking: Send + Sync {
    /// Those of this user; `None` if none was tracked yet.
    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
    ) -> Result<Option<Versioned<TrackedSessions>>, StorageError>;
}

/// A change of which sessions of a user are tracked.
#[derive(Clone, Debug)]
pub enum TrackingWrite {
    /// Sets them. `Conflict` or `AlreadyExists` if they are not as they were read: of two sign-ins at once, one looks again.
    Set {
        /// As they were read; `None` if there was no record.
        before: Option<Versioned<TrackedSessions>>,
        /// As they are to be.
        after: TrackedSessions,
    },
    /// Removes the record of a user; nothing happens if there is none.
    Forget {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The user.
        sub: Subject,
    },
}
