//! The reasons that an [`Error`](crate::Error) carries.

mod trigger;

use serde::{Deserialize, Serialize};

use crate::model::attributes::{BoundsProblem, ValueProblem};
use crate::model::flow::AllowedFlow;
use crate::model::ids::{ClientId, ImportJobId, UserPoolId};

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
            Self::Username => "username",
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
        }
    }
}

/// Which text of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MessageText {
    /// One with a code.
    Code,
    /// An invitation.
    Invitation,
    /// One with a link.
    Link,
}

impl MessageText {
    /// What it lacks.
    pub fn text(self) -> &'static str {
        match self {
            Self::Code => "a text with a code has a place for it: {####}",
            Self::Invitation => "an invitation has places for name and password: {username} and {####}",
            Self::Link => "a text with a link has its words: {##words##}",
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

/// Why a caller was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The access token's life is over.
    #[error("the access token has expired")]
    AccessTokenExpired,
    /// Not an access token of a pool of this service.
    #[error("the access token is invalid")]
    AccessTokenInvalid,
    /// The session of the access token is over.
    #[error("the access token has been revoked")]
    AccessTokenRevoked,
    /// The access token is signed by none of its pool's keys.
    #[error("the access token's signature is not the pool's")]
    AccessTokenSignature,
    /// The sign-up was confirmed before.
    #[error("the sign-up is confirmed already")]
    AlreadyConfirmed,
    /// The client may not write this attribute.
    #[error("the client may not write this attribute")]
    AttributeNotWritable,
    /// The call bears no proof of the client's secret, or a wrong one.
    #[error("the client's secret is missing or wrong")]
    ClientSecretWrong(ClientId),
    /// The access token lacks the scope that the operation asks for.
    #[error("the access token lacks a required scope")]
    MissingScope,
    /// The sign-in is too long ago, or proved too little, for a change of second factors.
    #[error("sign in anew with every factor to change second factors")]
    FreshSignInNeeded,
    /// The password is a temporary one: a new sign-in is needed, in which another is chosen.
    #[error("a new password must be chosen at a new sign-in")]
    MustChoosePassword,
    /// The user has no password that could be reset: a temporary one, or none that was confirmed.
    #[error("the password cannot be reset in the user's state")]
    PasswordNotResettable,
    /// Administrators alone reset passwords in this pool.
    #[error("an administrator alone can reset the password")]
    RecoveryByAdministrator,
    /// The refresh token's life is over.
    #[error("the refresh token has expired")]
    RefreshTokenExpired,
    /// Not a refresh token of this client.
    #[error("the refresh token is invalid")]
    RefreshTokenInvalid,
    /// The session of the refresh token was ended.
    #[error("the refresh token has been revoked")]
    RefreshTokenRevoked,
    /// The pool proves no address, so there is no code to send again.
    #[error("the pool sends no confirmation codes")]
    ResendDisabled,
    /// The client has a secret and the call bears no hash made with it.
    #[error("the secret hash is missing")]
    SecretHashMissing(ClientId),
    /// The hash was not made with the client's secret over this name.
    #[error("the secret hash is wrong")]
    SecretHashWrong(ClientId),
    /// A second factor is demanded that the sign-in did not prove.
    #[error("a second factor is demanded; sign in anew")]
    SecondFactorMissing,
    /// The challenge was not answered in time, or an operator declared it void.
    #[error("the sign-in has expired; begin anew")]
    SessionExpired,
    /// Not a challenge of this user and client, or what it was begun on has changed.
    #[error("the sign-in does not belong here; begin anew")]
    SessionInvalid,
    /// The challenge was answered before.
    #[error("the sign-in was continued before; begin anew")]
    SessionSpent,
    /// Only administrators make users in this pool.
    #[error("the pool takes no sign-ups")]
    SignUpDisabled,
    /// The temporary password was not used in time.
    #[error("the temporary password has expired")]
    TemporaryPasswordExpired,
    /// The time that the client says is too far from the server's.
    #[error("the timestamp is too far from the server's time")]
    TimestampOutOfRange,
    /// The sign-in was refused as too risky, by address, or for want of a second factor.
    #[error("the sign-in was refused for security reasons")]
    RiskTooHigh,
    /// The token of a notification is wrong, spent or too old.
    #[error("the feedback token is invalid")]
    FeedbackTokenInvalid,
    /// The permit to upload a file is none, or its time is over.
    #[error("the upload is not permitted, or not any more")]
    UploadNotPermitted,
    /// The user is disabled.
    #[error("the user is disabled")]
    UserDisabled,
    /// Name, password or proof is wrong. Which of them is not told.
    #[error("the username or password is wrong")]
    WrongCredentials,
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
    /// A restoration of the pool's directory.
    #[error("the restoration")]
    Restoration,
    /// A session of the user.
    #[error("the session")]
    Session,
    /// A passkey.
    #[error("the passkey")]
    Passkey,
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

/// Why a value was not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The algorithm's keys cannot be made by this build.
    #[error("keys of this algorithm cannot be made: turn on the feature aws-lc")]
    AlgorithmUnavailable,
    /// The user's sign-up is confirmed already.
    #[error("the user is confirmed already")]
    AlreadyConfirmed,
    /// The attribute cannot be changed once it is set.
    #[error("the attribute {0} cannot be changed")]
    AttributeImmutable(String),
    /// No value suits the bounds of the attribute.
    #[error("the bounds of the attribute {0} are malformed: {1}")]
    AttributeBounds(String, BoundsProblem),
    /// The pool has an attribute of this name already.
    #[error("the pool has an attribute {0} already")]
    AttributeExists(String),
    /// The pool requires the attribute.
    #[error("the attribute {0} is required")]
    AttributeMissing(String),
    /// The type of a standard attribute is fixed.
    #[error("the type of the attribute {0} is fixed")]
    AttributeTypeFixed(String),
    /// The pool's schema does not have the attribute.
    #[error("the pool has no attribute {0}")]
    AttributeUnknown(String),
    /// The attribute is defined twice.
    #[error("the attribute {0} is named twice")]
    AttributeTwice(String),
    /// The value does not suit the attribute.
    #[error("the attribute {0} {1}")]
    AttributeValue(String, ValueProblem),
    /// A challenge can be answered for 3 to 15 minutes.
    #[error("challenges live from 3 to 15 minutes")]
    ChallengeMinutes,
    /// A client's list names an attribute that the pool does not have.
    #[error("a readable or writable attribute is not in the pool's schema")]
    ClientAttributes,
    /// A client's secret has 24 to 64 letters, digits, underscores and plus signs.
    #[error("a client's secret has 24 to 64 letters, digits, underscores and plus signs")]
    ClientSecretForm,
    /// A secret is brought along and another is to be made.
    #[error("a client's secret is either brought along or made")]
    ClientSecretTwice,
    /// Custom attributes cannot be required.
    #[error("a custom attribute cannot be required")]
    CustomAttributeRequired,
    /// A pool keeps its history for 0 to 35 days.
    #[error("a pool keeps its history for 0 to 35 days")]
    HistoryDaysRange,
    /// Deletion protection is on.
    #[error("the pool is protected against deletion")]
    DeletionProtected,
    /// A member of the call is missing: its name.
    #[error("{0} is missing")]
    ParameterMissing(&'static str),
    /// The settings of second factors do not fit together.
    #[error("the settings of second factors do not fit together")]
    MfaSettings,
    /// Only one second factor can be the preferred one.
    #[error("only one second factor can be preferred")]
    PreferredTwice,
    /// Two levels of sign-ins would be called alike.
    #[error("two levels of sign-ins have one name")]
    AcrNames,
    /// None of the levels that are asked for is known.
    #[error("none of the levels is known")]
    AcrUnknown,
    /// The user has no factors that reach a level that is asked for.
    #[error("the user has no factors that reach one of the levels")]
    AcrOutOfReach,
    /// The session is of this level already.
    #[error("the session has reached the level")]
    AcrReached,
    /// In this pool a passkey stands for one factor.
    #[error("passkeys stand for one factor in this pool")]
    PasskeyIsOneFactor,
    /// A user whose passkeys stand for two factors has another one turned on.
    #[error("passkeys stand for two factors beside another one that is turned on")]
    PasskeyNeedsAnother,
    /// The user has no address or authenticator app for this second factor.
    #[error("the user has not set up {0}")]
    SecondFactorNotSetUp(&'static str),
    /// The factor is not offered to this user, in this pool.
    #[error("the factor is not offered")]
    FactorNotOffered,
    /// A device's name has at most 1,024 characters.
    #[error("a device's name has at most 1,024 characters")]
    DeviceName,
    /// The verifier or the salt of a device's secret cannot be one.
    #[error("the verifier or salt of the device's secret is invalid")]
    DeviceVerifier,
    /// The pool knows no devices.
    #[error("the pool does not know devices")]
    DevicesOff,
    /// A file of users may have 100 MB.
    #[error("a file of users has at most 100 MB")]
    FileTooLarge,
    /// The filter of a listing cannot be read.
    #[error("the filter cannot be read")]
    Filter,
    /// The filter names an attribute that cannot be searched.
    #[error("the attribute {0} cannot be searched")]
    FilterAttribute(String),
    /// The pool has no functions for a sign-in of the application's own.
    #[error("no hook defines the challenges of a custom sign-in")]
    CustomAuthNotConfigured,
    /// The client does not allow the flow, for public callers.
    #[error("the client does not allow this way to sign in")]
    FlowNotAllowed(AllowedFlow),
    /// The flow is for administrators and the caller is none, or the other way round.
    #[error("this way to sign in is not for this caller")]
    FlowNotForCaller,
    /// A pool has at most one delivery of each log.
    #[error("a pool has at most one delivery of each log")]
    LogDeliveries,
    /// A text of a message lacks a place for what the message brings.
    #[error("{}", .0.text())]
    MessageText(MessageText),
    /// A notice of 6 to 20,000 characters, its subject of 1 to 140, neither with a place for a code.
    #[error("a notice has 6 to 20,000 characters, its subject 1 to 140, and neither has a place for a code")]
    NoticeText,
    /// Links would lead nowhere: nobody has said under which address the front end is reached.
    #[error("links need an address under which the front end is reached")]
    NoLinkBase,
    /// A replaced refresh token works for 0 to 60 seconds.
    #[error("the grace period of rotation is from 0 to 60 seconds")]
    GracePeriod,
    /// A setting names a function that nobody here can call.
    #[error("the function {0} cannot be called from here")]
    FunctionNotCallable(String),
    /// A custom sender without a key: codes would be handed on in the clear.
    #[error("a custom sender needs a key to encrypt codes under")]
    SenderWithoutKey,
    /// A client with secrets keeps one at least.
    #[error("the last secret of a client cannot be removed")]
    LastClientSecret,
    /// The user has no address to send a code to.
    #[error("the user has no address to send a code to")]
    NoAddress,
    /// The user has no address for the medium asked for.
    #[error("the user has no address for this medium")]
    NoAddressForMedium,
    /// The user has no verified address that a code to reset the password could go to.
    #[error("the user has no verified address to reset the password by")]
    NoVerifiedAddress,
    /// A pool remembers 0 to 24 passwords.
    #[error("a pool remembers from 0 to 24 passwords")]
    PasswordHistoryRange,
    /// The answer of a browser about a passkey cannot be read, or the passkey is registered already.
    #[error("the passkey cannot be read, or is registered already")]
    Passkey,
    /// Passwords have at least 6 to 99 characters.
    #[error("the minimum length of passwords is from 6 to 99")]
    PasswordLengthRange,
    /// At most two ways of recovery, none twice, and an administrator alone or not at all.
    #[error("an administrator is a way of recovery alone or not at all, and no way stands twice")]
    RecoveryMechanisms,
    /// The session of the token that asks is ended by signing out.
    #[error("the session that asks cannot be revoked by this operation")]
    OwnSession,
    /// A public client has no secret, and gets none later.
    #[error("the client is public: it has no secrets")]
    PublicClient,
    /// Refresh tokens must outlive access and ID tokens.
    #[error("refresh tokens must live at least as long as access and ID tokens")]
    RefreshTokenTooShort,
    /// Not a region.
    #[error("the region is malformed")]
    Region,
    /// The client rotates refresh tokens, and this flow does not.
    #[error("the client rotates refresh tokens: use the operation that does")]
    RotationEnabled,
    /// The pool does not track sessions.
    #[error("the pool does not track sessions")]
    SessionsNotTracked,
    /// A user has from 1 to 100 sessions at most.
    #[error("a user has from 1 to 100 sessions at most")]
    SessionsPerUser,
    /// The client's public value of SRP breaks the protocol.
    #[error("the public value of SRP is invalid")]
    SrpPublicValue,
    /// A sign-in of the managed login is used again for 0 to 129,600 minutes.
    #[error("a sign-in is used again for 0 to 129,600 minutes")]
    SsoMinutes,
    /// The pool's history does not reach back to the moment, or it is less than a quarter of an hour ago.
    #[error("the moment is outside of what can be restored")]
    RestorationMoment,
    /// The restoration has come further, or has ended.
    #[error("the restoration is not in a state for this")]
    RestorationState,
    /// Temporary passwords live 1 to 365 days.
    #[error("temporary passwords live from 1 to 365 days")]
    TemporaryDaysRange,
    /// The time that the client says cannot be read.
    #[error("the timestamp cannot be read")]
    Timestamp,
    /// Something milder is done about a higher risk.
    #[error("nothing milder can be done about a higher risk")]
    RiskActions,
    /// A list has at most 200 networks.
    #[error("a list has at most 200 networks")]
    TooManyNetworks,
    /// Not a category of requests.
    #[error("there is no category of requests of this name")]
    RequestCategory,
    /// A rate below the one that holds when nothing is said.
    #[error("the rate is below the default")]
    RateTooLow,
    /// A token's life is out of range.
    #[error("the validity of tokens is out of range")]
    TokenValidityRange,
    /// A pool has at most 50 custom attributes.
    #[error("a pool has at most 50 custom attributes")]
    TooManyAttributes,
    /// A user is in at most 100 groups.
    #[error("a user is in at most 100 groups")]
    TooManyGroups,
    /// Not a username.
    #[error("the username is malformed")]
    Username,
    /// In pools where a verified address is an alias, no username looks like one.
    #[error("the username must not look like an e-mail address")]
    UsernameLikeEmail,
    /// In pools where a verified number is an alias, no username looks like one.
    #[error("the username must not look like a phone number")]
    UsernameLikePhoneNumber,
    /// In this pool, the username is an e-mail address.
    #[error("the username must be an e-mail address")]
    UsernameNotEmail,
    /// In this pool, the username is an e-mail address or a telephone number.
    #[error("the username must be an e-mail address or a phone number")]
    UsernameNotEmailOrPhoneNumber,
    /// In this pool, the username is a telephone number.
    #[error("the username must be a phone number")]
    UsernameNotPhoneNumber,
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
