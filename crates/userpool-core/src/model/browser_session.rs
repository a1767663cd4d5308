//! A sign-in at a pool's pages, which its browser's cookie stands for.

use identity_kernel::time::Timestamp;

use crate::model::ceremony::KeptProofs;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::{InvalidationMark, UserPool};
use crate::model::user::User;

/// Somebody who has signed in at a pool's pages. It gives no tokens by itself: each client asks for an authorization with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BrowserSession {
    /// The pool.
    pub pool: UserPoolId,
    /// The hash of the secret that the browser keeps.
    pub id: String,
    /// Who signed in.
    pub sub: Subject,
    /// The user's epoch then: signing out everywhere ends it.
    pub epoch: u64,
    /// The pool's mark then.
    pub mark: InvalidationMark,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// What was proved.
    pub proofs: KeptProofs,
    /// From when on it counts no more, whatever a client says.
    pub expires_at: Timestamp,
}

impl BrowserSession {
    /// Whether it still counts in its pool, for its user as they are now.
    pub fn is_alive(&self, pool: &UserPool, user: &User, now: Timestamp) -> bool {
        let same_user = self.sub == user.sub && self.epoch == user.epoch;
        same_user && now < self.expires_at && pool.is_valid_since(self.mark, self.auth_time)
    }
}
