//! Why an operation was refused, as reasons that a program can act on.

use credential_vending::{BackendError, Error as VendingError};
use document_store::error::{StorageError, StorageErrorKind};
use identity_kernel::offload::Busy;

use crate::reasons::{Fault, Invalid, Kind, LoginConflict, OutboundProblem, Refusal, WebTokenProblem};
use crate::role_trace::TraceStep;

/// Why an identity pool operation was refused.
///
/// [`code`](Self::code) is for machines, the text for people, [`source`](std::error::Error::source) for operators. The
/// sentences that Cognito's clients expect are not here; whoever speaks Cognito's protocol has a table of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another security token service vends the role's credentials, and vended none.
    #[error("the role's security token service vended nothing")]
    Backend(#[source] BackendError),
    /// What was to be changed was changed by somebody else meanwhile; try again.
    #[error("the resource was changed by another request; try again")]
    Concurrent,
    /// The developer's user is registered as another identity, and nobody asked to merge the two.
    #[error("the developer's user is registered as another identity")]
    DeveloperUserAlreadyRegistered,
    /// A login provider cannot be reached.
    #[error("the login provider cannot be reached")]
    ExternalService(#[source] login_providers::Unreachable),
    /// A fault of this side. Nothing the caller sent is the cause.
    #[error("the service failed")]
    Internal(#[source] Fault),
    /// The pool names no role for this caller, or the role does not trust the pool.
    #[error("the pool has no role for this caller that trusts it")]
    InvalidConfiguration,
    /// A web identity token that does not hold.
    #[error("{0}")]
    InvalidIdentityToken(WebTokenProblem),
    /// A value that is not allowed.
    #[error("{0}")]
    InvalidParameter(Invalid),
    /// Refused to this caller, or in this state.
    #[error("{0}")]
    NotAuthorized(Refusal),
    /// There is no such pool or identity.
    #[error("{0} does not exist")]
    NotFound(Kind),
    /// A token for another service that is not made.
    #[error("{0}")]
    Outbound(OutboundProblem),
    /// The login belongs to another identity.
    #[error("{0}")]
    ResourceConflict(LoginConflict),
    /// The rules of this mapping gave no role: the steps that led nowhere.
    #[error("the role mapping of {mapping} gave no role")]
    RoleDenied {
        /// The mapping's key.
        mapping: String,
        /// Every step of the choice.
        trace: Vec<TraceStep>,
    },
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[source] StorageError),
    /// The web identity token has expired.
    #[error("the token has expired")]
    TokenExpired,
    /// Too much computing is waiting already; try again later.
    #[error("too much work is waiting already; try again later")]
    TooManyRequests,
    /// Vending refused.
    #[error(transparent)]
    Vending(VendingError),
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
    Backend Concurrent DeveloperUserAlreadyRegistered ExternalService Internal InvalidConfiguration InvalidIdentityToken InvalidParameter NotAuthorized
    Outbound ResourceConflict ResourceNotFound RoleDenied Storage TokenExpired TooManyRequests Vending
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
            Self::Backend(_) => ErrorCode::Backend,
            Self::Concurrent => ErrorCode::Concurrent,
            Self::DeveloperUserAlreadyRegistered => ErrorCode::DeveloperUserAlreadyRegistered,
            Self::ExternalService(_) => ErrorCode::ExternalService,
            Self::Internal(_) => ErrorCode::Internal,
            Self::InvalidConfiguration => ErrorCode::InvalidConfiguration,
            Self::InvalidIdentityToken(_) => ErrorCode::InvalidIdentityToken,
            Self::InvalidParameter(_) => ErrorCode::InvalidParameter,
            Self::NotAuthorized(_) => ErrorCode::NotAuthorized,
            Self::NotFound(_) => ErrorCode::ResourceNotFound,
            Self::Outbound(_) => ErrorCode::Outbound,
            Self::ResourceConflict(_) => ErrorCode::ResourceConflict,
            Self::RoleDenied { .. } => ErrorCode::RoleDenied,
            Self::Storage(_) => ErrorCode::Storage,
            Self::TokenExpired => ErrorCode::TokenExpired,
            Self::TooManyRequests => ErrorCode::TooManyRequests,
            Self::Vending(_) => ErrorCode::Vending,
        }
    }

    /// Something failed here that no caller can cause.
    pub(crate) fn internal(what: &'static str, source: impl Into<login_providers::http::Cause>) -> Self {
        Self::Internal(Fault::new(what, source))
    }
}

impl From<OutboundProblem> for Error {
    fn from(problem: OutboundProblem) -> Self {
        Self::Outbound(problem)
    }
}

/// Two errors are equal if a caller would act alike on both: sources are not compared, nor the steps that led nowhere.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Outbound(one), Self::Outbound(two)) => one == two,
            (Self::Internal(one), Self::Internal(two)) => one == two,
            (Self::InvalidIdentityToken(one), Self::InvalidIdentityToken(two)) => one == two,
            (Self::InvalidParameter(one), Self::InvalidParameter(two)) => one == two,
            (Self::NotAuthorized(one), Self::NotAuthorized(two)) => one == two,
            (Self::NotFound(one), Self::NotFound(two)) => one == two,
            (Self::ResourceConflict(one), Self::ResourceConflict(two)) => one == two,
            (Self::RoleDenied { mapping: one, .. }, Self::RoleDenied { mapping: two, .. }) => one == two,
            (Self::Storage(one), Self::Storage(two)) => one.kind() == two.kind(),
            (Self::Vending(one), Self::Vending(two)) => one == two,
            _ => self.code() == other.code(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(reason: Refusal) -> Self {
        Self::NotAuthorized(reason)
    }
}

impl From<Invalid> for Error {
    fn from(reason: Invalid) -> Self {
        Self::InvalidParameter(reason)
    }
}

impl From<LoginConflict> for Error {
    fn from(reason: LoginConflict) -> Self {
        Self::ResourceConflict(reason)
    }
}

impl From<WebTokenProblem> for Error {
    fn from(reason: WebTokenProblem) -> Self {
        Self::InvalidIdentityToken(reason)
    }
}

impl From<Busy> for Error {
    fn from(_: Busy) -> Self {
        Self::TooManyRequests
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
}
