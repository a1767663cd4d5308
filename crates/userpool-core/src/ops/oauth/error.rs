//! Why an OAuth endpoint refused.

use crate::error::Error;
use crate::model::authorization::{OAuthCode, Refused};
use crate::reasons::{Kind, Refusal};

/// Why an OAuth endpoint refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// By an error of OAuth's own.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A hook of the application said no; its words.
    #[error("{0}")]
    Denied(String),
    /// Too much at once, or too much that failed: seconds to wait, if that is known.
    #[error("too many requests; try again later")]
    TooMany(Option<i64>),
    /// The service failed. Nothing the caller sent is the cause.
    #[error("the service failed")]
    Service(#[source] Error),
}

impl OAuthError {
    /// A refusal.
    pub(crate) const fn new(code: OAuthCode, description: &'static str) -> Self {
        Self::Refused(Refused::new(code, description))
    }

    /// The name of the error as OAuth has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code.as_str(),
            Self::Denied(_) => OAuthCode::AccessDenied.as_str(),
            Self::TooMany(_) => "temporarily_unavailable",
            Self::Service(_) => "server_error",
        }
    }
}

/// What a domain's reason is where a code or refresh token is presented.
impl From<Error> for OAuthError {
    fn from(error: Error) -> Self {
        match error {
            Error::HookRefused(trigger, words) => Self::Denied(format!("{trigger} failed with error {words}")),
            Error::NotAuthorized(Refusal::ClientSecretWrong(_)) | Error::NotFound(Kind::Client(_) | Kind::Pool(_)) => {
                Self::new(OAuthCode::InvalidClient, "the client is not known, or did not prove who it is")
            }
            Error::NotAuthorized(_)
            | Error::NotFound(_)
            | Error::PasswordResetRequired
            | Error::RefreshTokenReuse
            | Error::UserNotConfirmed => Self::new(OAuthCode::InvalidGrant, "the grant does not count, or no longer"),
            Error::ScopeDoesNotExist(_) => Self::new(OAuthCode::InvalidScope, "the grant has not one of the scopes"),
            Error::InvalidParameter(_) => {
                Self::new(OAuthCode::UnauthorizedClient, "the client may not use this way to tokens")
            }
            Error::Unauthorized => Self::new(OAuthCode::InvalidGrant, "the token is another client's"),
            Error::UnsupportedOperation => Self::new(OAuthCode::InvalidRequest, "the client does not revoke tokens"),
            Error::UnsupportedTokenType => {
                Self::new(OAuthCode::UnsupportedTokenType, "refresh tokens alone are revoked")
            }
            Error::TooManyAttempts { retry_after_seconds } | Error::LimitExceeded { retry_after_seconds } => {
                Self::TooMany(Some(retry_after_seconds))
            }
            Error::TooManyRequests | Error::Concurrent => Self::TooMany(None),
            error => Self::Service(error),
        }
    }
}

impl From<document_store::error::StorageError> for OAuthError {
    fn from(error: document_store::error::StorageError) -> Self {
        Error::from(error).into()
    }
}
