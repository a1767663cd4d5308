//! An outside login becomes a verified assertion.
//!
//! A provider is named without scheme, as identity pools name it: `accounts.google.com`,
//! `cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab3dEf9hJ`. Its issuer and keys come through a port, [`Issuers`]; what
//! a token says is believed only after that issuer's key has signed it.

mod fetch;
pub mod http;

use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::time::Timestamp;
use jwt_tokens::{KeySet, TokenError, Verifier};
use serde_json::{Map, Value};

pub use crate::fetch::HttpFetch;

/// A provider's issuer and keys.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The `iss` of its tokens, byte for byte.
    pub issuer: String,
    /// Its keys.
    pub keys: Arc<KeySet>,
}

/// Knows the issuers of providers.
///
/// # Contract
///
/// - The issuer of a provider is the provider's name with a scheme in front, or an alias that the operator has set.
/// - The keys are that issuer's and nobody else's; they are fetched over `https`, or are at hand.
/// - A provider that does not exist is `Ok(None)`; one that cannot be reached is [`Unreachable`].
#[async_trait]
pub trait Issuers: Send + Sync {
    /// The issuer of the provider of this name, with the key that a token calls `kid`, if the issuer has it.
    async fn issuer_of(&self, provider: &str, kid: Option<&str>) -> Result<Option<TrustedIssuer>, Unreachable>;
}

/// A provider's keys could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("the login provider cannot be reached")]
pub struct Unreachable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Why a login was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// There is no such provider.
    #[error("the login provider is unknown")]
    UnknownProvider,
    /// The provider's keys could not be fetched.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The token does not hold.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A login that was verified.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// The provider's name, as the caller gave it.
    pub provider: String,
    /// The user within it: `sub`.
    pub subject: String,
    /// The client it was made for: `azp`, else the only `aud`.
    pub party: String,
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

/// Verifies an OpenID Connect ID token of `provider`.
///
/// # Errors
///
/// [`LoginError`]. A token without `aud` (an access token, say) is refused with [`TokenError::ClaimMissing`].
pub async fn verify_id_token(
    issuers: &dyn Issuers,
    provider: &str,
    token: &str,
    now: Timestamp,
) -> Result<Assertion, LoginError> {
    let kid = Verifier::unverified_kid(token)?;
    let trusted = issuers.issuer_of(provider, kid.as_deref()).await?.ok_or(LoginError::UnknownProvider)?;
    let verified = Verifier::new(trusted.issuer).any_audience().verify(&trusted.keys, token, now)?;
    let party = verified.authorized_party()?.to_owned();
    let subject = verified.claim_str("sub").filter(|sub| !sub.is_empty() && sub.len() <= 1024);
    let subject = subject.ok_or(TokenError::ClaimMissing("sub"))?.to_owned();
    Ok(Assertion { provider: provider.to_owned(), subject, party, claims: verified.claims().clone() })
}
