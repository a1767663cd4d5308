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

/// An identity of a pool. Without logins it is a guest.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Its pool.
    pub pool: IdentityPoolId,
    /// The logins that lead to it: at most 20, and one of each provider. Each leads to one identity of the pool.
    pub logins: BTreeSet<Login>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

/// The most logins of one identity.
pub const MOST_LOGINS: usize = 20;
