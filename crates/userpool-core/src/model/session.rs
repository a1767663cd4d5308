//! A sign-in that lasts: what a refresh token stands for.

use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::{Mark, UserPool};
use crate::model::user::User;

/// One sign-in and everything that was issued from it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The pool.
    pub pool: UserPoolId,
    /// Its id, the `origin_jti` of its tokens.
    pub id: String,
    /// Whose.
    pub sub: Subject,
    /// Through which client.
    pub client: ClientId,
    /// The user's epoch when it began: it is over when the user's is another.
    pub epoch: u64,
    /// The pool's mark when it began.
    #[serde(default)]
    pub mark: Mark,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// The sign-in's event.
    pub event_id: String,
    /// When the refresh token dies; rotation does not move it.
    pub expires_at: Timestamp,
    /// The hash of the refresh token.
    pub refresh_hash: Vec<u8>,
    /// The hash of the token that it replaced, and when.
    pub replaced: Option<(Vec<u8>, Timestamp)>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a presented refresh token is to its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presented {
    /// The token in force.
    Current,
    /// The one before, still within its grace.
    InGrace,
    /// The one before, too late: somebody has it who should not.
    Reused,
    /// None of the session's.
    Foreign,
}

impl Session {
    /// What the token of this hash is to the session.
    pub fn judge(&self, hash: &[u8], grace_seconds: i64, now: Timestamp) -> Presented {
        if constant_time_eq(&self.refresh_hash, hash) {
            return Presented::Current;
        }
        match &self.replaced {
            Some((old, at)) if constant_time_eq(old, hash) => {
                if grace_seconds > 0 && now.is_within(*at, grace_seconds) {
                    Presented::InGrace
                } else {
                    Presented::Reused
                }
            }
            _ => Presented::Foreign,
        }
    }

    /// Whether its tokens still count in its pool, for its user as they are now.
    pub fn is_alive(&self, pool: &UserPool, user: &User) -> bool {
        let same_user = self.sub == user.sub && self.epoch == user.epoch;
        same_user && self.revoked_at.is_none() && pool.counts(self.mark, self.auth_time)
    }
}
