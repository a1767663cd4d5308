//! Why an operation was refused, as reasons that a program can act on.

use document_store::error::{StorageError, StorageErrorKind};

use crate::reasons::{
    Fault, FlowProblem, Invalid, Kind, NameKind, PAUSED, PasskeyProblem, PasswordProblem, Precondition, ProviderName,
    Quota, Refusal, Scope, TagProblem, Trigger,
};

/// Why a user pool operation was refused.
///
/// [`code`](Self::code) is for machines, the text for people, [`source`](std::error::Error::source) for operators. Two
/// errors are equal if a caller would act alike on both: sources are not compared. The sentences that Cognito's clients
/// expect are not here; whoever speaks Cognito's protocol has a table of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another user has the alias already.
    #[error("another account has the {} already", .0.label())]
    AliasExists(NameKind),
    /// The code could not be sent; what was decided stands.
    #[error("the message could not be delivered")]
    CodeDelivery(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The code is not the one that was sent.
    #[error("the code is wrong")]
    CodeMismatch,
    /// What was to be changed was changed by somebody else meanwhile; try again.
    #[error("the resource was changed by another request; try again")]
    Concurrent,
    /// The device was confirmed before.
    #[error("the device was confirmed before")]
    DeviceKeyExists,
    /// The code has died of age or of wrong tries, or there is none.
    #[error("the code has expired; ask for another one")]
    ExpiredCode,
    /// The pool has a group of this name.
    #[error("the pool has a group of this name already")]
    GroupExists,
    /// A hook of the application did not come to an answer.
    #[error("the hook {0} of the application failed")]
    HookFailed(Trigger, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// A hook of the application gave an answer that cannot be used.
    #[error("the answer of the application's hook {0} cannot be used")]
    HookInvalid(Trigger, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// A hook of the application said no; its words.
    #[error("{1}")]
    HookRefused(Trigger, String),
    /// A fault of this side: a signature or key could not be made. Nothing the caller sent is the cause.
    #[error("the service failed")]
    Internal(#[source] Fault),
    /// Flows of the OAuth endpoints do not go together, or not with the client.
    #[error("{0}")]
    InvalidOAuthFlow(FlowProblem),
    /// A value that the pool's rules do not allow.
    #[error("{0}")]
    InvalidParameter(Invalid),
    /// The password breaks the pool's policy.
    #[error("the password is not acceptable: {0}")]
    InvalidPassword(PasswordProblem),
    /// Too many guesses at a code, or too many messages. The next one is taken after the wait.
    #[error("the limit of attempts is exceeded; try again in {retry_after_seconds} seconds")]
    LimitExceeded {
        /// Seconds to wait, at least 1.
        retry_after_seconds: i64,
    },
    /// Refused to this caller, or in this state.
    #[error("{0}")]
    NotAuthorized(Refusal),
    /// There is no such pool, client, group or user.
    #[error("{0} does not exist")]
    NotFound(Kind),
    /// A passkey, or its registration, was not taken.
    #[error("{0}")]
    Passkey(PasskeyProblem),
    /// The password is one of those that the user had before.
    #[error("the password was used before")]
    PasswordHistory,
    /// The user must reset the password first.
    #[error("the password must be reset first")]
    PasswordResetRequired,
    /// There are as many as there can be.
    #[error("{0}")]
    CountExceeded(Quota),
    /// Something must be so before this can be done.
    #[error("{0}")]
    PreconditionNotMet(Precondition),
    /// The pool has a provider of this name.
    #[error("the pool has a provider {0} already")]
    ProviderExists(ProviderName),
    /// A refresh token was used again after it was replaced; its whole session is revoked.
    #[error("the refresh token was used before; its session is revoked")]
    RefreshTokenReuse,
    /// The pool does not watch sign-ins.
    #[error("the pool does not watch sign-ins")]
    ProtectionOff,
    /// More than an operator can ask for.
    #[error("more than {most} cannot be asked for")]
    QuotaExceeded {
        /// The most.
        most: u32,
    },
    /// Neither a scope that every pool has, nor one of a resource server of the pool.
    #[error("there is no scope {0}")]
    ScopeDoesNotExist(Scope),
    /// The code of the authenticator app that is set up is wrong.
    #[error("the code of the authenticator app is wrong")]
    SoftwareTokenMismatch,
    /// The pool offers no authenticator apps, or none was begun to be set up.
    #[error("there is no authenticator app to set up")]
    SoftwareTokenNotFound,
    /// The code of the authenticator app was taken before.
    #[error("the code of the authenticator app was used before")]
    SoftwareTokenUsed,
    /// The pool keeps no history.
    #[error("the pool keeps no history of its directory")]
    HistoryOff,
    /// The pool's directory is not written while it is being set back to how it was.
    #[error("the directory is not changed while it is being restored")]
    RestorationUnderWay,
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[source] StorageError),
    /// The tags of a pool are not acceptable.
    #[error("{0}")]
    Tags(TagProblem),
    /// The client has terms of this name.
    #[error("the client has terms of this name already")]
    TermsExist,
    /// Too many failed tries for this account or from this source. The next one is judged after the wait.
    #[error("too many failed attempts; try again in {retry_after_seconds} seconds")]
    TooManyAttempts {
        /// Seconds until the next try, at least 1.
        retry_after_seconds: i64,
    },
    /// Too much is under way at once; try again.
    #[error("too many requests; try again later")]
    TooManyRequests,
    /// Another client's token, or another client than the token's.
    #[error("the token was not issued to this client")]
    Unauthorized,
    /// The client's settings turn this operation off: it revokes no tokens.
    #[error("the client does not revoke tokens")]
    UnsupportedOperation,
    /// Not a refresh token.
    #[error("the token is not of a kind that can be revoked")]
    UnsupportedTokenType,
    /// The user is in a state where this makes no sense: an invitation for somebody who has a password of their own.
    #[error("the user has no temporary password to replace")]
    UnsupportedUserState,
    /// The user has not confirmed the sign-up.
    #[error("the sign-up is not confirmed")]
    UserNotConfirmed,
    /// The pool already has a user of this name, or, where addresses are names, of this address.
    #[error("an account with this {} exists already", .0.label())]
    UsernameExists(NameKind),
}

macro_rules! error_codes {
    ($($name:ident)*) => {
        /// An [`Error`]'s name for machines. Never renamed.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each is documented at the error of its name")]
        pub enum ErrorCode {
            $($name,)*
        }

        impl ErrorCode {
            /// Every code, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as text: its name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

error_codes! {
    AliasExists CodeDelivery CodeMismatch Concurrent CountExceeded DeviceKeyExists ExpiredCode GroupExists HistoryOff HookFailed HookInvalid
    HookRefused Internal InvalidOAuthFlow InvalidParameter InvalidPassword LimitExceeded NotAuthorized PasskeyChallengeNotFound
    PasskeyClientMismatch PasskeyConfigurationMissing PasskeyLimit PasskeyNotEnabled PasskeyNotSupported
    PasskeyOriginNotAllowed PasskeyRelyingPartyMismatch PasswordHistory PasswordResetRequired
    PreconditionNotMet ProtectionOff ProviderExists QuotaExceeded RefreshTokenReuse ResourceNotFound RestorationUnderWay ScopeDoesNotExist
    SoftwareTokenMismatch SoftwareTokenNotFound SoftwareTokenUsed Storage Tags TermsExist
    TooManyAttempts TooManyRequests
    Unauthorized UnsupportedOperation UnsupportedTokenType UnsupportedUserState UserNotConfirmed UserNotFound
    UsernameExists
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// The error's name for machines.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AliasExists(_) => ErrorCode::AliasExists,
            Self::CodeDelivery(_) => ErrorCode::CodeDelivery,
            Self::CodeMismatch => ErrorCode::CodeMismatch,
            Self::Concurrent => ErrorCode::Concurrent,
            Self::DeviceKeyExists => ErrorCode::DeviceKeyExists,
            Self::ExpiredCode => ErrorCode::ExpiredCode,
            Self::GroupExists => ErrorCode::GroupExists,
            Self::HistoryOff => ErrorCode::HistoryOff,
            Self::HookFailed(..) => ErrorCode::HookFailed,
            Self::HookInvalid(..) => ErrorCode::HookInvalid,
            Self::HookRefused(..) => ErrorCode::HookRefused,
            Self::Internal(_) => ErrorCode::Internal,
            Self::InvalidParameter(_) => ErrorCode::InvalidParameter,
            Self::InvalidPassword(_) => ErrorCode::InvalidPassword,
            Self::LimitExceeded { .. } => ErrorCode::LimitExceeded,
            Self::NotAuthorized(_) => ErrorCode::NotAuthorized,
            Self::NotFound(Kind::User | Kind::UserOfClient) => ErrorCode::UserNotFound,
            Self::NotFound(_) => ErrorCode::ResourceNotFound,
            Self::Passkey(problem) => code_of_passkey(*problem),
            Self::PasswordHistory => ErrorCode::PasswordHistory,
            Self::PasswordResetRequired => ErrorCode::PasswordResetRequired,
            Self::ProtectionOff => ErrorCode::ProtectionOff,
            Self::QuotaExceeded { .. } => ErrorCode::QuotaExceeded,
            Self::CountExceeded(_) => ErrorCode::CountExceeded,
            Self::PreconditionNotMet(_) => ErrorCode::PreconditionNotMet,
            Self::ProviderExists(_) => ErrorCode::ProviderExists,
            Self::RefreshTokenReuse => ErrorCode::RefreshTokenReuse,
            Self::InvalidOAuthFlow(_) => ErrorCode::InvalidOAuthFlow,
            Self::ScopeDoesNotExist(_) => ErrorCode::ScopeDoesNotExist,
            Self::SoftwareTokenMismatch => ErrorCode::SoftwareTokenMismatch,
            Self::SoftwareTokenNotFound => ErrorCode::SoftwareTokenNotFound,
            Self::SoftwareTokenUsed => ErrorCode::SoftwareTokenUsed,
            Self::RestorationUnderWay => ErrorCode::RestorationUnderWay,
            Self::Storage(_) => ErrorCode::Storage,
            Self::Tags(_) => ErrorCode::Tags,
            Self::TermsExist => ErrorCode::TermsExist,
            Self::TooManyAttempts { .. } => ErrorCode::TooManyAttempts,
            Self::TooManyRequests => ErrorCode::TooManyRequests,
            Self::Unauthorized => ErrorCode::Unauthorized,
            Self::UnsupportedOperation => ErrorCode::UnsupportedOperation,
            Self::UnsupportedTokenType => ErrorCode::UnsupportedTokenType,
            Self::UnsupportedUserState => ErrorCode::UnsupportedUserState,
            Self::UserNotConfirmed => ErrorCode::UserNotConfirmed,
            Self::UsernameExists(_) => ErrorCode::UsernameExists,
        }
    }

    /// Something failed here that no caller can cause.
    pub(crate) fn internal(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Fault::new(what, source))
    }

    pub(crate) fn no_user() -> Self {
        Self::NotFound(Kind::User)
    }

    pub(crate) fn wrong_password() -> Self {
        Self::NotAuthorized(Refusal::WrongCredentials)
    }
}

fn code_of_passkey(problem: PasskeyProblem) -> ErrorCode {
    match problem {
        PasskeyProblem::ChallengeNotFound => ErrorCode::PasskeyChallengeNotFound,
        PasskeyProblem::ClientMismatch => ErrorCode::PasskeyClientMismatch,
        PasskeyProblem::ConfigurationMissing => ErrorCode::PasskeyConfigurationMissing,
        PasskeyProblem::NotEnabled => ErrorCode::PasskeyNotEnabled,
        PasskeyProblem::NotSupported => ErrorCode::PasskeyNotSupported,
        PasskeyProblem::OriginNotAllowed => ErrorCode::PasskeyOriginNotAllowed,
        PasskeyProblem::RelyingPartyMismatch => ErrorCode::PasskeyRelyingPartyMismatch,
        PasskeyProblem::TooMany => ErrorCode::PasskeyLimit,
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::HookFailed(one, _), Self::HookFailed(two, _))
            | (Self::HookInvalid(one, _), Self::HookInvalid(two, _)) => one == two,
            (Self::HookRefused(one, said), Self::HookRefused(two, also)) => (one, said) == (two, also),
            (Self::Internal(one), Self::Internal(two)) => one == two,
            (Self::InvalidParameter(one), Self::InvalidParameter(two)) => one == two,
            (Self::InvalidPassword(one), Self::InvalidPassword(two)) => one == two,
            (Self::NotAuthorized(one), Self::NotAuthorized(two)) => one == two,
            (Self::NotFound(one), Self::NotFound(two)) => one == two,
            (Self::CountExceeded(one), Self::CountExceeded(two)) => one == two,
            (Self::Tags(one), Self::Tags(two)) => one == two,
            (Self::InvalidOAuthFlow(one), Self::InvalidOAuthFlow(two)) => one == two,
            (Self::ScopeDoesNotExist(one), Self::ScopeDoesNotExist(two)) => one == two,
            (Self::ProviderExists(one), Self::ProviderExists(two)) => one == two,
            (Self::PreconditionNotMet(one), Self::PreconditionNotMet(two)) => one == two,
            (Self::Passkey(one), Self::Passkey(two)) => one == two,
            (Self::Storage(one), Self::Storage(two)) => one.kind() == two.kind() && one.condition() == two.condition(),
            (
                Self::TooManyAttempts { retry_after_seconds: one },
                Self::TooManyAttempts { retry_after_seconds: two },
            )
            | (Self::LimitExceeded { retry_after_seconds: one }, Self::LimitExceeded { retry_after_seconds: two }) => {
                one == two
            }
            (Self::AliasExists(one), Self::AliasExists(two))
            | (Self::UsernameExists(one), Self::UsernameExists(two)) => one == two,
            _ => self.code() == other.code(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(reason: Refusal) -> Self {
        Self::NotAuthorized(reason)
    }
}

impl From<Precondition> for Error {
    fn from(reason: Precondition) -> Self {
        Self::PreconditionNotMet(reason)
    }
}

impl From<Invalid> for Error {
    fn from(reason: Invalid) -> Self {
        Self::InvalidParameter(reason)
    }
}

impl From<PasskeyProblem> for Error {
    fn from(problem: PasskeyProblem) -> Self {
        Self::Passkey(problem)
    }
}

impl From<PasswordProblem> for Error {
    fn from(problem: PasswordProblem) -> Self {
        Self::InvalidPassword(problem)
    }
}

impl From<Quota> for Error {
    fn from(quota: Quota) -> Self {
        Self::CountExceeded(quota)
    }
}

impl From<TagProblem> for Error {
    fn from(problem: TagProblem) -> Self {
        Self::Tags(problem)
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error.kind() {
            StorageErrorKind::Conflict if error.condition() == Some(PAUSED) => Self::RestorationUnderWay,
            StorageErrorKind::Conflict => Self::Concurrent,
            _ => Self::Storage(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_as_it_is_named_and_stands_in_alphabetical_order() {
        let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();

        assert!(names.is_sorted(), "{names:?}");
        for code in ErrorCode::ALL {
            assert_eq!(format!("{code:?}"), code.to_string());
        }
    }

    #[test]
    fn errors_are_equal_by_their_reason_and_not_by_their_source() {
        let fault = |source: &'static str| Error::internal("signing", source);

        assert_eq!(fault("one cause"), fault("another cause"));
        assert_ne!(fault("a cause"), Error::internal("key generation", "a cause"));
        assert_eq!(Error::wrong_password(), Error::NotAuthorized(Refusal::WrongCredentials));
        assert_ne!(Error::wrong_password(), Error::NotAuthorized(Refusal::UserDisabled));
        assert_ne!(Error::no_user(), Error::NotFound(Kind::Group));
        assert_ne!(Error::CodeMismatch, Error::ExpiredCode);
    }

    #[test]
    fn a_fault_of_this_side_keeps_its_source() {
        let error = Error::internal("signing", "the key is broken");

        let fault = std::error::Error::source(&error).unwrap();
        assert_eq!(fault.to_string(), "signing failed");
        assert_eq!(fault.source().unwrap().to_string(), "the key is broken");
    }
}
