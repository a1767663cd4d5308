use credential_vending::CredentialError;
use iam_policy::Decision;
use sigv4_verify::SignatureError;

/// What the policies do not allow.
#[derive(Debug, thiserror::Error)]
#[error("{caller} may not perform {action} on {resource}: {}", decision.reason)]
pub struct Denial {
    /// The session's ARN.
    pub caller: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// What decided.
    pub decision: Decision,
}

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The body is longer than is gathered to check it.
    #[error("the body is longer than {limit} bytes")]
    BodyTooLong {
        /// The most that is gathered, in bytes.
        limit: usize,
    },
    /// The body broke off.
    #[error("the body cannot be read")]
    BodyUnreadable,
    /// The session is not to be trusted, or nobody knows whether it is.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The policies do not allow it.
    #[error(transparent)]
    Denied(Box<Denial>),
    /// The request is signed with permanent keys: there is no session token beside the signature.
    #[error("the request carries no session token")]
    NoSessionToken,
    /// The request is not signed.
    #[error("the request is not signed")]
    NotSigned,
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Nothing is known here of what the session's role may do.
    #[error("the policies of the role {0} are not known here")]
    UnknownRole(String),
    /// This resource server has no action for the request.
    #[error("the request is for nothing that can be allowed")]
    UnknownRequest,
}

impl Refusal {
    /// The status of the answer: 403, but 400 for a signature that is not complete, 413 for a long body, 503 where nobody
    /// knows whether the session was revoked.
    pub fn status(&self) -> u16 {
        match self {
            Self::BodyTooLong { .. } => 413,
            Self::BodyUnreadable | Self::Signature(SignatureError::Incomplete(_)) => 400,
            Self::Credential(CredentialError::NoRevocationList | CredentialError::Storage(_)) => 503,
            _ => 403,
        }
    }

    /// The code of the answer, as the services of AWS name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BodyTooLong { .. } => "EntityTooLarge",
            Self::BodyUnreadable => "IncompleteBody",
            Self::Credential(CredentialError::NoRevocationList | CredentialError::Storage(_)) => "ServiceUnavailable",
            Self::Credential(CredentialError::Expired) => "ExpiredToken",
            Self::Credential(_) => "InvalidToken",
            Self::NoSessionToken => "InvalidClientTokenId",
            Self::NotSigned => "MissingAuthenticationToken",
            Self::Signature(SignatureError::Incomplete(_)) => "IncompleteSignature",
            Self::Signature(_) => "SignatureDoesNotMatch",
            Self::Denied(_) | Self::UnknownRole(_) | Self::UnknownRequest => "AccessDenied",
        }
    }
}
