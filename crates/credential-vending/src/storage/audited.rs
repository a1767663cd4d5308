//! What is kept of sessions that were vended.

use async_trait::async_trait;
use document_store::error::StorageError;

use crate::model::AuditedSession;

/// Looks up what is kept of sessions.
#[async_trait]
pub trait AuditedSessions: Send + Sync {
    /// What is kept of the sessions of these access key ids, as far as anything is, in no order.
    async fn of(&self, access_key_ids: &[&str]) -> Result<Vec<AuditedSession>, StorageError>;
}

/// A change of what is kept of a session.
#[derive(Clone, Debug)]
pub enum AuditedWrite {
    /// Keeps this. `AlreadyExists` if something is kept of the access key id.
    Insert {
        /// What is kept.
        session: AuditedSession,
    },
}
