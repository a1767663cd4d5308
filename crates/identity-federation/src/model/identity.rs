//! Somebody, whichever way they logged in.

use std::collections::BTreeSet;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{IdentityId, IdentityPoolId};

/// A user of a provider: never a token.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Login {
    /// The provider's name.
    pub provider: String,
    /// The user within it.
    pub subject: String,
}

/// An identity of a pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Its pool.
    pub pool: IdentityPoolId,
    /// The logins that lead to it: at most 20, and one of each provider but the pool's developer provider, of which there may
    /// be many. Each leads to one identity of the pool.
    pub logins: BTreeSet<Login>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// When it got its first login; `None` if it never had any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in_at: Option<Timestamp>,
    /// The identity that has its logins since the two were merged. It is disabled then, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<IdentityId>,
}

impl Identity {
    /// Whether it is a guest's: who knows its id is the guest. One that has lost its last login, or was merged into another, is
    /// nobody's.
    pub fn is_guest(&self) -> bool {
        self.signed_in_at.is_none() && self.merged_into.is_none() && self.logins.is_empty()
    }

    /// Whether it was merged into another.
    pub fn is_disabled(&self) -> bool {
        self.merged_into.is_some()
    }

    /// The users of this provider who are this identity.
    pub fn subjects_of(&self, provider: &str) -> impl Iterator<Item = &str> {
        self.logins.iter().filter(move |login| login.provider == provider).map(|login| login.subject.as_str())
    }
}

/// The most logins of one identity.
pub const MOST_LOGINS: usize = 20;
