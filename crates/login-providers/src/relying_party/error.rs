//! Why a sign-in at a provider came to nothing.

use jwt_tokens::TokenError;

use crate::http::Cause;

/// Why a sign-in at a provider came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelyingPartyError {
    /// The ID token does not belong to the access token beside it: `at_hash` is another.
    #[error("the id token belongs to another access token")]
    AccessTokenHash,
    /// An answer is not of the form that it must have: what of it.
    #[error("the provider's {0} is malformed")]
    Answer(&'static str),
    /// The discovery document lacks something, or says something else: what.
    #[error("the provider's discovery document has no usable {0}")]
    Discovery(&'static str),
    /// The answer does not come from this provider (RFC 9207).
    #[error("the answer comes from another provider")]
    Issuer,
    /// The ID token was made for another sign-in.
    #[error("the id token is of another sign-in")]
    Nonce,
    /// The provider refused the code; its words (RFC 6749 §5.2), 64 visible characters at most.
    #[error("the provider refused the code: {0}")]
    Refused(String),
    /// The userinfo endpoint speaks of somebody else.
    #[error("the provider speaks of two users")]
    Subject,
    /// The ID token does not hold.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The provider cannot be reached, or has an error of its own.
    #[error("the provider cannot be reached")]
    Unreachable(#[source] Cause),
}
