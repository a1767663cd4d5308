//! What a pool keeps of its users' sessions, and how many of them a user may have.

use std::net::IpAddr;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{Subject, UserPoolId};

/// Whether a pool tracks its users' sessions. It is set by an operation of its own, and new settings of the pool leave it as it
/// is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SessionTracking {
    /// Whether sessions that begin are tracked. Default no. While it is off no session is shown, those that began before it was
    /// turned off included, and nothing is written or read for it.
    pub enabled: bool,
    /// How many sessions a user has at once, 1 to 100. Default 20. One more ends the one that was used longest ago.
    pub max_per_user: usize,
}

impl SessionTracking {
    /// The most that [`max_per_user`](Self::max_per_user) can be.
    pub const MOST_PER_USER: usize = 100;
}

impl Default for SessionTracking {
    fn default() -> Self {
        Self { enabled: false, max_per_user: 20 }
    }
}

/// Minutes that a client uses a sign-in of the managed login again without asking, where nothing is said.
pub const DEFAULT_SSO_MINUTES: i64 = 60;

/// The most of them: 90 days.
pub const MOST_SSO_MINUTES: i64 = 129_600;

/// When, from where and with what a session was last used.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// When the user signed in, or tokens were last refreshed.
    pub at: Timestamp,
    /// The operating system and the program, as its user agent names them; `None` if it names neither.
    pub device: Option<String>,
    /// The address; `None` if the call came over no network.
    pub address: Option<IpAddr>,
}

/// Which sessions of a user are tracked. One record for each user, which every tracked sign-in changes: of two at once one is
/// told to look again, so that both together do not exceed what the pool allows.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct TrackedSessions {
    /// The pool that they belong to.
    pub pool: UserPoolId,
    /// The user.
    pub sub: Subject,
    /// The sessions' ids. Some may have ended since; the next sign-in drops them.
    pub ids: Vec<String>,
    /// When the last of them has ended.
    pub ends_at: Timestamp,
}
