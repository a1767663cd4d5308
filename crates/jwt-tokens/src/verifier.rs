use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::strict_json;
use identity_kernel::time::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::claims::{AccessClaims, IdClaims, IdentityPoolClaims};
use crate::error::TokenError;
use crate::key_set::{KeySet, LONGEST_KID, VerifyingKey};
use crate::{LONGEST_HEADER, LONGEST_TOKEN};

/// Checks tokens of one issuer.
///
/// A token passes if it is well formed, its header demands nothing (`crit`), the issuer's key of its `kid` signed it
/// with that key's own algorithm, `iss` is the issuer byte for byte, and it is alive: `exp` is there and not past,
/// `nbf` and `iat`, if there, are not in the future. What kind of token it is, and for whom, the methods of
/// [`VerifiedToken`] say.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: String,
    leeway_seconds: i64,
}

impl Verifier {
    /// A verifier for `issuer`, with no leeway.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), leeway_seconds: 0 }
    }

    /// Forgives clocks that differ by this much, 0 to 60 seconds (more counts as 60).
    #[must_use]
    pub fn leeway_seconds(self, seconds: u32) -> Self {
        Self { leeway_seconds: i64::from(seconds.min(60)), ..self }
    }

    /// The token's claims, if it passes.
    ///
    /// # Errors
    ///
    /// [`TokenError`] says which check failed first. Nothing is told of a token whose signature is wrong but that.
    pub fn verify(&self, keys: &KeySet, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenError> {
        let parts = Parts::split(token)?;
        let header = parts.header()?;
        let key = keys.find(header.kid.as_deref()).ok_or(TokenError::UnknownKey)?;
        header.check(key)?;
        let signature = decode(parts.signature)?;
        if !key.verify(parts.signed.as_bytes(), &signature) {
            return Err(TokenError::Signature);
        }
        let claims = strict_json::object(&decode(parts.claims)?).ok_or(TokenError::Malformed)?;
        self.check_times(&claims, now)?;
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(TokenError::Issuer);
        }
        Ok(VerifiedToken { claims })
    }

    fn check_times(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenError> {
        let dead = instant(claims, "exp")?.ok_or(TokenError::ClaimMissing("exp"))?;
        for name in ["nbf", "iat"] {
            if let Some(start) = instant(claims, name)?
                && start > now.plus_seconds(self.leeway_seconds)
            {
                return Err(TokenError::NotYetValid);
            }
        }
        if now >= dead.plus_seconds(self.leeway_seconds) {
            return Err(TokenError::Expired { at: dead });
        }
        Ok(())
    }
}

impl Verifier {
    /// A text claim of a token that is *not verified yet*: to find whose keys to ask for, and for nothing else.
    ///
    /// # Errors
    ///
    /// [`TokenError`] if the token is too long or malformed, or has no such text.
    pub fn unverified_claim(token: &str, name: &'static str) -> Result<String, TokenError> {
        let parts = Parts::split(token)?;
        parts.header()?;
        let claims = strict_json::object(&decode(parts.claims)?).ok_or(TokenError::Malformed)?;
        claims.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(TokenError::ClaimMissing(name))
    }
}

/// A numeric date (RFC 7519 §2): a number from 0 to 2^53. Anything else makes the token invalid, never the claim absent.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked on the line above")]
fn instant(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, TokenError> {
    const LATEST: f64 = 9_007_199_254_740_992.0;
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().ok_or(TokenError::Malformed)?;
    if !(0.0..=LATEST).contains(&seconds) {
        return Err(TokenError::Malformed);
    }
    Ok(Some(Timestamp::from_epoch_millis((seconds * 1000.0) as i64)))
}

struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// Header and claims with the full stop between them: what is signed.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if header.len() > LONGEST_HEADER {
            return Err(TokenError::TooLong);
        }
        if claims.contains('.') || [header, claims, signature].contains(&"") {
            return Err(TokenError::Malformed);
        }
        Ok(Self { header, claims, signature, signed })
    }

    fn header(&self) -> Result<Header, TokenError> {
        let object = strict_json::object(&decode(self.header)?).ok_or(TokenError::Malformed)?;
        if object.contains_key("crit") || object.get("b64").is_some() {
            return Err(TokenError::UnknownExtension);
        }
        if object.contains_key("zip") || object.contains_key("enc") {
            return Err(TokenError::Malformed);
        }
        let text = |name: &str| match object.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_KID => Ok(Some(text.clone())),
            Some(_) => Err(TokenError::Malformed),
        };
        Ok(Header { algorithm: text("alg")?.ok_or(TokenError::Malformed)?, kid: text("kid")? })
    }
}

struct Header {
    algorithm: String,
    kid: Option<String>,
}

impl Header {
    /// The key decides; the header may only agree.
    fn check(&self, key: &VerifyingKey) -> Result<(), TokenError> {
        if self.algorithm == key.algorithm.name() { Ok(()) } else { Err(TokenError::Algorithm) }
    }
}

/// Canonical base64url without padding; anything else is malformed.
fn decode(segment: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| TokenError::Malformed)
}

/// The claims of a token whose signature, issuer and times were checked.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    claims: Map<String, Value>,
}

impl VerifiedToken {
    /// Every claim.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claim of this name, if it is text.
    pub fn claim_str(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// As an ID token of a user pool, for one of `clients`.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenUse`] unless `token_use` is `id`; [`TokenError::Audience`] unless `aud` is one of `clients`.
    pub fn into_id_token(self, clients: &[&str]) -> Result<IdClaims, TokenError> {
        self.check_use("id")?;
        let claims: IdClaims = self.typed()?;
        if clients.contains(&claims.aud.as_str()) { Ok(claims) } else { Err(TokenError::Audience) }
    }

    /// As an access token of a user pool, for one of `clients`.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenUse`] unless `token_use` is `access`; [`TokenError::Audience`] unless `client_id` is one of
    /// `clients`.
    pub fn into_access_token(self, clients: &[&str]) -> Result<AccessClaims, TokenError> {
        let claims = self.into_access_token_of_any_client()?;
        if clients.contains(&claims.client_id.as_str()) { Ok(claims) } else { Err(TokenError::Audience) }
    }

    /// As an access token of a user pool, whoever its client is: for the pool's own API.
    ///
    /// # Errors
    ///
    /// [`TokenError::TokenUse`] unless `token_use` is `access`.
    pub fn into_access_token_of_any_client(self) -> Result<AccessClaims, TokenError> {
        self.check_use("access")?;
        self.typed()
    }

    /// As an identity pool's token, for that pool.
    ///
    /// # Errors
    ///
    /// [`TokenError::Audience`] unless `aud` is `pool`.
    pub fn into_identity_pool_token(self, pool: &str) -> Result<IdentityPoolClaims, TokenError> {
        let claims: IdentityPoolClaims = self.typed()?;
        if claims.aud == pool { Ok(claims) } else { Err(TokenError::Audience) }
    }

    /// The client an OpenID Connect ID token was made for: `azp` if there, else the only `aud`.
    ///
    /// # Errors
    ///
    /// [`TokenError::ClaimMissing`] without `aud`; [`TokenError::Audience`] if `aud` has several and `azp` is absent.
    pub fn authorized_party(&self) -> Result<&str, TokenError> {
        let audiences: Vec<&str> = match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => {
                many.iter().map(Value::as_str).collect::<Option<_>>().ok_or(TokenError::Malformed)?
            }
            Some(_) => return Err(TokenError::Malformed),
            None => return Err(TokenError::ClaimMissing("aud")),
        };
        match (self.claims.get("azp"), audiences.as_slice()) {
            (Some(Value::String(party)), _) => Ok(party),
            (Some(_), _) => Err(TokenError::Malformed),
            (None, [one]) => Ok(one),
            (None, _) => Err(TokenError::Audience),
        }
    }

    fn check_use(&self, wanted: &str) -> Result<(), TokenError> {
        if self.claim_str("token_use") == Some(wanted) { Ok(()) } else { Err(TokenError::TokenUse) }
    }

    fn typed<C: DeserializeOwned>(self) -> Result<C, TokenError> {
        serde_json::from_value(Value::Object(self.claims)).map_err(|_| TokenError::Malformed)
    }
}
