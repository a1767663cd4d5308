use document_store::error::StorageError;

/// Why a user pool operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another user has the alias already.
    #[error("An account with the {0} already exists.")]
    AliasExists(&'static str),
    /// The code could not be sent; what was decided stands.
    #[error("the message could not be delivered")]
    CodeDelivery(#[source] crate::ports::DeliveryError),
    /// The code is not the one that was sent.
    #[error("Invalid verification code provided, please try again.")]
    CodeMismatch,
    /// What was to be changed was changed by somebody else meanwhile; try again.
    #[error("the resource was changed by another request; try again")]
    Concurrent,
    /// The code has died of age or of wrong tries, or there is none.
    #[error("Invalid code provided, please request a code again.")]
    ExpiredCode,
    /// The pool has a group of this name.
    #[error("A group with the name already exists")]
    GroupExists,
    /// A value that the pool's rules do not allow; the text says which and why.
    #[error("{0}")]
    InvalidParameter(String),
    /// The password breaks the pool's policy.
    #[error("Password did not conform with policy: {0}")]
    InvalidPassword(&'static str),
    /// Refused; the text is Cognito's.
    #[error("{0}")]
    NotAuthorized(&'static str),
    /// Refused for a client; the text names it.
    #[error("{0}")]
    NotAuthorizedClient(String),
    /// The user must reset the password first.
    #[error("Password reset required for the user")]
    PasswordResetRequired,
    /// A refresh token was used again after it was replaced; its whole session is revoked.
    #[error("Refresh token reuse detected")]
    RefreshTokenReuse,
    /// There is no such pool, client or group.
    #[error("{0}")]
    ResourceNotFound(String),
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[source] StorageError),
    /// Too many attempts.
    #[error("Rate exceeded")]
    TooManyRequests,
    /// Another client's token, or another client than the token's.
    #[error("the token was not issued to this client")]
    Unauthorized,
    /// The client does not allow this operation.
    #[error("{0}")]
    UnsupportedOperation(&'static str),
    /// Not a refresh token.
    #[error("the token is not of a kind that can be revoked")]
    UnsupportedTokenType,
    /// The user is in a state where this makes no sense.
    #[error("{0}")]
    UnsupportedUserState(&'static str),
    /// The user has not confirmed the sign-up.
    #[error("User is not confirmed.")]
    UserNotConfirmed,
    /// There is no such user.
    #[error("{0}")]
    UserNotFound(&'static str),
    /// The pool already has a user of this name.
    #[error("{0}")]
    UsernameExists(&'static str),
}

/// An [`Error`]'s name for machines. Never renamed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is documented at the error of its name")]
pub enum ErrorCode {
    AliasExists,
    CodeDelivery,
    CodeMismatch,
    Concurrent,
    ExpiredCode,
    GroupExists,
    InvalidParameter,
    InvalidPassword,
    NotAuthorized,
    PasswordResetRequired,
    RefreshTokenReuse,
    ResourceNotFound,
    Storage,
    TooManyRequests,
    Unauthorized,
    UnsupportedOperation,
    UnsupportedTokenType,
    UnsupportedUserState,
    UserNotConfirmed,
    UserNotFound,
    UsernameExists,
}

impl Error {
    /// The error's name for machines.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::AliasExists(_) => ErrorCode::AliasExists,
            Self::CodeDelivery(_) => ErrorCode::CodeDelivery,
            Self::CodeMismatch => ErrorCode::CodeMismatch,
            Self::Concurrent => ErrorCode::Concurrent,
            Self::ExpiredCode => ErrorCode::ExpiredCode,
            Self::GroupExists => ErrorCode::GroupExists,
            Self::InvalidParameter(_) => ErrorCode::InvalidParameter,
            Self::InvalidPassword(_) => ErrorCode::InvalidPassword,
            Self::NotAuthorized(_) | Self::NotAuthorizedClient(_) => ErrorCode::NotAuthorized,
            Self::PasswordResetRequired => ErrorCode::PasswordResetRequired,
            Self::RefreshTokenReuse => ErrorCode::RefreshTokenReuse,
            Self::ResourceNotFound(_) => ErrorCode::ResourceNotFound,
            Self::Storage(_) => ErrorCode::Storage,
            Self::TooManyRequests => ErrorCode::TooManyRequests,
            Self::Unauthorized => ErrorCode::Unauthorized,
            Self::UnsupportedOperation(_) => ErrorCode::UnsupportedOperation,
            Self::UnsupportedTokenType => ErrorCode::UnsupportedTokenType,
            Self::UnsupportedUserState(_) => ErrorCode::UnsupportedUserState,
            Self::UserNotConfirmed => ErrorCode::UserNotConfirmed,
            Self::UserNotFound(_) => ErrorCode::UserNotFound,
            Self::UsernameExists(_) => ErrorCode::UsernameExists,
        }
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::InvalidParameter(text.into())
    }

    /// `User does not exist.`
    pub(crate) fn no_user() -> Self {
        Self::UserNotFound("User does not exist.")
    }

    /// `Incorrect username or password.`
    pub(crate) fn wrong_password() -> Self {
        Self::NotAuthorized("Incorrect username or password.")
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error.kind() {
            document_store::error::StorageErrorKind::Conflict => Self::Concurrent,
            _ => Self::Storage(error),
        }
    }
}
