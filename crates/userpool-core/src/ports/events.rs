use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::risk::LogDestination;
use crate::model::sign_in_history::AuthEvent;

/// Hears what happened: for audit, risk and webhooks.
///
/// # Contract
///
/// - [`record`](Self::record) is called once for each attempt, after what it tells of was committed or refused.
/// - It cannot refuse. The caller's answer waits for it: hand over and return.
/// - An event holds no secret: no password, code, token or hash.
#[async_trait]
pub trait Events: Send + Sync {
    /// Hears of `event`.
    async fn record(&self, event: &Event);
}

/// Something that happened, or was tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Its own id, a UUID.
    pub id: String,
    /// When it ended.
    pub time: Timestamp,
    /// In which pool; `None` if the call named none that exists.
    pub pool: Option<UserPoolId>,
    /// Through which client.
    pub client: Option<ClientId>,
    /// Who did it.
    pub actor: Actor,
    /// To whom it happened, as the call named them; a caller may write anything here.
    pub username: Option<String>,
    /// To whom it happened; `None` if the name leads to nobody.
    pub user: Option<Subject>,
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// From where, and with what.
    pub context: Arc<RequestContext>,
    /// What was kept of it among the user's events, in pools that watch sign-ins.
    pub kept: Option<AuthEvent>,
    /// Where the pool wants its users' events logged.
    pub log_to: Option<LogDestination>,
}

/// Who did something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Actor {
    /// Somebody who calls as a user.
    User,
    /// An administrator, or a server that one trusts.
    Administrator,
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// A sign-in was begun with a first factor.
    SignIn,
    /// A challenge of a sign-in was answered.
    AnswerChallenge,
    /// Tokens were refreshed.
    Refresh,
    /// A session was revoked.
    Revoke,
    /// Every session of a user was ended.
    SignOutEverywhere,
    /// Somebody signed up.
    SignUp,
    /// A code to confirm a sign-up was asked for again.
    ResendCode,
    /// A code to reset the password was asked for.
    ForgotPassword,
    /// The password was set by such a code.
    ResetPassword,
    /// A user changed the password.
    ChangePassword,
    /// A sign-up was confirmed with its code.
    ConfirmSignUp,
    /// An administrator confirmed a sign-up.
    AdminConfirmSignUp,
    /// An administrator made a user, or sent the invitation again.
    CreateUser,
    /// An administrator let nothing of a user work any more.
    DisableUser,
    /// An administrator let a user sign in again.
    EnableUser,
    /// A user was removed.
    DeleteUser,
    /// An administrator set the password.
    SetPassword,
    /// An administrator demanded another password.
    RequirePasswordReset,
    /// A passkey was registered.
    AddPasskey,
    /// A passkey was removed.
    RemovePasskey,
    /// A message was to be sent. Heard of when it was not handed over; what is refused says why.
    SendMessage,
}

impl Action {
    /// Its name in logs. Never renamed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::AnswerChallenge => "answer-challenge",
            Self::Refresh => "refresh",
            Self::Revoke => "revoke",
            Self::SignOutEverywhere => "sign-out-everywhere",
            Self::SignUp => "sign-up",
            Self::ResendCode => "resend-code",
            Self::ForgotPassword => "forgot-password",
            Self::ResetPassword => "reset-password",
            Self::ChangePassword => "change-password",
            Self::ConfirmSignUp => "confirm-sign-up",
            Self::AdminConfirmSignUp => "admin-confirm-sign-up",
            Self::CreateUser => "create-user",
            Self::DisableUser => "disable-user",
            Self::EnableUser => "enable-user",
            Self::DeleteUser => "delete-user",
            Self::SetPassword => "set-password",
            Self::RequirePasswordReset => "require-password-reset",
            Self::AddPasskey => "add-passkey",
            Self::RemovePasskey => "remove-passkey",
            Self::SendMessage => "send-message",
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Success,
    /// A challenge must be answered before it is done: its name.
    Challenged(&'static str),
    /// It was refused: the error's code, and its text.
    Refused(crate::ErrorCode, String),
}

impl Outcome {
    /// The outcome that an error is.
    pub fn refused(error: &Error) -> Self {
        Self::Refused(error.code(), error.to_string())
    }
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

#[async_trait]
impl Events for NoEvents {
    async fn record(&self, _: &Event) {}
}
