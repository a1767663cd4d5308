//! Who vends: this service, or somebody else's.

use async_trait::async_trait;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::ops::assume::AssumeRole;
use crate::service::CredentialVending;
use crate::vending_key::Credentials;

/// Vends temporary credentials of a role to a login that was verified: [`CredentialVending`] itself, Amazon's STS, or the
/// STS of an S3 store.
///
/// # Contract
///
/// - Everything that narrows the session (session policies, the guests' ceiling) and every tag is in force in what is
///   vended, or nothing is vended: [`BackendError::CannotExpress`].
/// - Whether the role trusts the login is the back-end's to judge.
/// - Nothing is tried again: a session may have been made.
#[async_trait]
pub trait CredentialBackend: Send + Sync {
    /// Whether it is shown a token of the login, and judges by that, rather than by what is known here already.
    fn needs_token(&self) -> bool;

    /// Vends.
    ///
    /// # Errors
    ///
    /// [`BackendError`].
    async fn assume_role(&self, request: AssumeRole, token: Option<&SecretString>)
    -> Result<Credentials, BackendError>;
}

/// Something that narrows or names a session, which a back-end cannot express.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Restriction {
    /// Session policies and the guests' ceiling at once, or several policies: there is room for one document.
    SeveralPolicies,
    /// A session policy of more characters than it takes.
    LongPolicy,
    /// Managed policies of this account, which another knows nothing of.
    ManagedPolicies,
    /// A source identity, or tags that go on into further sessions.
    Carried,
    /// Session tags.
    Tags,
}

impl std::fmt::Display for Restriction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::SeveralPolicies => "more than one session policy",
            Self::LongPolicy => "a session policy of this length",
            Self::ManagedPolicies => "managed policies",
            Self::Carried => "what goes on into further sessions",
            Self::Tags => "session tags",
        })
    }
}

/// Why a back-end vended nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The session would be wider than it is meant to be.
    #[error("the back-end cannot express {0}")]
    CannotExpress(Restriction),
    /// The own service refused.
    #[error(transparent)]
    Own(#[from] Error),
    /// It refused.
    #[error("the back-end refused: {code}: {message}")]
    Refused {
        /// Its code: `AccessDenied`.
        code: String,
        /// Its words.
        message: String,
    },
    /// It could not be asked, or what it said is no answer. A session may have been made.
    #[error("the back-end cannot be asked")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[async_trait]
impl CredentialBackend for CredentialVending {
    fn needs_token(&self) -> bool {
        false
    }

    async fn assume_role(&self, request: AssumeRole, _: Option<&SecretString>) -> Result<Credentials, BackendError> {
        Ok(Self::assume_role(self, request).await?.credentials)
    }
}
