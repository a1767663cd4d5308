use credential_vending::Error as VendingError;
use document_store::error::{StorageError, StorageErrorKind};

use crate::model::role_choice::TraceStep;

/// Why an identity pool operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was to be changed was changed by somebody else meanwhile; try again.
    #[error("the resource was changed by another request; try again")]
    Concurrent,
    /// A login provider cannot be reached.
    #[error("the login provider cannot be reached")]
    ExternalService(#[source] login_providers::Unreachable),
    /// The pool names no role for this caller, or the role does not trust the pool.
    #[error("Invalid identity pool configuration. Check assigned IAM roles for this pool.")]
    InvalidConfiguration,
    /// A web identity token that does not hold; the text says why.
    #[error("{0}")]
    InvalidIdentityToken(&'static str),
    /// A value that is not allowed; the text says which and why.
    #[error("{0}")]
    InvalidParameter(String),
    /// Refused; the text is Cognito's.
    #[error("{0}")]
    NotAuthorized(String),
    /// The login belongs to another identity.
    #[error("{0}")]
    ResourceConflict(&'static str),
    /// There is no such pool or identity.
    #[error("{0}")]
    ResourceNotFound(String),
    /// No role: the steps that led nowhere.
    #[error("{message}")]
    RoleDenied {
        /// Cognito's text.
        message: String,
        /// Every step of the choice.
        trace: Vec<TraceStep>,
    },
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[source] StorageError),
    /// The token has expired.
    #[error("Token expired")]
    TokenExpired,
    /// Vending refused.
    #[error(transparent)]
    Vending(VendingError),
}

impl Error {
    pub(crate) fn not_authorized(text: impl Into<String>) -> Self {
        Self::NotAuthorized(text.into())
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::InvalidParameter(text.into())
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error.kind() {
            StorageErrorKind::Conflict => Self::Concurrent,
            _ => Self::Storage(error),
        }
    }
}
