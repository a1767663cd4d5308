//! What a deletion or another password leaves to be removed.

use serde::{Deserialize, Serialize};

use crate::model::ids::{GroupId, Subject, UserPoolId};

/// Work that is stored in one commit with the deletion that asks for it, and stays stored until it is done: whichever node
/// finds it goes on with it. Doing it twice, or on two nodes at once, does no harm.
///
/// What a deleted pool leaves needs none: the pool's own record stays, with its
/// [`deleted_at`](crate::model::pool::UserPool::deleted_at), until everything else is gone.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Cleanup {
    /// The pool that it belongs to.
    pub pool: UserPoolId,
    /// What is to be removed.
    pub task: CleanupTask,
}

/// What a [`Cleanup`] removes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum CleanupTask {
    /// The memberships in a group that is gone.
    Members(GroupId),
    /// The sessions and devices of a user who is gone.
    Sessions(Subject),
    /// The devices of a user that another password has forgotten, and those beyond the most that a user keeps.
    Devices(Subject),
}

impl Cleanup {
    /// Its name, which no other of the pool has.
    pub fn name(&self) -> String {
        match &self.task {
            CleanupTask::Members(group) => format!("members-{group}"),
            CleanupTask::Sessions(sub) => format!("sessions-{sub}"),
            CleanupTask::Devices(sub) => format!("devices-{sub}"),
        }
    }
}
