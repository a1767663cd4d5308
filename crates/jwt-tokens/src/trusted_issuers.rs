use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use identity_kernel::time::Clock;

use crate::error::TokenError;
use crate::fetch::{Fetch, FetchError};
use crate::remote_keys::RemoteKeys;
use crate::verified::{LazyToken, VerifiedToken};
use crate::verifier::Verifier;

/// A resource server's verifiers, one for each issuer it trusts, each with that issuer's own keys.
///
/// A token is checked with the verifier and the keys of the issuer it names, and with no other's.
pub struct TrustedIssuers {
    issuers: HashMap<String, (Verifier, RemoteKeys)>,
    clock: Arc<dyn Clock>,
    fetch: Arc<dyn Fetch>,
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The issuer's keys could not be fetched, and none were at hand. The token may be good.
    #[error(transparent)]
    Keys(#[from] FetchError),
    /// The token does not hold.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl TrustedIssuers {
    /// Nobody yet.
    pub fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { issuers: HashMap::new(), clock, fetch }
    }

    /// Trusts a verifier's issuer, whose keys are at `{issuer}/.well-known/jwks.json`: where user pools have them,
    /// Cenote's and Amazon's.
    #[must_use]
    pub fn user_pool(self, verifier: Verifier) -> Self {
        let url = format!("{}/.well-known/jwks.json", verifier.issuer());
        self.with_keys_at(verifier, &url)
    }

    /// Trusts a verifier's issuer, whose keys are at `url`.
    #[must_use]
    pub fn with_keys_at(self, verifier: Verifier, url: &str) -> Self {
        let keys = RemoteKeys::new(url, Arc::clone(&self.fetch), Arc::clone(&self.clock));
        self.with_keys(verifier, keys)
    }

    /// Trusts a verifier's issuer, whose keys are where its discovery document says: for any OpenID Connect provider. See
    /// [`RemoteKeys::discover`].
    #[must_use]
    pub fn discover(self, verifier: Verifier) -> Self {
        let keys = RemoteKeys::discover(verifier.issuer(), Arc::clone(&self.fetch), Arc::clone(&self.clock));
        self.with_keys(verifier, keys)
    }

    fn with_keys(mut self, verifier: Verifier, keys: RemoteKeys) -> Self {
        self.issuers.insert(verifier.issuer().to_owned(), (verifier, keys));
        self
    }

    /// The token with all its claims, if its issuer is trusted and its verifier passes it.
    ///
    /// # Errors
    ///
    /// [`TokenError::Issuer`] if the issuer is not trusted; [`VerifyError`] otherwise.
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        let (verifier, keys) = self.of(token)?;
        let keys = keys.for_kid(Verifier::unverified_kid(token)?.as_deref()).await?;
        Ok(verifier.verify(&keys, token, self.clock.now())?)
    }

    /// As [`verify`](Self::verify), reading only what is checked.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn verify_lazily(&self, token: &str) -> Result<LazyToken, VerifyError> {
        let (verifier, keys) = self.of(token)?;
        let keys = keys.for_kid(Verifier::unverified_kid(token)?.as_deref()).await?;
        Ok(verifier.verify_lazily(&keys, token, self.clock.now())?)
    }

    fn of(&self, token: &str) -> Result<&(Verifier, RemoteKeys), TokenError> {
        if self.issuers.len() == 1
            && let Some(only) = self.issuers.values().next()
        {
            return Ok(only);
        }
        let issuer = Verifier::unverified_claim(token, "iss")?;
        self.issuers.get(&issuer).ok_or(TokenError::Issuer)
    }
}

impl fmt::Debug for TrustedIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.issuers.keys()).finish()
    }
}
