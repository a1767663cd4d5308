//! The one table of errors: from what the domains say to what goes over the wire.

use cognito_wire::OperationInfo;
use credential_vending::{BackendError, Error as VendingError, ErrorCode as VendingCode, Invalid};
use identity_federation::{Error as FederationError, WebTokenProblem};
use tracing::{error, warn};
use userpool_core::{Error as UserPoolError, ErrorCode};

use crate::role_sentences;
use crate::sentences::sentence;

/// Errors of every operation, which no model lists.
const COMMON: [&str; 7] = [
    "AccessDenied",
    "AccessDeniedException",
    "InternalFailure",
    "InvalidParameterValue",
    "Throttling",
    "UnsupportedOperation",
    "ValidationError",
];

/// What an error is called by operations that do not list it.
const NEAREST: [(&str, &str); 22] = [
    ("AliasExistsException", "UsernameExistsException"),
    ("ConcurrentModification", "ServiceFailure"),
    ("ConcurrentModificationException", "TooManyRequestsException"),
    ("DeveloperUserAlreadyRegisteredException", "ResourceConflictException"),
    ("EnableSoftwareTokenMFAException", "CodeMismatchException"),
    ("ExpiredCodeException", "CodeMismatchException"),
    ("ExternalServiceException", "IDPCommunicationError"),
    ("IDPRejectedClaim", "NotAuthorizedException"),
    ("InternalErrorException", "InternalServerException"),
    ("InternalErrorException", "ServiceFailure"),
    ("InvalidPasswordException", "InvalidParameterException"),
    ("LimitExceededException", "TooManyRequestsException"),
    ("PasswordHistoryPolicyViolationException", "InvalidPasswordException"),
    ("PasswordResetRequiredException", "NotAuthorizedException"),
    ("RefreshTokenReuseException", "NotAuthorizedException"),
    ("ResourceConflictException", "TooManyRequestsException"),
    ("SoftwareTokenMFANotFoundException", "ResourceNotFoundException"),
    ("UnauthorizedException", "NotAuthorizedException"),
    ("UserNotConfirmedException", "NotAuthorizedException"),
    ("UserNotFoundException", "ResourceNotFoundException"),
    ("UsernameExistsException", "InvalidParameterException"),
    ("WebAuthnConfigurationMissingException", "WebAuthnNotEnabledException"),
];

/// What anything else is called, the first that is listed.
const LAST: [&str; 2] = ["InvalidParameterException", "NotAuthorizedException"];

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

    /// The same refusal under a code of the operation's own list: SDKs know no others by name. What every operation may
    /// answer passes as it is.
    pub(crate) fn held_to(self, operation: &OperationInfo) -> Self {
        let listed = |code: &&str| operation.errors.contains(code);
        if listed(&self.code) || COMMON.contains(&self.code) {
            return self;
        }
        let nearest = NEAREST.iter().filter(|(code, _)| *code == self.code).map(|(_, nearest)| *nearest);
        let Some(code) = nearest.chain(LAST).find(listed) else {
            let code = operation.service.validation_error();
            return if self.status < 500 { Self { code, status: 400, ..self } } else { self };
        };
        let status = if matches!(code, "InternalServerException" | "ServiceFailure") { 500 } else { self.status };
        Self { code, status, ..self }
    }

    /// Something failed on our side: told to the operator, not to the caller.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        error!(error = %error, because = causes(error), "an operation failed");
        Self::new("InternalErrorException", 500, "The service is unavailable; try again.")
    }
}

/// What lies beneath an error, for operators.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<UserPoolError> for Failure {
    fn from(error: UserPoolError) -> Self {
        let code = match error.code() {
            ErrorCode::AliasExists => "AliasExistsException",
            ErrorCode::CodeDelivery => "CodeDeliveryFailureException",
            ErrorCode::CodeMismatch => "CodeMismatchException",
            ErrorCode::Concurrent => "ConcurrentModificationException",
            ErrorCode::DeviceKeyExists => "DeviceKeyExistsException",
            ErrorCode::ExpiredCode | ErrorCode::SoftwareTokenUsed => "ExpiredCodeException",
            ErrorCode::GroupExists => "GroupExistsException",
            ErrorCode::HistoryOff => "FeatureUnavailableInTierException",
            ErrorCode::HookFailed => "UnexpectedLambdaException",
            ErrorCode::HookInvalid => "InvalidLambdaResponseException",
            ErrorCode::HookRefused => "UserLambdaValidationException",
            ErrorCode::InvalidParameter => "InvalidParameterException",
            ErrorCode::InvalidPassword => "InvalidPasswordException",
            ErrorCode::CountExceeded | ErrorCode::LimitExceeded | ErrorCode::PasskeyLimit => "LimitExceededException",
            ErrorCode::NotAuthorized | ErrorCode::TooManyAttempts => "NotAuthorizedException",
            ErrorCode::PasskeyChallengeNotFound => "WebAuthnChallengeNotFoundException",
            ErrorCode::PasskeyClientMismatch => "WebAuthnClientMismatchException",
            ErrorCode::PasskeyConfigurationMissing => "WebAuthnConfigurationMissingException",
            ErrorCode::PasskeyNotEnabled => "WebAuthnNotEnabledException",
            ErrorCode::PasskeyNotSupported => "WebAuthnCredentialNotSupportedException",
            ErrorCode::PasskeyOriginNotAllowed => "WebAuthnOriginNotAllowedException",
            ErrorCode::PasskeyRelyingPartyMismatch => "WebAuthnRelyingPartyMismatchException",
            ErrorCode::PasswordHistory => "PasswordHistoryPolicyViolationException",
            ErrorCode::PasswordResetRequired => "PasswordResetRequiredException",
            ErrorCode::InvalidOAuthFlow => "InvalidOAuthFlowException",
            ErrorCode::ScopeDoesNotExist => "ScopeDoesNotExistException",
            ErrorCode::ProtectionOff => "UserPoolAddOnNotEnabledException",
            ErrorCode::QuotaExceeded => "ServiceQuotaExceededException",
            ErrorCode::PreconditionNotMet => "PreconditionNotMetException",
            ErrorCode::ProviderExists => "DuplicateProviderException",
            ErrorCode::RefreshTokenReuse => "RefreshTokenReuseException",
            ErrorCode::ResourceNotFound => "ResourceNotFoundException",
            ErrorCode::RestorationUnderWay => "OperationNotEnabledException",
            ErrorCode::SoftwareTokenMismatch => "EnableSoftwareTokenMFAException",
            ErrorCode::SoftwareTokenNotFound => "SoftwareTokenMFANotFoundException",
            ErrorCode::Tags => "UserPoolTaggingException",
            ErrorCode::TermsExist => "TermsExistsException",
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
        if let UserPoolError::HookFailed(..) | UserPoolError::HookInvalid(..) = error {
            // The caller is told that it failed, the operator why.
            warn!(error = %error, because = causes(&error), "a hook failed");
        }
        Self::new(code, 400, sentence(&error))
    }
}

impl From<FederationError> for Failure {
    fn from(error: FederationError) -> Self {
        if let FederationError::Backend(_) = error {
            // The caller is told that the pool is not set up for it, the operator what the other service said.
            warn!(error = %error, because = causes(&error), "another security token service vended nothing");
        }
        let code = match &error {
            FederationError::Concurrent => "ConcurrentModificationException",
            FederationError::DeveloperUserAlreadyRegistered => "DeveloperUserAlreadyRegisteredException",
            FederationError::ExternalService(_) | FederationError::Backend(BackendError::Unavailable(_)) => {
                "ExternalServiceException"
            }
            FederationError::Backend(_) | FederationError::InvalidConfiguration => {
                "InvalidIdentityPoolConfigurationException"
            }
            FederationError::InvalidParameter(_) => "InvalidParameterException",
            FederationError::NotAuthorized(_) | FederationError::RoleDenied { .. } => "NotAuthorizedException",
            FederationError::ResourceConflict(_) => "ResourceConflictException",
            FederationError::NotFound(_) => "ResourceNotFoundException",
            FederationError::InvalidIdentityToken(WebTokenProblem::Ended) => "IDPRejectedClaim",
            FederationError::InvalidIdentityToken(_) => "InvalidIdentityToken",
            FederationError::TokenExpired => "ExpiredTokenException",
            FederationError::TooManyRequests => "TooManyRequestsException",
            FederationError::Vending(_) => {
                let FederationError::Vending(error) = error else { return Self::internal(&error) };
                return error.into();
            }
            _ => return Self::internal(&error),
        };
        let status = if code == "IDPRejectedClaim" { 403 } else { 400 };
        Self::new(code, status, crate::identity_pools::sentences::sentence(&error))
    }
}

impl From<VendingError> for Failure {
    fn from(error: VendingError) -> Self {
        let of_tags = matches!(
            error,
            VendingError::InvalidInput(Invalid::SessionTags | Invalid::TransitiveTags | Invalid::TransitiveTagTaken)
        );
        let (code, status) = match error.code() {
            _ if matches!(
                error,
                VendingError::InvalidInput(Invalid::PolicyArn(_) | Invalid::PolicyArns | Invalid::ProviderId)
            ) =>
            {
                ("ValidationError", 400)
            }
            _ if of_tags => ("InvalidParameterValue", 400),
            VendingCode::AccessDenied => ("AccessDenied", 403),
            VendingCode::Concurrent => ("ConcurrentModification", 409),
            VendingCode::DurationTooLong => ("ValidationError", 400),
            VendingCode::EntityAlreadyExists => ("EntityAlreadyExists", 409),
            VendingCode::InsufficientSessionLifetime => ("InsufficientSessionLifetime", 400),
            VendingCode::InUse => ("DeleteConflict", 409),
            VendingCode::LimitExceeded => ("LimitExceeded", 409),
            VendingCode::InvalidInput => ("InvalidInput", 400),
            VendingCode::MalformedPolicy | VendingCode::TrustsEveryPool => ("MalformedPolicyDocument", 400),
            VendingCode::NoSuchEntity => ("NoSuchEntity", 404),
            VendingCode::NotNarrowable => ("InvalidSubjectCredentials", 400),
            VendingCode::PackedPolicyTooLarge => ("PackedPolicyTooLarge", 400),
            VendingCode::TooManyRequests => ("Throttling", 400),
            _ => return Self::internal(&error),
        };
        Self::new(code, status, role_sentences::sentence(&error))
    }
}

#[cfg(test)]
mod tests;
