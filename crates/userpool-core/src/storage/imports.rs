//! What is kept of imports of users.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::ids::{ImportJobId, UserPoolId};
use crate::model::import::{ImportJob, ImportPart, ImportReport};

/// Looks imports up.
#[async_trait]
pub trait Imports: Send + Sync {
    /// The job of this id.
    async fn get(&self, pool: &UserPoolId, job: &ImportJobId) -> Result<Option<Versioned<ImportJob>>, StorageError>;
    /// A pool's jobs by id.
    async fn of_pool(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<ImportJob>, StorageError>;
    /// A part of a job's file.
    async fn part(&self, pool: &UserPoolId, job: &ImportJobId, number: u64)
    -> Result<Option<ImportPart>, StorageError>;
    /// What became of a job's lines that made no user, in the order of the lines.
    async fn reports(
        &self,
        pool: &UserPoolId,
        job: &ImportJobId,
        page: &PageRequest,
    ) -> Result<Page<ImportReport>, StorageError>;
}

/// A change of an import.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum ImportWrite {
    /// Adds a job. `AlreadyExists` if the id is taken.
    Insert {
        /// The job.
        job: ImportJob,
    },
    /// Replaces a job. `Conflict` unless it stands as it was read: of two nodes that go on with it, one does each line.
    Update {
        /// As it was read.
        before: Versioned<ImportJob>,
        /// As it is to be.
        after: ImportJob,
    },
    /// Stores a part of a job's file in the place of the one before.
    PutPart {
        /// The part.
        part: ImportPart,
    },
    /// Removes a part of a job's file; nothing happens if there is none.
    RemovePart {
        /// The pool.
        pool: UserPoolId,
        /// The job.
        job: ImportJobId,
        /// The part's number.
        number: u64,
    },
    /// Stores what became of lines, under the first of them.
    Report {
        /// The lines.
        report: ImportReport,
    },
}
