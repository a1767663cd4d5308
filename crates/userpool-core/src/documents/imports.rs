//! Imports over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Records, Versioned};

use super::DocumentUserPools;
use crate::model::ids::{ImportJobId, UserPoolId};
use crate::model::import::{ImportJob, ImportPart, ImportReport};
use crate::storage::{ImportWrite, Imports};
use crate::stored::{StoredPart, StoredReport, numbered, tenant};

#[async_trait]
impl<S: DocumentStore> Imports for DocumentUserPools<S> {
    async fn get(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<Option<Versioned<ImportJob>>, StorageError> {
        self.0.record(&tenant(pool), &[job.as_str()]).await
    }

    async fn of_pool(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<ImportJob>, StorageError> {
        Ok(self.0.list(&tenant(pool), page).await?.map(|found: Versioned<ImportJob>| found.record))
    }

    async fn part(
        &self,
        pool: &UserPoolId,
        job: &ImportJobId,
        number: u64,
    ) -> Result<Option<ImportPart>, StorageError> {
        let found = self.0.record::<StoredPart>(&tenant(pool), &[job.as_str(), &numbered(number)]).await?;
        Ok(found.map(|found| found.record.part))
    }

    async fn reports(
        &self,
        pool: &UserPoolId,
        job: &ImportJobId,
        page: &PageRequest,
    ) -> Result<Page<ImportReport>, StorageError> {
        let found = self.0.list_below::<StoredReport>(&tenant(pool), &[job.as_str()], page).await?;
        Ok(found.map(|found| found.record.report))
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &ImportWrite) -> Result<(), StorageError> {
    match write {
        ImportWrite::Insert { job } => changes.insert(&tenant(&job.pool), job),
        ImportWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        ImportWrite::PutPart { part } => changes.put(&tenant(&part.pool), &StoredPart::from(part.clone())),
        ImportWrite::RemovePart { pool, job, number } => {
            changes.clear::<StoredPart>(&tenant(pool), &[job.as_str(), &numbered(*number)]);
            Ok(())
        }
        ImportWrite::Report { report } => changes.put(&tenant(&report.pool), &StoredReport::from(report.clone())),
    }
}
