//! What a verified login says, and why a login was refused.

use jwt_tokens::TokenError;
use serde_json::{Map, Value};

use crate::http::Cause;
use crate::issuers::Unreachable;
use crate::provider_kind::ProviderKind;

/// Why a login was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The token was made for a client that the pool does not trust.
    #[error("the token is for a client that is not trusted")]
    ClientNotTrusted,
    /// Nobody here verifies logins of this kind.
    #[error("logins by {0} are not supported")]
    KindNotSupported(ProviderKind),
    /// The token does not hold.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Whoever knows the provider's keys failed; nothing was decided about the login.
    #[error("the login could not be checked")]
    Unavailable(#[source] Cause),
    /// There is no such provider.
    #[error("the login provider is unknown")]
    UnknownProvider,
    /// An outside provider's keys could not be fetched.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// A login that was verified.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// The provider's name, as the caller gave it.
    pub provider: String,
    /// The user within it: `sub`.
    pub subject: String,
    /// The client it was made for: `azp`, else the only `aud`.
    pub authorized_party: String,
    /// Every claim.
    pub claims: Map<String, Value>,
}

impl Assertion {
    /// A claim's text, if it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// A claim's texts: of an array of texts, or of one text.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        match self.claims.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
