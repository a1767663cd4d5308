use std::collections::BTreeSet;

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::client::AppClient;
use crate::model::pool::{Contact, UserPool};
use crate::model::session::Session;
use crate::model::user::User;

/// The call in which a hook runs.
#[derive(Clone, Copy, Debug)]
pub struct HookCall<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// Through which client; `None` for an administrator's call.
    pub client: Option<&'a AppClient>,
    /// From where, with the application's metadata.
    pub context: &'a RequestContext,
}

/// The application's word in what a pool does: it may refuse or change. Cognito calls these triggers.
///
/// Each method does nothing unless it is written. What is refused is not done; a hook that fails refuses too.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// Before a user signs up: what was asked for is well formed and allowed, and nothing is written yet.
    async fn pre_sign_up(&self, _: &HookCall<'_>, _: &NewUser<'_>) -> Result<SignUpChange, HookError> {
        Ok(SignUpChange::default())
    }

    /// After a sign-up was confirmed.
    async fn post_sign_up(&self, _: &HookCall<'_>, _: &User) -> Result<(), HookError> {
        Ok(())
    }

    /// Before the first factor of a known user is judged.
    async fn pre_authentication(&self, _: &HookCall<'_>, _: &User) -> Result<(), HookError> {
        Ok(())
    }

    /// After every factor was judged right, before the tokens are handed out.
    async fn post_authentication(&self, _: &HookCall<'_>, _: &User) -> Result<(), HookError> {
        Ok(())
    }

    /// Before tokens are signed, at a sign-in and at each refresh.
    async fn pre_token_generation(&self, _: &HookCall<'_>, _: &User, _: &Session) -> Result<ClaimChanges, HookError> {
        Ok(ClaimChanges::default())
    }
}

/// A user who is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// The name, as given.
    pub username: &'a str,
    /// What is known.
    pub attributes: &'a Attributes,
}

/// What a hook changes of a sign-up.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignUpChange {
    /// The user needs no code.
    pub confirm: bool,
    /// The addresses that count as proved.
    pub verify: BTreeSet<Contact>,
}

/// What a hook changes of the tokens. Claims that say who and by whom (`sub`, `iss`, `aud`, `exp`, `token_use`, ...) stay
/// whatever a hook says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimChanges {
    /// Claims of the ID token, added or put in the place of the attribute's.
    pub set: Map<String, Value>,
    /// Attributes that the ID token does not tell.
    pub suppress: BTreeSet<String>,
    /// The groups that both tokens name, in place of the user's.
    pub groups: Option<Vec<String>>,
}

/// Why a hook did not let something pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The application says no; the caller is told why.
    #[error("{0}")]
    Refused(String),
    /// The hook did not come to an answer.
    #[error("the hook failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<HookError> for Error {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Refused(words) => Self::HookRefused(words),
            HookError::Failed(source) => Self::HookFailed(source),
        }
    }
}

/// No hook says anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}
