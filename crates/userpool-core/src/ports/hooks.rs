use async_trait::async_trait;
use identity_kernel::context::RequestContext;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::custom::{AnsweredChallenge, CustomChallenge, NextStep};
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ports::hook_values::{
    Candidate, ClaimChanges, Confirmation, CustomText, MessageDraft, MigratedUser, Migration, NewUser, Outgoing,
    SignUpChange, TokenRequest,
};
use crate::reasons::Trigger;

/// The call in which a hook runs.
#[derive(Clone, Copy, Debug)]
pub struct HookCall<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// Through which client; `None` for an administrator's call.
    pub client: Option<&'a AppClient>,
    /// From where, with the application's words: `client_metadata` for every hook of the operation, and `validation_data` for
    /// those before a sign-up and a sign-in. What is said when a sign-in begins is validation data, as Cognito has it.
    pub context: &'a RequestContext,
}

/// The application's word in what a pool does: it may refuse or change. Cognito calls these triggers.
///
/// Each method does nothing unless it is written. What is refused is not done; a hook that fails refuses too. A hook never
/// opens the gate: who is disabled, not confirmed or must choose a password gets no tokens, whatever a hook says.
///
/// # Order
///
/// - Sign-up: [`pre_sign_up`](Self::pre_sign_up), the user is made, [`send_message`](Self::send_message) or
///   [`custom_message`](Self::custom_message); once confirmed, [`post_confirmation`](Self::post_confirmation).
/// - Sign-in: [`pre_authentication`](Self::pre_authentication), for an unknown name [`migrate_user`](Self::migrate_user), the
///   factors, [`post_authentication`](Self::post_authentication), [`pre_token_generation`](Self::pre_token_generation).
/// - Refresh: [`pre_token_generation`](Self::pre_token_generation) alone.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// Whether the function of this ARN can be called. Pools that name one which cannot are refused.
    fn calls(&self, _function: &str) -> bool {
        false
    }

    /// Whether [`migrate_user`](Self::migrate_user) is to be asked for unknown names of this pool.
    fn migrates(&self, _: &UserPool) -> bool {
        false
    }

    /// Before a user is made: what was asked for is well formed and allowed, and nothing is written yet.
    async fn pre_sign_up(&self, _: &HookCall<'_>, _: &NewUser<'_>) -> Result<SignUpChange, HookError> {
        Ok(SignUpChange::default())
    }

    /// After a sign-up or a new password was confirmed. Refusing tells the caller and takes nothing back.
    async fn post_confirmation(&self, _: &HookCall<'_>, _: &User, _: Confirmation) -> Result<(), HookError> {
        Ok(())
    }

    /// Before the first factor is judged. For a name of nobody only where the client hides which users exist.
    async fn pre_authentication(&self, _: &HookCall<'_>, _: &Candidate<'_>) -> Result<(), HookError> {
        Ok(())
    }

    /// After every factor was judged right and the gate is open, before tokens are made.
    async fn post_authentication(&self, _: &HookCall<'_>, _: &User) -> Result<(), HookError> {
        Ok(())
    }

    /// Before tokens are signed, at a sign-in and at each refresh.
    async fn pre_token_generation(&self, _: &HookCall<'_>, _: &TokenRequest<'_>) -> Result<ClaimChanges, HookError> {
        Ok(ClaimChanges::default())
    }

    /// Somebody whom another directory knows, if the password is theirs. Asked after the try was counted.
    async fn migrate_user(&self, _: &HookCall<'_>, _: &Migration<'_>) -> Result<Option<MigratedUser>, HookError> {
        Ok(None)
    }

    /// Texts in the place of the pool's. `None` leaves the pool's.
    async fn custom_message(&self, _: &HookCall<'_>, _: &MessageDraft<'_>) -> Result<Option<CustomText>, HookError> {
        Ok(None)
    }

    /// Brings a message in the messenger's place and says `true`; `false` leaves it to the messenger. The code is in the
    /// clear: whoever hands it on over a network encrypts it.
    async fn send_message(&self, _: &HookCall<'_>, _: &Outgoing<'_>) -> Result<bool, HookError> {
        Ok(false)
    }

    /// What a custom sign-in comes to next. `None` if the application has no such sign-in.
    async fn define_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        _: &[AnsweredChallenge],
    ) -> Result<Option<NextStep>, HookError> {
        Ok(None)
    }

    /// Makes a challenge of the application's own.
    async fn create_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        _: &[AnsweredChallenge],
    ) -> Result<CustomChallenge, HookError> {
        Ok(CustomChallenge::default())
    }

    /// Whether the answer to a challenge of the application's own is right.
    async fn verify_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        _: &CustomChallenge,
        _: &str,
    ) -> Result<bool, HookError> {
        Ok(false)
    }
}

/// Why a hook did not let something pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The hook did not come to an answer.
    #[error("the hook failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The hook's answer is none.
    #[error("the hook's answer cannot be used")]
    Invalid(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The application says no; the caller is told why.
    #[error("{0}")]
    Refused(String),
}

impl HookError {
    /// The error of an operation in which the hook of this kind said so.
    pub(crate) fn of(self, trigger: Trigger) -> Error {
        match self {
            Self::Failed(source) => Error::HookFailed(trigger, source),
            Self::Invalid(source) => Error::HookInvalid(trigger, source),
            Self::Refused(words) => Error::HookRefused(trigger, words),
        }
    }
}

/// No hook says anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}
