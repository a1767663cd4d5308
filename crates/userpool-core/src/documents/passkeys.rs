//! Passkeys over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::passkeys::UserPasskeys;
use crate::storage::{PasskeyWrite, Passkeys};
use crate::stored::tenant;

#[async_trait]
impl<S: DocumentStore> Passkeys for DocumentUserPools<S> {
    async fn of_user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<UserPasskeys>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str()]).await
    }
}

pub(super) fn add(changes: &mut Changes, write: &PasskeyWrite) -> Result<(), StorageError> {
    match write {
        PasskeyWrite::Insert { passkeys } => changes.insert(&tenant(&passkeys.pool), passkeys),
        PasskeyWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        PasskeyWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}
