use document_store::error::{StorageError, StorageErrorKind};
use iam_policy::PolicyError;

/// Why a vending operation was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The role does not trust the caller, or there is no such role: the answer is the same.
    #[error("Not authorized to perform sts:AssumeRoleWithWebIdentity")]
    AccessDenied,
    /// What was to be changed was changed by somebody else meanwhile; try again.
    #[error("the resource was changed by another request; try again")]
    Concurrent,
    /// The session would live longer than the role allows.
    #[error("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")]
    DurationTooLong,
    /// There is such a role or provider already.
    #[error("{0} already exists.")]
    EntityAlreadyExists(String),
    /// A value out of its range; the text says which.
    #[error("{0}")]
    InvalidInput(String),
    /// The policy cannot be read.
    #[error("{0}")]
    MalformedPolicy(#[from] PolicyError),
    /// There is no such role, policy or provider.
    #[error("{0} cannot be found.")]
    NoSuchEntity(String),
    /// Session policies and tags do not fit into a session token.
    #[error("Packed size of session policies and tags consumes {0}% of allotted space.")]
    PackedPolicyTooLarge(usize),
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[source] StorageError),
    /// The trust policy trusts `cognito-identity.amazonaws.com` without saying which identity pool: whoever has any pool could
    /// assume the role. As AWS, it is refused.
    #[error("the trust policy must ask for the identity pool by cognito-identity.amazonaws.com:aud")]
    TrustsEveryPool,
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error.kind() {
            StorageErrorKind::Conflict => Self::Concurrent,
            _ => Self::Storage(error),
        }
    }
}

/// Why credentials do not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The session has ended.
    #[error("The security token included in the request is expired")]
    Expired,
    /// No such key, or a session token that is not this key's.
    #[error("The security token included in the request is invalid.")]
    Invalid,
    /// This verifier has no revocation list, or one that is too old.
    #[error("there is no recent list of revocations")]
    NoRevocationList,
    /// The session would not fit into a token.
    #[error("the session takes {percent}% of the room in a session token")]
    TooLarge {
        /// How much of the room it would take.
        percent: usize,
    },
    /// The session token or revocation list carries a restriction of a newer version, which this one cannot keep to.
    #[error("The security token included in the request is restricted in a way that is not known here")]
    UnknownRestriction,
    /// The session, its identity or role, or everything was revoked.
    #[error("The security token included in the request has been revoked")]
    Revoked,
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[from] StorageError),
}
