//! Why an operation was refused, as reasons that a program can act on.

use document_store::error::{StorageError, StorageErrorKind};
use iam_policy::PolicyError;
use identity_kernel::offload::Busy;

use crate::reasons::{Fault, Invalid, Kind, Limit};

/// Why a vending operation was refused.
///
/// [`code`](Self::code) is for machines, the text for people, [`source`](std::error::Error::source) for operators. The
/// sentences that clients of AWS STS and IAM expect are not here; whoever speaks their protocol has a table of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The role does not trust the caller, or there is no such role: the answer is the same.
    #[error("the role does not trust the caller")]
    AccessDenied,
    /// What was to be changed was changed by somebody else meanwhile; try again.
    #[error("the resource was changed by another request; try again")]
    Concurrent,
    /// The session would live longer than the role allows.
    #[error("the session would live longer than the role allows")]
    DurationTooLong,
    /// There is such a role or provider already.
    #[error("{0} already exists")]
    EntityAlreadyExists(Kind),
    /// Narrowed credentials would outlive the ones that they are made of.
    #[error("the credentials would live longer than those they are made of")]
    InsufficientSessionLifetime,
    /// A fault of this side. Nothing the caller sent is the cause.
    #[error("the service failed")]
    Internal(#[source] Fault),
    /// Something depends on it, so that it cannot be removed.
    #[error("{0} is in use")]
    InUse(Kind),
    /// A value that is not allowed.
    #[error("{0}")]
    InvalidInput(Invalid),
    /// There are as many as there may be.
    #[error("{0}")]
    LimitExceeded(Limit),
    /// The policy cannot be read.
    #[error("{0}")]
    MalformedPolicy(#[from] PolicyError),
    /// There is no such role, policy, provider or key.
    #[error("{0} does not exist")]
    NoSuchEntity(Kind),
    /// The credentials cannot be narrowed: they are permanent, not valid, or were narrowed three times already.
    #[error("the credentials cannot be narrowed any further")]
    NotNarrowable,
    /// Session policies and tags do not fit into a session token: how much of the room they would take, in percent.
    #[error("session policies and tags take {0}% of the room in a session token")]
    PackedPolicyTooLarge(usize),
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[source] StorageError),
    /// More is to be computed at once than there is place for; try again later.
    #[error("too many requests at once; try again later")]
    TooManyRequests,
    /// The trust policy trusts `cognito-identity.amazonaws.com` without saying which identity pool: whoever has any pool could
    /// assume the role. As AWS, it is refused.
    #[error("the trust policy must ask for the identity pool by cognito-identity.amazonaws.com:aud")]
    TrustsEveryPool,
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
    AccessDenied Concurrent DurationTooLong EntityAlreadyExists InUse InsufficientSessionLifetime Internal InvalidInput
    LimitExceeded MalformedPolicy NoSuchEntity NotNarrowable PackedPolicyTooLarge Storage
    TooManyRequests TrustsEveryPool
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
            Self::AccessDenied => ErrorCode::AccessDenied,
            Self::Concurrent => ErrorCode::Concurrent,
            Self::DurationTooLong => ErrorCode::DurationTooLong,
            Self::EntityAlreadyExists(_) => ErrorCode::EntityAlreadyExists,
            Self::InsufficientSessionLifetime => ErrorCode::InsufficientSessionLifetime,
            Self::InUse(_) => ErrorCode::InUse,
            Self::Internal(_) => ErrorCode::Internal,
            Self::InvalidInput(_) => ErrorCode::InvalidInput,
            Self::LimitExceeded(_) => ErrorCode::LimitExceeded,
            Self::MalformedPolicy(_) => ErrorCode::MalformedPolicy,
            Self::NoSuchEntity(_) => ErrorCode::NoSuchEntity,
            Self::NotNarrowable => ErrorCode::NotNarrowable,
            Self::PackedPolicyTooLarge(_) => ErrorCode::PackedPolicyTooLarge,
            Self::Storage(_) => ErrorCode::Storage,
            Self::TooManyRequests => ErrorCode::TooManyRequests,
            Self::TrustsEveryPool => ErrorCode::TrustsEveryPool,
        }
    }
}

/// Two errors are equal if a caller would act alike on both: sources are not compared.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::EntityAlreadyExists(one), Self::EntityAlreadyExists(two))
            | (Self::InUse(one), Self::InUse(two))
            | (Self::NoSuchEntity(one), Self::NoSuchEntity(two)) => one == two,
            (Self::LimitExceeded(one), Self::LimitExceeded(two)) => one == two,
            (Self::Internal(one), Self::Internal(two)) => one == two,
            (Self::InvalidInput(one), Self::InvalidInput(two)) => one == two,
            (Self::MalformedPolicy(one), Self::MalformedPolicy(two)) => one == two,
            (Self::PackedPolicyTooLarge(one), Self::PackedPolicyTooLarge(two)) => one == two,
            (Self::Storage(one), Self::Storage(two)) => one.kind() == two.kind(),
            _ => self.code() == other.code(),
        }
    }
}

impl From<Busy> for Error {
    fn from(_: Busy) -> Self {
        Self::TooManyRequests
    }
}

impl From<Invalid> for Error {
    fn from(reason: Invalid) -> Self {
        Self::InvalidInput(reason)
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

/// Why credentials do not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The session has ended.
    #[error("the credentials have expired")]
    Expired,
    /// No such key, or a session token that is not this key's.
    #[error("the credentials are not valid")]
    Invalid,
    /// This verifier has no revocation list, or one that is too old.
    #[error("there is no recent list of revocations")]
    NoRevocationList,
    /// The session, its identity or role, or everything was revoked.
    #[error("the credentials have been revoked")]
    Revoked,
    /// The storage backend failed.
    #[error("the service is unavailable")]
    Storage(#[from] StorageError),
    /// The session would not fit into a token.
    #[error("the session takes {percent}% of the room in a session token")]
    TooLarge {
        /// How much of the room it would take.
        percent: usize,
    },
    /// The session token or revocation list carries a restriction of a newer version, which this one cannot keep to.
    #[error("the credentials are restricted in a way that is not known here")]
    UnknownRestriction,
}

/// Two errors are equal if a caller would act alike on both: sources are not compared.
impl PartialEq for CredentialError {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Storage(one), Self::Storage(two)) => one.kind() == two.kind(),
            (Self::TooLarge { percent: one }, Self::TooLarge { percent: two }) => one == two,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
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
    fn errors_are_equal_by_what_a_caller_would_do_about_them() {
        let role = |name: &str| Kind::Role(name.to_owned());

        assert_eq!(Error::NoSuchEntity(role("a")), Error::NoSuchEntity(role("a")));
        assert_ne!(Error::NoSuchEntity(role("a")), Error::NoSuchEntity(role("b")));
        assert_ne!(Error::NoSuchEntity(role("a")), Error::EntityAlreadyExists(role("a")));
        assert_ne!(Error::from(Invalid::Name), Error::from(Invalid::RolePath));
        assert_ne!(Error::PackedPolicyTooLarge(101), Error::PackedPolicyTooLarge(102));
        assert_eq!(Error::Storage(StorageError::corrupt("a")), Error::Storage(StorageError::corrupt("b")));
        assert_ne!(CredentialError::Expired, CredentialError::Revoked);
        assert_ne!(CredentialError::TooLarge { percent: 101 }, CredentialError::TooLarge { percent: 102 });
    }
}
