//! Imports of users.

use document_store::error::StorageError;
use document_store::{Stored, sortable};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::ids::{ImportJobId, UserPoolId};
use crate::model::import::{ImportJob, ImportPart, ImportReport};

impl Stored for ImportJob {
    type Form = Self;
    const KIND: &'static str = "import-job";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![self.id.as_str()]
    }
}

/// A number as text that sorts by it.
pub(crate) fn numbered(number: u64) -> String {
    sortable(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A part of a file, under its number.
pub(crate) struct StoredPart {
    number: String,
    pub(crate) part: ImportPart,
}

impl From<ImportPart> for StoredPart {
    fn from(part: ImportPart) -> Self {
        Self { number: numbered(part.number), part }
    }
}

/// How a part is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct PartForm {
    pool: UserPoolId,
    job: ImportJobId,
    number: u64,
    bytes: Bytes,
    ends_at: Timestamp,
}

impl Stored for StoredPart {
    type Form = PartForm;
    const KIND: &'static str = "import-part";
    const VERSION: u32 = 1;

    fn to_form(&self) -> PartForm {
        let ImportPart { pool, job, number, bytes, ends_at } = self.part.clone();
        PartForm { pool, job, number, bytes: Bytes(bytes), ends_at }
    }

    fn from_form(form: PartForm) -> Result<Self, StorageError> {
        let PartForm { pool, job, number, bytes: Bytes(bytes), ends_at } = form;
        Ok(ImportPart { pool, job, number, bytes, ends_at }.into())
    }

    fn id(&self) -> Vec<&str> {
        vec![self.part.job.as_str(), &self.number]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.part.ends_at.epoch_millis())
    }
}

/// A report, under the first of its lines.
pub(crate) struct StoredReport {
    first: String,
    pub(crate) report: ImportReport,
}

impl From<ImportReport> for StoredReport {
    fn from(report: ImportReport) -> Self {
        Self { first: numbered(report.lines.first().map_or(0, |line| line.line)), report }
    }
}

impl Stored for StoredReport {
    type Form = ImportReport;
    const KIND: &'static str = "import-report";
    const VERSION: u32 = 1;

    fn to_form(&self) -> ImportReport {
        self.report.clone()
    }

    fn from_form(form: ImportReport) -> Result<Self, StorageError> {
        Ok(form.into())
    }

    fn id(&self) -> Vec<&str> {
        vec![self.report.job.as_str(), &self.first]
    }
}
