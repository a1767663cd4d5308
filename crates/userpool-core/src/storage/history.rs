//! What stood before changes, and restorations that lean on it.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use identity_kernel::time::Timestamp;

use crate::model::ids::{RestorationId, Subject, UserPoolId};
use crate::model::past::{PastChange, Plan, PlanKey, Standing};
use crate::model::restoration::Restoration;

/// Looks up what stood before changes, and restorations.
#[async_trait]
pub trait Histories: Send + Sync {
    /// The changes of a pool's directory that were made at this time or later, by time, and of one record in the order in
    /// which they were made.
    async fn changes(
        &self,
        pool: &UserPoolId,
        since: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<PastChange>, StorageError>;
    /// What stands of these users, each in its place, all as it is at one moment.
    async fn standing(&self, pool: &UserPoolId, subs: &[&Subject]) -> Result<Vec<Standing>, StorageError>;
    /// The restoration of this id.
    async fn restoration(
        &self,
        pool: &UserPoolId,
        id: &RestorationId,
    ) -> Result<Option<Versioned<Restoration>>, StorageError>;
    /// A pool's restorations by id.
    async fn restorations(
        &self,
        pool: &UserPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Restoration>>, StorageError>;
    /// The plans of a restoration: groups by name, then users by subject.
    async fn plans(
        &self,
        pool: &UserPoolId,
        restoration: &RestorationId,
        page: &PageRequest,
    ) -> Result<Page<Plan>, StorageError>;
    /// The plans of a restoration about these that are there, in no order.
    async fn plans_about(
        &self,
        pool: &UserPoolId,
        restoration: &RestorationId,
        keys: &[PlanKey],
    ) -> Result<Vec<Plan>, StorageError>;
}

/// Of what stands before a change.
#[derive(Clone, Debug)]
pub enum HistoryWrite {
    /// Whatever else the commit changes of users, passwords, passkeys, second factors and groups is kept as it was before, at this time.
    /// `Conflict` unless the pool stands at this version. A storage that keeps some of it where it cannot be kept so
    /// refuses with `Unavailable`.
    Keep {
        /// The pool.
        pool: UserPoolId,
        /// The pool's version, as it was read.
        version: u64,
        /// When the changes are made.
        at: Timestamp,
    },
}

/// A change of a restoration.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds some hundred")]
pub enum RestorationWrite {
    /// Adds a restoration. `AlreadyExists` if the id is taken.
    Insert {
        /// The restoration.
        restoration: Restoration,
    },
    /// Replaces a restoration. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<Restoration>,
        /// As it is to be.
        after: Restoration,
    },
    /// Stores a plan in the place of the one before, if there is one.
    PutPlan {
        /// The plan.
        plan: Plan,
    },
    /// Removes a plan; nothing happens if there is none.
    RemovePlan {
        /// The pool.
        pool: UserPoolId,
        /// The restoration.
        restoration: RestorationId,
        /// Whom or what it is about.
        about: PlanKey,
    },
}
