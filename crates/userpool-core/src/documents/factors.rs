//! Second factors over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::model::factors::SecondFactors;
use crate::model::ids::{Subject, UserPoolId};
use crate::storage::{FactorWrite, Factors};
use crate::stored::{StoredSecondFactors, tenant};

#[async_trait]
impl<S: DocumentStore> Factors for DocumentUserPools<S> {
    async fn second(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<SecondFactors>>, StorageError> {
        let found = self.0.record::<StoredSecondFactors>(&tenant(pool), &[sub.as_str()]).await?;
        Ok(found.map(|found| found.map(|stored| stored.factors)))
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &FactorWrite) -> Result<(), StorageError> {
    match write {
        FactorWrite::SetSecond { pool, sub, before, after } => {
            let stored = |factors| StoredSecondFactors { sub: sub.clone(), factors };
            match before {
                None => changes.insert(&tenant(pool), &stored(after.clone())),
                Some(before) => changes.update(&tenant(pool), &before.clone().map(stored), &stored(after.clone())),
            }
        }
        FactorWrite::RemoveSecond { pool, sub, before } => {
            let stored = |factors| StoredSecondFactors { sub: sub.clone(), factors };
            changes.remove(&tenant(pool), &before.clone().map(stored))
        }
        FactorWrite::DeleteSecond { pool, sub } => {
            changes.clear::<StoredSecondFactors>(&tenant(pool), &[sub.as_str()]);
            Ok(())
        }
    }
}
