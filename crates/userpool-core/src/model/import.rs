//! Users from a file: a job, how far it has come, and what became of which line.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::foreign_hash::HashingAlgorithm;
use crate::model::ids::{ImportJobId, UserPoolId};

/// How a file of users is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ImportForm {
    /// As Cognito describes it: every attribute a column, `\,` for a comma, dates as `mm/dd/yyyy`, values trimmed. Passwords only
    /// where the job names how they are hashed. It can give nobody a group or a state.
    Cognito,
    /// As [`export_users`](crate::UserPools::export_users) writes it: values as they are, `\,` `\\` `\n` `\r` for what would
    /// end them, with the hash of the password, status and groups. For operators: who reads such a file in makes
    /// administrators.
    Export,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ImportStatus {
    /// It waits for its file, and to be started.
    Created,
    /// Lines are being read.
    InProgress,
    /// It is to stop.
    Stopping,
    /// It was stopped; what was imported stays.
    Stopped,
    /// Every line was read.
    Succeeded,
    /// The file as a whole could not be read; what was imported before stays.
    Failed,
    /// It was not started within a day.
    Expired,
}

impl ImportStatus {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::InProgress => "InProgress",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
        }
    }

    /// Whether something is still being done.
    pub fn is_active(self) -> bool {
        matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// Users from a file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ImportJob {
    /// The pool.
    pub pool: UserPoolId,
    /// Its id.
    pub id: ImportJobId,
    /// Its name, for people.
    pub name: String,
    /// The role that Amazon would write logs under, shown again.
    pub logs_role: Option<String>,
    /// How passwords in the file are hashed; `None` if there are none.
    pub algorithm: Option<HashingAlgorithm>,
    /// How the file is written.
    pub form: ImportForm,
    /// How far it has come.
    pub status: ImportStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// How many uploads were begun.
    pub uploads: u64,
    /// The file, once one is there as a whole.
    pub file: Option<ImportFile>,
    /// How many bytes of it are done. A line is done in one commit with this.
    pub done: u64,
    /// How many lines of it are done, the header included.
    pub lines: u64,
    /// The columns, once the header was read.
    pub columns: Vec<String>,
    /// Users who were made.
    pub imported: u64,
    /// Lines with a name that the pool has already.
    pub skipped: u64,
    /// Lines that cannot be users.
    pub failed: u64,
    /// Why it ended as it did.
    pub message: Option<String>,
}

/// A file that is there as a whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ImportFile {
    /// By which upload it came.
    pub upload: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// So many parts a file has at most.
const MOST_PARTS: u64 = 1000;

impl ImportFile {
    /// The number of the part of an upload in which this byte stands.
    pub fn part_of(upload: u64, byte: u64) -> u64 {
        upload * MOST_PARTS + byte / PART_BYTES as u64
    }

    /// The numbers of its parts.
    pub fn parts(self) -> std::ops::RangeInclusive<u64> {
        Self::part_of(self.upload, 0)..=Self::part_of(self.upload, self.length.saturating_sub(1))
    }
}

/// A job that was not started for so long never is, in seconds: a day.
const STARTED_WITHIN_SECONDS: i64 = 86_400;

/// What belongs to a job's file is swept so long after the job was made, in seconds: two days.
const FILE_KEPT_SECONDS: i64 = 2 * 86_400;

impl ImportJob {
    /// The job as it is now: one that was not started in time has expired.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let late = now.seconds_since(self.created_at) >= STARTED_WITHIN_SECONDS;
        let expired = self.status == ImportStatus::Created && late;
        Self { status: if expired { ImportStatus::Expired } else { self.status }, ..self }
    }

    /// When parts of its file are of no use any more, if nobody removed them before.
    pub fn file_ends_at(&self) -> Timestamp {
        self.created_at.plus_seconds(FILE_KEPT_SECONDS)
    }
}

/// A part of a job's file. Every part but the last has [`PART_BYTES`] bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportPart {
    /// The pool.
    pub pool: UserPoolId,
    /// The job.
    pub job: ImportJobId,
    /// Its [number](ImportFile::part_of).
    pub number: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When it is of no use any more.
    pub ends_at: Timestamp,
}

/// The bytes of a part: 256 KiB.
pub const PART_BYTES: usize = 256 * 1024;

/// The largest file, in bytes: 100 MB.
pub const LARGEST_FILE: u64 = 100_000_000;

/// What became of lines that made no user.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// The pool.
    pub pool: UserPoolId,
    /// The job.
    pub job: ImportJobId,
    /// The lines, in order.
    pub lines: Vec<LineReport>,
}

/// What became of one line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LineReport {
    /// Its number, from 1, which is the header's.
    pub line: u64,
    /// Why it made no user.
    pub outcome: LineOutcome,
}

/// Why a line made no user.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum LineOutcome {
    /// The pool has a user of this name.
    Skipped,
    /// It cannot be a user; why.
    Failed(String),
}

impl std::fmt::Display for LineReport {
    /// As Cognito writes it into logs: by number, for a line tells of somebody.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = self.line;
        match &self.outcome {
            LineOutcome::Skipped => write!(f, "[SKIPPED] Line Number {line} - The user already exists."),
            LineOutcome::Failed(why) => write!(f, "[FAILED] Line Number {line} - {why}"),
        }
    }
}
