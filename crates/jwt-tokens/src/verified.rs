use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::claims::{AccessClaims, IdClaims, IdentityPoolClaims};
use crate::claims_json;
use crate::error::TokenError;

/// A token that was checked, whose other claims are still to be read.
#[derive(Clone, Debug)]
pub struct LazyToken {
    pub(crate) payload: claims_json::Text,
}

impl LazyToken {
    /// The claims as a type of the caller's, which may borrow from the token.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Who<'a> {
    ///     sub: &'a str,
    /// }
    /// # fn show(token: &jwt_tokens::LazyToken) -> Result<(), jwt_tokens::TokenError> {
    /// let who: Who<'_> = token.claims()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`] if they are not of this type.
    pub fn claims<'a, C: Deserialize<'a>>(&'a self) -> Result<C, TokenError> {
        self.payload.read().ok_or(TokenError::Malformed)
    }
}

/// The claims of a token whose signature, issuer and times were checked.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    pub(crate) token: LazyToken,
    /// Read when they are first asked for.
    pub(crate) claims: OnceLock<Map<String, Value>>,
}

impl VerifiedToken {
    /// Every claim.
    pub fn claims(&self) -> &Map<String, Value> {
        // INVARIANT: the token was verified, so it holds one object that keeps the rules.
        self.claims.get_or_init(|| self.token.claims().unwrap_or_default())
    }

    /// The claim of this name, if it is text.
    pub fn claim_str(&self, name: &str) -> Option<&str> {
        self.claims().get(name).and_then(Value::as_str)
    }

    /// As an ID token of a user pool. Whom it is for was asked by the verifier.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenUse`] unless `token_use` is `id`; [`TokenError::ClaimMissing`] names the first claim that is
    /// absent; [`TokenError::Malformed`] if one is of a wrong type.
    pub fn into_id_token(self) -> Result<IdClaims, TokenError> {
        self.check_use("id")?;
        self.typed(IdClaims::REQUIRED)
    }

    /// As an access token of a user pool: a user's, or a machine's (client credentials). Whom it is for was asked by the
    /// verifier.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenUse`] unless `token_use` is `access`; [`TokenError::ClaimMissing`] names the first claim that is
    /// absent; [`TokenError::Malformed`] if one is of a wrong type.
    pub fn into_access_token(self) -> Result<AccessClaims, TokenError> {
        self.check_use("access")?;
        self.typed(AccessClaims::REQUIRED)
    }

    /// As an identity pool's token, for that pool.
    ///
    /// # Errors
    ///
    /// [`TokenError::Audience`] unless `aud` is `pool`; [`TokenError::ClaimMissing`]; [`TokenError::Malformed`].
    pub fn into_identity_pool_token(self, pool: &str) -> Result<IdentityPoolClaims, TokenError> {
        let claims: IdentityPoolClaims = self.typed(IdentityPoolClaims::REQUIRED)?;
        if claims.aud == pool { Ok(claims) } else { Err(TokenError::Audience) }
    }

    /// The client an OpenID Connect ID token was made for: `azp` if there, else the only `aud`.
    ///
    /// # Errors
    ///
    /// [`TokenError::ClaimMissing`] without `aud`; [`TokenError::Audience`] if `aud` has several and `azp` is absent.
    pub fn authorized_party(&self) -> Result<&str, TokenError> {
        let audiences: Vec<&str> = match self.claims().get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => {
                many.iter().map(Value::as_str).collect::<Option<_>>().ok_or(TokenError::Malformed)?
            }
            Some(_) => return Err(TokenError::Malformed),
            None => return Err(TokenError::ClaimMissing("aud")),
        };
        match (self.claims().get("azp"), audiences.as_slice()) {
            (Some(Value::String(party)), _) => Ok(party),
            (Some(_), _) => Err(TokenError::Malformed),
            (None, [one]) => Ok(one),
            (None, _) => Err(TokenError::Audience),
        }
    }

    fn check_use(&self, wanted: &str) -> Result<(), TokenError> {
        if self.claim_str("token_use") == Some(wanted) { Ok(()) } else { Err(TokenError::TokenUse) }
    }

    fn typed<C: DeserializeOwned>(self, required: &[&'static str]) -> Result<C, TokenError> {
        let missing = |_| required.iter().find(|name| !self.claims().contains_key(**name));
        self.token
            .claims()
            .map_err(missing)
            .map_err(|name| name.map_or(TokenError::Malformed, |name| TokenError::ClaimMissing(name)))
    }
}
