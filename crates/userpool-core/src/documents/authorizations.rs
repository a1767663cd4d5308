//! Authorizations over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::model::authorization_code::AuthorizationCode;
use crate::model::browser_session::BrowserSession;
use crate::model::ids::UserPoolId;
use crate::storage::{AuthorizationWrite, Authorizations};
use crate::stored::tenant;

#[async_trait]
impl<S: DocumentStore> Authorizations for DocumentUserPools<S> {
    async fn code(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<AuthorizationCode>>, StorageError> {
        self.0.record(&tenant(pool), &[id]).await
    }

    async fn browser(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<BrowserSession>>, StorageError> {
        self.0.record(&tenant(pool), &[id]).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &AuthorizationWrite) -> Result<(), StorageError> {
    match write {
        AuthorizationWrite::InsertCode { code } => changes.insert(&tenant(&code.pool), code),
        AuthorizationWrite::SpendCode { before, after } => changes.update(&tenant(&after.pool), before, after),
        AuthorizationWrite::InsertBrowser { session } => changes.insert(&tenant(&session.pool), session),
        AuthorizationWrite::DeleteBrowser { before } => changes.remove(&tenant(&before.pool), before),
    }
}
