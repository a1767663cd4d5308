//! What the service needs from outside itself.

mod events;

use std::collections::BTreeSet;

use async_trait::async_trait;
use login_providers::Assertion;
use login_providers::http::Cause;

pub use identity_kernel::offload::{Busy, Inline, Offload, Work};

pub use events::{Action, Details, Event, Events, NoEvents, Outcome};

/// Says whether a login still counts: whether its user was signed out everywhere, disabled or deleted since the token
/// was issued.
///
/// # Contract
///
/// Asked only about logins of user pools whose provider entry wants the check. A provider of whose sign-ins nobody here knows
/// is [`LoginState::Unknown`], and is refused; one that could not be asked just now is an error, and nothing is decided.
#[async_trait]
pub trait LoginStates: Send + Sync {
    /// The state of this verified login.
    async fn state_of(&self, login: &Assertion) -> Result<LoginState, Unavailable>;
}

/// Says which claims users write themselves.
///
/// # Contract
///
/// Asked when an operator sets role mappings, to warn of rules that anybody can bend to their wish; nothing is refused for
/// it.
#[async_trait]
pub trait ClaimWriters: Send + Sync {
    /// Those of `claims` that a user of this provider can have written; `None` if nobody here knows.
    async fn written_by_users(&self, provider: &str, claims: &BTreeSet<String>) -> Option<BTreeSet<String>>;
}

/// What was asked could not be answered just now.
#[derive(Debug, thiserror::Error)]
#[error("the state of a login could not be asked")]
pub struct Unavailable(#[source] pub Cause);

/// Whether a login still counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginState {
    /// It counts.
    Alive,
    /// It is over.
    Ended,
    /// Nobody here knows.
    Unknown,
}

/// Knows no sign-in and no user: for a process that has no user pools of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoUserPools;

#[async_trait]
impl LoginStates for NoUserPools {
    async fn state_of(&self, _: &Assertion) -> Result<LoginState, Unavailable> {
        Ok(LoginState::Unknown)
    }
}

#[async_trait]
impl ClaimWriters for NoUserPools {
    async fn written_by_users(&self, _: &str, _: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        None
    }
}
