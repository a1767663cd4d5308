//! The reasons that an [`Error`](crate::Error) carries.

mod invalid;
mod refusal;
mod trigger;

use serde::{Deserialize, Serialize};

use crate::model::domain::DomainName;
use crate::model::ids::{ClientId, ImportJobId, UserPoolId};
use crate::model::resource_server::ResourceServerId;

pub use crate::model::ids::ProviderName;
pub use crate::model::oauth::FlowProblem;
pub use crate::model::resource_server::Scope;
pub use invalid::{DetailProblem, Invalid, MessageText};
pub use refusal::Refusal;
pub use trigger::Trigger;

/// The [condition](document_store::error::StorageError::condition) of a commit that is refused because the directory is not
/// written now.
pub(crate) const PAUSED: &str = "restoration";

/// What kind of name leads to a user.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum NameKind {
    /// The username.
    Username,
    /// An e-mail address.
    Email,
    /// A telephone number.
    PhoneNumber,
    /// The changeable name.
    PreferredUsername,
    /// The username as the other case rule compares it, while a pool's is being changed.
    UsernameOtherwise,
    /// An e-mail address as the other case rule compares it.
    EmailOtherwise,
    /// The changeable name as the other case rule compares it.
    PreferredUsernameOtherwise,
}

impl NameKind {
    /// The kind of this label.
    pub fn of_label(label: &str) -> Option<Self> {
        let kinds = [Self::Username, Self::Email, Self::PhoneNumber, Self::PreferredUsername];
        kinds.into_iter().find(|kind| kind.label() == label)
    }

    /// The name of this kind in refused commits and messages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Username | Self::UsernameOtherwise => "username",
            Self::Email | Self::EmailOtherwise => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername | Self::PreferredUsernameOtherwise => "preferred_username",
        }
    }

    /// The same kind, however it is compared.
    pub(crate) fn plain(self) -> Self {
        Self::of_label(self.label()).unwrap_or(self)
    }

    /// The same kind, as the other case rule compares it; `None` for what has no case.
    pub(crate) fn otherwise(self) -> Option<Self> {
        match self {
            Self::Username => Some(Self::UsernameOtherwise),
            Self::Email => Some(Self::EmailOtherwise),
            Self::PreferredUsername => Some(Self::PreferredUsernameOtherwise),
            Self::PhoneNumber | Self::UsernameOtherwise | Self::EmailOtherwise | Self::PreferredUsernameOtherwise => {
                None
            }
        }
    }
}

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordProblem {
    /// One that others know: it stands in a list of passwords that became public.
    #[error("it is known to others")]
    Compromised,
    /// One that many people have, or a repetition or row of characters.
    #[error("it is too common")]
    Common,
    /// The user's name or address, or the part of the address in front of the at sign.
    #[error("it is the name or address of the user")]
    LikeName,
    /// No lower-case letter where one is required.
    #[error("it has no lowercase letter")]
    NoLowercase,
    /// No digit where one is required.
    #[error("it has no digit")]
    NoNumber,
    /// No symbol where one is required.
    #[error("it has no symbol")]
    NoSymbol,
    /// No upper-case letter where one is required.
    #[error("it has no uppercase letter")]
    NoUppercase,
    /// The temporary password that it should replace.
    #[error("it is the temporary password")]
    Temporary,
    /// Longer than [`LONGEST_PASSWORD`](crate::model::password::LONGEST_PASSWORD).
    #[error("it is too long")]
    TooLong,
    /// Shorter than the pool demands.
    #[error("it is too short")]
    TooShort,
}

/// Why a passkey, or its registration, was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasskeyProblem {
    /// The registration was not begun here by this user, has expired, or was completed before.
    #[error("there is no such registration under way; begin anew")]
    ChallengeNotFound,
    /// The registration was begun with a token of another client.
    #[error("the registration was begun through another client")]
    ClientMismatch,
    /// The pool does not say for which domain passkeys are made.
    #[error("the pool has no relying party")]
    ConfigurationMissing,
    /// The pool does not let users sign in with passkeys.
    #[error("the pool takes no passkeys")]
    NotEnabled,
    /// The authenticator's answer does not do: its algorithm, an unverified user, a statement that is wrong.
    #[error("the passkey is of a kind that is not supported")]
    NotSupported,
    /// The page is of an origin that is not allowed.
    #[error("the origin is not allowed")]
    OriginNotAllowed,
    /// The passkey was made for another domain, or the pool has another now.
    #[error("the passkey is of another relying party")]
    RelyingPartyMismatch,
    /// The user has as many passkeys as a user may have.
    #[error("the user has too many passkeys")]
    TooMany,
}

/// What there is none of.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// An app client.
    #[error("app client {0}")]
    Client(ClientId),
    /// An event of a user.
    #[error("the event")]
    Event,
    /// A secret of an app client.
    #[error("the client's secret")]
    ClientSecret,
    /// A device of the user.
    #[error("the device")]
    Device,
    /// An import of users.
    #[error("import job {0}")]
    ImportJob(ImportJobId),
    /// A group.
    #[error("the group")]
    Group,
    /// An outside provider.
    #[error("identity provider {0}")]
    IdentityProvider(String),
    /// A domain of the pool.
    #[error("domain {0}")]
    Domain(DomainName),
    /// A resource server.
    #[error("resource server {0}")]
    ResourceServer(ResourceServerId),
    /// A restoration of the pool's directory.
    #[error("the restoration")]
    Restoration,
    /// A session of the user.
    #[error("the session")]
    Session,
    /// A passkey.
    #[error("the passkey")]
    Passkey,
    /// Terms of a client.
    #[error("the terms")]
    Terms,
    /// A user pool.
    #[error("user pool {0}")]
    Pool(UserPoolId),
    /// A user.
    #[error("the user")]
    User,
    /// A user who signs up through the client.
    #[error("the user of this client")]
    UserOfClient,
}

/// What there is a greatest number of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Quota {
    /// A client has [`MOST_SECRETS`](crate::model::client::MOST_SECRETS) secrets at once.
    #[error("a client has two secrets at most")]
    ClientSecrets,
    /// [`MOST_LOGINS`](crate::model::login::MOST_LOGINS) logins are linked to a user.
    #[error("five logins are linked to a user at most")]
    Logins,
    /// A pool has [`MOST_PROVIDERS`](crate::model::identity_provider::MOST_PROVIDERS) outside providers.
    #[error("a pool has 300 outside providers at most")]
    IdentityProviders,
    /// A pool has [`MOST_RESOURCE_SERVERS`](crate::model::resource_server::MOST_RESOURCE_SERVERS) resource servers.
    #[error("a pool has 25 resource servers at most")]
    ResourceServers,
    /// A pool has [`MOST_TERMS`](crate::model::terms::MOST_TERMS) terms.
    #[error("a pool has 40 terms at most")]
    Terms,
    /// Of a pool's restorations one is under way at a time.
    #[error("another restoration of the pool is under way")]
    Restorations,
}

/// What is wrong with a pool's tags.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TagProblem {
    /// A key that is empty, longer than 128 characters, or has others than letters, digits, spaces and `_.:/=+-@`.
    #[error("a tag's key is malformed")]
    Key,
    /// A key that begins with `aws:`, in whatever case.
    #[error("a tag's key begins with aws:")]
    Reserved,
    /// More than [`MOST_TAGS`](crate::model::tags::MOST_TAGS).
    #[error("a pool has 50 tags at most")]
    TooMany,
    /// A value longer than 256 characters, or with others than letters, digits, spaces and `_.:/=+-@`.
    #[error("a tag's value is malformed")]
    Value,
}

/// What must be so before something can be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Precondition {
    /// Of a pool's imports one is under way at a time.
    #[error("another import of the pool is under way")]
    ImportActive,
    /// The import's file is not there as a whole.
    #[error("the file of the import was not uploaded")]
    ImportFileMissing,
    /// The import was started before, or has expired.
    #[error("the import was started before or has expired")]
    ImportNotNew,
    /// The import is not under way.
    #[error("the import is not under way")]
    ImportNotActive,
    /// The pool proves no address: imported users could not choose a password.
    #[error("the pool verifies no attribute by itself")]
    NothingAutoVerified,
}

/// A fault of this side, with its cause. Equal to another if the same thing failed, whatever the cause.
#[derive(Debug, thiserror::Error)]
#[error("{what} failed")]
pub struct Fault {
    what: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault {
    pub(crate) fn new(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { what, source: source.into() }
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}
