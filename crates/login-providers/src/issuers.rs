//! Providers' issuers and keys.

use std::sync::Arc;

use async_trait::async_trait;
use jwt_tokens::KeySet;

use crate::http::Cause;

/// A provider's issuer and keys.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The `iss` of its tokens, byte for byte.
    pub issuer: String,
    /// Its keys.
    pub keys: Arc<KeySet>,
}

/// Knows the issuers of outside providers.
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
pub struct Unreachable(#[source] pub Cause);
