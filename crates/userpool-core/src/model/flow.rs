//! Ways to sign in.

use serde::{Deserialize, Serialize};

/// A way to sign in that a client may use.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum AllowedFlow {
    /// Password, sent by an administrator's server.
    AdminUserPassword,
    /// Challenges of the pool's own making.
    Custom,
    /// Refresh tokens.
    RefreshToken,
    /// The choice of factors.
    User,
    /// Password, sent as it is.
    UserPassword,
    /// Password, never sent.
    UserSrp,
    /// The pages of the OAuth endpoints. No list of flows names it: a client that signs users in there has it.
    ManagedLogin,
    /// An outside provider, at those pages. No list of flows names it either: the client lists providers.
    Federated,
}

impl AllowedFlow {
    /// What a client may use when nothing is said: SRP, custom challenges and refresh tokens.
    pub const DEFAULT: [Self; 3] = [Self::Custom, Self::RefreshToken, Self::UserSrp];
}

impl AllowedFlow {
    /// Every flow that a list of flows names.
    pub const ALL: [Self; 6] =
        [Self::AdminUserPassword, Self::Custom, Self::RefreshToken, Self::User, Self::UserPassword, Self::UserSrp];
}
