//! A pool's directory, set back to how it was: how far it has come.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{RestorationId, UserPoolId};

/// A preview that nobody has answered for so long is void, in seconds: a day.
pub const ANSWERED_WITHIN_SECONDS: i64 = 86_400;

/// How far a restoration has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum RestorationStatus {
    /// What it would change is being counted.
    PreviewGenerating,
    /// It waits to be started or cancelled.
    PreviewGenerated,
    /// It was cancelled before anything was changed.
    PreviewCancelled,
    /// What it would change could not be counted.
    PreviewFailed,
    /// Nobody has started it in time.
    PreviewExpired,
    /// The directory is being set back.
    Restoring,
    /// The directory is as it was.
    Completed,
}

impl RestorationStatus {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreviewGenerating => "PREVIEW_GENERATING",
            Self::PreviewGenerated => "PREVIEW_GENERATED",
            Self::PreviewCancelled => "PREVIEW_CANCELLED",
            Self::PreviewFailed => "PREVIEW_GENERATION_FAILED",
            Self::PreviewExpired => "PREVIEW_EXPIRED",
            Self::Restoring => "RESTORING",
            Self::Completed => "RESTORE_COMPLETED",
        }
    }

    /// Whether nothing follows any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::PreviewGenerating | Self::PreviewGenerated | Self::Restoring)
    }
}

/// How much of something is made, changed and removed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// What is there no more, and comes back.
    pub create: u64,
    /// What is otherwise.
    pub update: u64,
    /// What was not there yet, and goes.
    pub delete: u64,
}

impl Counts {
    /// One more, of something that stands now and shall stand.
    pub fn count<T: PartialEq>(&mut self, now: Option<&T>, goal: Option<&T>) {
        match (now, goal) {
            (None, Some(_)) => self.create += 1,
            (Some(_), None) => self.delete += 1,
            (Some(now), Some(goal)) => self.update += u64::from(now != goal),
            (None, None) => {}
        }
    }
}

/// What a restoration changes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct RestorationCounts {
    /// Of users.
    pub users: Counts,
    /// Of groups.
    pub groups: Counts,
    /// Of users' second factors.
    pub mfas: Counts,
    /// Of passkeys, each by itself.
    pub passkeys: Counts,
}

/// What is done next of a restoration. Each step is done some records at a time, and how far it has come stands in one commit
/// with what was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Who and what was changed since is collected from the history.
    Collect,
    /// What it comes to is counted.
    Count,
    /// Names are given up that somebody else had then, and who was not there goes.
    Release,
    /// The rest.
    Restore,
    /// What was collected is removed.
    Clear,
    /// Nothing.
    Nothing,
}

/// A pool's directory, set back to how it was at a moment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Restoration {
    /// The pool.
    pub pool: UserPoolId,
    /// Its id.
    pub id: RestorationId,
    /// How far it has come.
    pub status: RestorationStatus,
    /// The moment: what was changed then or later is taken back.
    pub moment: Timestamp,
    /// When it was asked for.
    pub triggered_at: Timestamp,
    /// Until when it can be started, once the preview is there; not included.
    pub start_before: Option<Timestamp>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended, however it did.
    pub ended_at: Option<Timestamp>,
    /// What it changes, as far as it is counted.
    pub counts: RestorationCounts,
    /// Users and groups that could not be restored, because somebody who is not part of it has their name.
    pub skipped: u64,
    /// What is done next.
    pub step: Step,
    /// How far the step has come: where the next page begins.
    pub page: Option<String>,
    /// When a page was last done.
    pub worked_at: Timestamp,
}

impl Restoration {
    /// The restoration as it is now: one that nobody started in time has expired.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let late = self.start_before.is_some_and(|end| now >= end);
        match self.status {
            RestorationStatus::PreviewGenerated if late => self.ended(RestorationStatus::PreviewExpired, now),
            _ => self,
        }
    }

    /// The restoration once nothing follows but clearing up.
    #[must_use]
    pub fn ended(self, status: RestorationStatus, now: Timestamp) -> Self {
        Self { status, ended_at: Some(now), step: Step::Clear, page: None, worked_at: now, ..self }
    }

    /// The restoration, with this step from its beginning.
    #[must_use]
    pub fn next(self, step: Step) -> Self {
        Self { step, page: None, ..self }
    }
}
