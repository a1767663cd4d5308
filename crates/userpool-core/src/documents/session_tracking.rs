//! Which sessions of a user are tracked, over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::session_tracking::TrackedSessions;
use crate::storage::{Tracking, TrackingWrite};
use crate::stored::tenant;

#[async_trait]
impl<S: DocumentStore> Tracking for DocumentUserPools<S> {
    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
    ) -> Result<Option<Versioned<TrackedSessions>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str()]).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &TrackingWrite) -> Result<(), StorageError> {
    match write {
        TrackingWrite::Set { before: None, after } => changes.insert(&tenant(&after.pool), after),
        TrackingWrite::Set { before: Some(before), after } => changes.update(&tenant(&after.pool), before, after),
        TrackingWrite::Forget { pool, sub } => {
            changes.clear::<TrackedSessions>(&tenant(pool), &[sub.as_str()]);
            Ok(())
        }
    }
}
