//! OpenID Connect ID tokens.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::time::Timestamp;
use jwt_tokens::{TokenError, Verifier};

use crate::assertion::{Assertion, LoginError};
use crate::issuers::{Issuers, TrustedIssuer};
use crate::provider_kind::ProviderKind;
use crate::verifiers::{LoginVerifier, PresentedLogin};

/// Google, as pools and policies name it.
pub const GOOGLE: &str = "accounts.google.com";

/// The longest `sub` that is taken, in bytes. OpenID Connect allows 255.
const LONGEST_SUBJECT: usize = 1024;

/// Verifies ID tokens of outside issuers.
pub struct OidcIdTokens(Arc<dyn Issuers>);

impl OidcIdTokens {
    /// Believes these issuers.
    pub fn new(issuers: Arc<dyn Issuers>) -> Self {
        Self(issuers)
    }
}

#[async_trait]
impl LoginVerifier for OidcIdTokens {
    fn kind(&self) -> ProviderKind {
        ProviderKind::OidcIdToken
    }

    async fn verify(&self, login: PresentedLogin<'_>, now: Timestamp) -> Result<Assertion, LoginError> {
        let kid = Verifier::unverified_kid(login.credential.expose())?;
        let trusted = self.0.issuer_of(login.provider, kid.as_deref()).await?.ok_or(LoginError::UnknownProvider)?;
        judge_id_token(&trusted, login, now)
    }
}

impl fmt::Debug for OidcIdTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OidcIdTokens(..)")
    }
}

/// Judges an ID token by an issuer's keys that are at hand. Nothing that the token says is believed before one of them has
/// signed it.
///
/// # Errors
///
/// [`LoginError::Token`] and [`LoginError::ClientNotTrusted`]. A token without `aud` (an access token, say) is refused with
/// `TokenError::ClaimMissing`.
pub fn judge_id_token(
    trusted: &TrustedIssuer,
    login: PresentedLogin<'_>,
    now: Timestamp,
) -> Result<Assertion, LoginError> {
    let issuer = spoken_issuer(&trusted.issuer, login.credential.expose());
    let verified = Verifier::new(issuer).any_audience().verify(&trusted.keys, login.credential.expose(), now)?;
    let authorized_party = verified.authorized_party()?.to_owned();
    let subject = verified.claim_str("sub").filter(|sub| !sub.is_empty() && sub.len() <= LONGEST_SUBJECT);
    let subject = subject.ok_or(TokenError::ClaimMissing("sub"))?.to_owned();
    if !login.trusted_clients.contains(&authorized_party) {
        return Err(LoginError::ClientNotTrusted);
    }
    Ok(Assertion { provider: login.provider.to_owned(), subject, authorized_party, claims: verified.claims().clone() })
}

/// The issuer by the name that a token uses: Google's own documentation has its issuer with and without the scheme.
fn spoken_issuer<'a>(issuer: &'a str, token: &str) -> &'a str {
    let without = issuer.strip_prefix("https://").filter(|name| *name == GOOGLE);
    match (without, Verifier::unverified_claim(token, "iss")) {
        (Some(name), Ok(said)) if said == name => name,
        _ => issuer,
    }
}
