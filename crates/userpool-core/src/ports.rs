//! What the service needs from outside the process.

mod background;
mod events;
mod hook_values;
mod hooks;
mod pace;
mod protection;
mod undelivered;

use async_trait::async_trait;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::ids::{ClientId, Subject, UserPoolId, Username};
use crate::model::notices::Notice;
use crate::model::pool::Contact;

pub use background::{Background, Job, Routine, Running};
pub use events::{Action, Actor, Event, Events, NoEvents, Outcome};
pub use hook_values::{
    Candidate, ClaimChanges, ClaimEdits, Confirmation, CustomText, MessageDraft, MigratedUser, Migration, NewUser,
    Outgoing, SignUpChange, SignUpSource, TokenRequest, TokenSource,
};
pub use hooks::{HookCall, HookError, Hooks, NoHooks};
pub use identity_kernel::offload::{Busy, Inline, Offload, Work};
pub use pace::Pace;
pub use protection::{BreachedPasswords, BreachesUnreadable, CommonPasswords, NoPlaces, Places};
pub use undelivered::Undelivered;

/// Hashes passwords slowly, off the threads that serve: Argon2id, unless there is a reason.
///
/// # Contract
///
/// - [`hash`](Self::hash) gives a PHC string with its own parameters and salt.
/// - [`verify`](Self::verify) takes as long for a wrong password as for a right one, and as long for
///   [`decoy`](Self::decoy) as for what [`hash`](Self::hash) gives: else the time tells which names exist.
/// - [`needs_rehash`](Self::needs_rehash) is false of what [`hash`](Self::hash) gives.
/// - Work runs behind a fixed number of permits with a bounded queue; when it is full, [`Busy`] comes at once.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// The hash of `password` under `salt`.
    async fn hash(&self, password: &SecretString, salt: [u8; 16]) -> Result<String, Busy>;

    /// Whether `hash` is of `password`. A hash that cannot be read is of no password.
    async fn verify(&self, password: &SecretString, hash: &str) -> Result<bool, Busy>;

    /// A hash of no password, which costs as much to verify as any that [`hash`](Self::hash) gives now.
    fn decoy(&self) -> String;

    /// Whether `hash` was made with other parameters than hashes are made with now: it is replaced at the next sign-in.
    fn needs_rehash(&self, hash: &str) -> bool;
}

impl From<Busy> for Error {
    fn from(_: Busy) -> Self {
        Self::TooManyRequests
    }
}

/// Brings messages to people.
///
/// # Contract
///
/// [`send`](Self::send) returns when the message is safely handed over: a file flushed, a mail server's answer. It is
/// called after what the message tells of was committed.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Hands `message` over.
    async fn send(&self, message: &Message) -> Result<(), DeliveryError>;

    /// Whether `send` keeps a message here and waits for no other machine: an outbox. Messages that others bring (the usual
    /// answer: `false`) are sent behind the answer where users are hidden, so that waiting tells nobody that there was one.
    fn is_prompt(&self) -> bool {
        false
    }
}

/// Refuses every message: whoever embeds has said nothing of how to reach people.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMessenger;

#[async_trait]
impl Messenger for NoMessenger {
    async fn send(&self, _: &Message) -> Result<(), DeliveryError> {
        Err(DeliveryError("no messenger was configured".into()))
    }

    fn is_prompt(&self) -> bool {
        true
    }
}

/// The message did not leave.
#[derive(Debug, thiserror::Error)]
#[error("the message could not be handed over")]
pub struct DeliveryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl From<DeliveryError> for Error {
    fn from(error: DeliveryError) -> Self {
        Self::CodeDelivery(error.into())
    }
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MessageReason {
    /// Somebody signed up.
    SignUp,
    /// Somebody asked for the code again.
    ResendCode,
    /// An administrator made an account.
    AdminCreateUser,
    /// A user changed an address that must be proved.
    UpdateUserAttribute,
    /// A user asked for a code to prove an address.
    VerifyUserAttribute,
    /// Somebody has lost the password, or an administrator demands another one.
    ForgotPassword,
    /// Something of the account was changed: the message has no code.
    Notice(Notice),
    /// A sign-in looked like somebody else's: the code is the token to speak of it with.
    AccountTakeover,
    /// Somebody signs in with a code.
    Authentication,
}

impl MessageReason {
    /// Whether it is one that Cognito has too, so that hooks are asked about it: they write and bring codes.
    pub fn is_hooks_business(self) -> bool {
        !matches!(self, Self::Notice(_))
    }

    /// The name in the outbox.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignUp => "SignUp",
            Self::ResendCode => "ResendCode",
            Self::AdminCreateUser => "AdminCreateUser",
            Self::UpdateUserAttribute => "UpdateUserAttribute",
            Self::VerifyUserAttribute => "VerifyUserAttribute",
            Self::ForgotPassword => "ForgotPassword",
            Self::Notice(notice) => notice.name(),
            Self::AccountTakeover => "AccountTakeOverNotification",
            Self::Authentication => "Authentication",
        }
    }
}

/// A message to a user.
#[derive(Clone, Debug)]
pub struct Message {
    /// When it was written.
    pub time: Timestamp,
    /// The pool.
    pub pool: UserPoolId,
    /// Through which client, if through one.
    pub client: Option<ClientId>,
    /// The user's name, for the text and the log.
    pub username: Username,
    /// To whom, for ever.
    pub sub: Subject,
    /// Whether it goes by mail or by SMS.
    pub medium: Contact,
    /// The address, unmasked.
    pub destination: String,
    /// Why.
    pub reason: MessageReason,
    /// The code or temporary password in it.
    pub code: SecretString,
    /// The subject of a mail.
    pub subject: String,
    /// The text: HTML in a mail, plain in a text message.
    pub body: SecretString,
}
