//! What the provider's answer comes to: tokens for the code, and what they say.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method, StatusCode};
use identity_kernel::secret::{SecretString, constant_time_eq};
use identity_kernel::time::Timestamp;
use jwt_tokens::{TokenError, Verifier};
use ring::digest::{SHA256, SHA384, SHA512, digest};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::http::{HttpRequest, HttpResponse, Limits};
use crate::relying_party::{Registration, RelyingParty, RelyingPartyError};

/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 256 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

/// What the browser has brought back. Whoever has it has checked `state` against this browser.
#[derive(Clone, Copy, Debug)]
pub struct Callback<'a> {
    /// The code.
    pub code: &'a SecretString,
    /// Who says to have sent it (`iss`, RFC 9207).
    pub issuer: Option<&'a str>,
}

/// What was kept when the browser was sent away.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Where the answer was to be sent.
    pub redirect_uri: &'a str,
    /// What the ID token must bring back.
    pub nonce: &'a str,
    /// What the challenge was made of.
    pub code_verifier: &'a SecretString,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

impl RelyingParty {
    /// Redeems a code. Gives the claims of the ID token, with what the userinfo endpoint says besides, where there is one: of the
    /// two the ID token counts.
    ///
    /// # Errors
    ///
    /// [`RelyingPartyError`].
    pub async fn redeem(
        &self,
        callback: Callback<'_>,
        expected: Expected<'_>,
        now: Timestamp,
    ) -> Result<Map<String, Value>, RelyingPartyError> {
        self.check_issuer(callback.issuer)?;
        let tokens = self.tokens(callback, expected).await?;
        let claims = self.judged(&tokens, expected.nonce, now).await?;
        match (&self.registration.endpoints.user_info, &tokens.access_token) {
            (Some(url), Some(access_token)) => self.with_user_info(url, access_token, claims).await,
            _ => Ok(claims),
        }
    }

    fn check_issuer(&self, said: Option<&str>) -> Result<(), RelyingPartyError> {
        let missing = said.is_none() && self.registration.endpoints.answers_say_issuer;
        if missing || said.is_some_and(|said| said != self.registration.issuer) {
            return Err(RelyingPartyError::Issuer);
        }
        Ok(())
    }

    async fn tokens(&self, callback: Callback<'_>, expected: Expected<'_>) -> Result<Tokens, RelyingPartyError> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", callback.code.expose())
            .append_pair("redirect_uri", expected.redirect_uri)
            .append_pair("code_verifier", expected.code_verifier.expose())
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("client_secret", self.registration.client_secret.expose())
            .finish();
        let url = self.registration.endpoints.token.clone();
        let answer = self.send(HttpRequest::post(url, FORM, form.into_bytes())).await?;
        if answer.status != StatusCode::OK {
            return Err(refusal(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|_| RelyingPartyError::Answer("token answer"))
    }

    /// The claims of the ID token, which holds for this sign-in.
    async fn judged(
        &self,
        tokens: &Tokens,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, RelyingPartyError> {
        let Registration { issuer, client_id, .. } = &self.registration;
        let kid = Verifier::unverified_kid(&tokens.id_token)?;
        let keys = self.keys.for_kid(kid.as_deref()).await;
        let keys = keys.map_err(|error| RelyingPartyError::Unreachable(error.into()))?;
        let verified = Verifier::new(issuer).any_audience().verify(&keys, &tokens.id_token, now)?;
        if !names(verified.claims().get("aud"), client_id) || verified.authorized_party()? != client_id {
            return Err(TokenError::Audience.into());
        }
        // User pools, Amazon's and these, say which kind of token it is.
        if verified.claims().get("token_use").is_some_and(|kind| kind != "id") {
            return Err(TokenError::TokenUse.into());
        }
        let said = verified.claim_str("nonce").unwrap_or_default();
        if !constant_time_eq(said.as_bytes(), nonce.as_bytes()) {
            return Err(RelyingPartyError::Nonce);
        }
        if verified.claim_str("sub").is_none_or(str::is_empty) {
            return Err(TokenError::ClaimMissing("sub").into());
        }
        check_access_token(verified.claims().get("at_hash"), tokens.access_token.as_deref())?;
        Ok(verified.claims().clone())
    }

    async fn with_user_info(
        &self,
        url: &Url,
        access_token: &str,
        claims: Map<String, Value>,
    ) -> Result<Map<String, Value>, RelyingPartyError> {
        let mut request = HttpRequest::get(url.clone());
        if self.registration.user_info_by_post {
            request.method = Method::POST;
        }
        let bearer = HeaderValue::from_str(&format!("Bearer {access_token}"));
        let mut bearer = bearer.map_err(|_| RelyingPartyError::Answer("access token"))?;
        bearer.set_sensitive(true);
        request.headers.insert(AUTHORIZATION, bearer);
        let answer = self.send(request).await?;
        if answer.status != StatusCode::OK {
            return Err(refusal(&answer));
        }
        let said: Map<String, Value> =
            serde_json::from_slice(&answer.body).map_err(|_| RelyingPartyError::Answer("userinfo answer"))?;
        if said.get("sub") != claims.get("sub") {
            return Err(RelyingPartyError::Subject);
        }
        Ok(said.into_iter().chain(claims).collect())
    }

    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, RelyingPartyError> {
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let request = request.within(Limits { body_bytes: MOST_BYTES, ..Limits::default() });
        self.http.send(request).await.map_err(|error| RelyingPartyError::Unreachable(error.into()))
    }
}

/// Whether an audience, alone or among others, is this one.
fn names(audience: Option<&Value>, wanted: &str) -> bool {
    match audience {
        Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
        Some(one) => one == wanted,
        None => false,
    }
}

/// An answer that is none: the provider's own word for it, or that it is down.
fn refusal(answer: &HttpResponse) -> RelyingPartyError {
    if answer.status.is_server_error() {
        return RelyingPartyError::Unreachable(format!("the answer is {}", answer.status).into());
    }
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let error = body.as_ref().and_then(|body| body.get("error")).and_then(Value::as_str);
    let words = error.map_or_else(|| answer.status.to_string(), str::to_owned);
    RelyingPartyError::Refused(words.chars().filter(|letter| matches!(letter, ' '..='~')).take(64).collect())
}

/// `at_hash` is the left half of a hash of the access token (OpenID Connect Core 1.0 §3.1.3.8), by the hash of the signature's
/// algorithm: whichever of the three that is.
fn check_access_token(said: Option<&Value>, access_token: Option<&str>) -> Result<(), RelyingPartyError> {
    let Some(said) = said else { return Ok(()) };
    let (Some(said), Some(access_token)) = (said.as_str(), access_token) else {
        return Err(RelyingPartyError::AccessTokenHash);
    };
    let halves = [&SHA256, &SHA384, &SHA512].map(|algorithm| {
        let hash = digest(algorithm, access_token.as_bytes());
        let half = hash.as_ref().len() / 2;
        BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref().get(..half).unwrap_or_default())
    });
    if halves.iter().any(|half| half == said) { Ok(()) } else { Err(RelyingPartyError::AccessTokenHash) }
}
