//! The one table of errors: from what the domains say to what goes over the wire.

use cognito_wire::OperationInfo;
use credential_vending::Error as VendingError;
use identity_federation::Error as FederationError;
use tracing::error;
use userpool_core::{Error as UserPoolError, ErrorCode};

use crate::sentences::sentence;

/// A refusal as the wire shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    /// `__type` in JSON, `Code` in XML.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The HTTP status. In JSON it is 400 for every fault of a caller.
    pub(crate) status: u16,
}

impl Failure {
    pub(crate) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status }
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", 400, message)
    }

    /// The operation is known, and nobody has built it yet.
    pub(crate) fn unsupported(operation: &OperationInfo) -> Self {
        let message = format!("The operation {} of {} is not built yet.", operation.name, operation.service.name());
        Self::new("UnsupportedOperation", 400, message)
    }

    /// The same refusal under a code of the operation's own list: SDKs do not know others.
    pub(crate) fn held_to(self, operation: &OperationInfo) -> Self {
        let _ = operation;
        self
    }

    /// Something failed on our side: told to the operator, not to the caller.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let sources = std::iter::successors(error.source(), |error| error.source());
        let because: Vec<String> = sources.map(ToString::to_string).collect();
        error!(error = %error, because = because.join(": "), "an operation failed");
        Self::new("InternalErrorException", 500, "The service is unavailable; try again.")
    }
}

impl From<UserPoolError> for Failure {
    fn from(error: UserPoolError) -> Self {
        let code = match error.code() {
            ErrorCode::AliasExists => "AliasExistsException",
            ErrorCode::CodeDelivery => "CodeDeliveryFailureException",
            ErrorCode::CodeMismatch => "CodeMismatchException",
            ErrorCode::Concurrent => "ConcurrentModificationException",
            ErrorCode::ExpiredCode => "ExpiredCodeException",
            ErrorCode::GroupExists => "GroupExistsException",
            ErrorCode::HookFailed => "UnexpectedLambdaException",
            ErrorCode::HookRefused => "UserLambdaValidationException",
            ErrorCode::InvalidParameter => "InvalidParameterException",
            ErrorCode::InvalidPassword => "InvalidPasswordException",
            ErrorCode::LimitExceeded => "LimitExceededException",
            ErrorCode::NotAuthorized | ErrorCode::TooManyAttempts => "NotAuthorizedException",
            ErrorCode::PasswordResetRequired => "PasswordResetRequiredException",
            ErrorCode::RefreshTokenReuse => "RefreshTokenReuseException",
            ErrorCode::ResourceNotFound => "ResourceNotFoundException",
            ErrorCode::TooManyRequests => "TooManyRequestsException",
            ErrorCode::Unauthorized => "UnauthorizedException",
            ErrorCode::UnsupportedOperation => "UnsupportedOperationException",
            ErrorCode::UnsupportedTokenType => "UnsupportedTokenTypeException",
            ErrorCode::UnsupportedUserState => "UnsupportedUserStateException",
            ErrorCode::UserNotConfirmed => "UserNotConfirmedException",
            ErrorCode::UserNotFound => "UserNotFoundException",
            ErrorCode::UsernameExists => "UsernameExistsException",
            _ => return Self::internal(&error),
        };
        Self::new(code, 400, sentence(&error))
    }
}

impl From<FederationError> for Failure {
    fn from(error: FederationError) -> Self {
        let code = match &error {
            FederationError::Concurrent => "ConcurrentModificationException",
            FederationError::ExternalService(_) => "ExternalServiceException",
            FederationError::InvalidConfiguration => "InvalidIdentityPoolConfigurationException",
            FederationError::InvalidParameter(_) => "InvalidParameterException",
            FederationError::NotAuthorized(_) | FederationError::RoleDenied { .. } => "NotAuthorizedException",
            FederationError::ResourceConflict(_) => "ResourceConflictException",
            FederationError::ResourceNotFound(_) => "ResourceNotFoundException",
            FederationError::InvalidIdentityToken(_) => "InvalidIdentityToken",
            FederationError::TokenExpired => "ExpiredTokenException",
            FederationError::Vending(_) => {
                let FederationError::Vending(error) = error else { return Self::internal(&error) };
                return error.into();
            }
            _ => return Self::internal(&error),
        };
        Self::new(code, 400, error.to_string())
    }
}

impl From<VendingError> for Failure {
    fn from(error: VendingError) -> Self {
        let (code, status) = match &error {
            VendingError::AccessDenied => ("AccessDenied", 403),
            VendingError::Concurrent => ("ConcurrentModification", 409),
            VendingError::DurationTooLong => ("ValidationError", 400),
            VendingError::EntityAlreadyExists(_) => ("EntityAlreadyExists", 409),
            VendingError::InvalidInput(_) => ("InvalidInput", 400),
            VendingError::MalformedPolicy(_) | VendingError::TrustsEveryPool => ("MalformedPolicyDocument", 400),
            VendingError::NoSuchEntity(_) => ("NoSuchEntity", 404),
            VendingError::PackedPolicyTooLarge(_) => ("PackedPolicyTooLarge", 400),
            _ => return Self::internal(&error),
        };
        Self::new(code, status, error.to_string())
    }
}
