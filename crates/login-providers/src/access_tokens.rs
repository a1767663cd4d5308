//! OAuth access tokens of Facebook and Login with Amazon: they say nothing by themselves, so their provider is asked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use jwt_tokens::TokenError;
use serde_json::{Map, Value};
use url::Url;

use crate::assertion::{Assertion, LoginError};
use crate::http::{HttpPort, HttpRequest, Limits};
use crate::issuers::Unreachable;
use crate::provider_kind::ProviderKind;
use crate::verifiers::{LoginVerifier, PresentedLogin};

/// Facebook, as pools and policies name it.
pub const FACEBOOK: &str = "graph.facebook.com";
/// Login with Amazon, as pools and policies name it.
pub const AMAZON: &str = "www.amazon.com";

/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 64 * 1024;
/// The longest access token and user id, in bytes.
const LONGEST: usize = 4096;

/// Where access tokens are checked, and by which credentials.
#[derive(Clone)]
pub struct AccessTokenChecks {
    /// Where Facebook's Graph API is. Default `https://graph.facebook.com`.
    pub facebook: Url,
    /// The secrets of Facebook's apps, by app id. Tokens of an app without one are refused: only the app itself may ask
    /// whose a token is.
    pub facebook_app_secrets: BTreeMap<String, SecretString>,
    /// Where Amazon tells of tokens. Default `https://api.amazon.com`.
    pub amazon: Url,
}

impl Default for AccessTokenChecks {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "two constants")]
        // INVARIANT: both are URLs; a test makes the default.
        let url = |text: &str| Url::parse(text).expect("a URL");
        Self {
            facebook: url("https://graph.facebook.com"),
            facebook_app_secrets: BTreeMap::new(),
            amazon: url("https://api.amazon.com"),
        }
    }
}

/// Verifies access tokens by asking their provider whose they are and for which app they were made.
pub struct AccessTokens {
    http: Arc<dyn HttpPort>,
    checks: AccessTokenChecks,
}

impl AccessTokens {
    /// Asks through `http`.
    pub fn new(http: Arc<dyn HttpPort>, checks: AccessTokenChecks) -> Self {
        Self { http, checks }
    }

    /// `debug_token`, asked in the name of each trusted app until one may know: no app is told of the tokens of another.
    async fn of_facebook(&self, login: PresentedLogin<'_>, now: Timestamp) -> Result<Assertion, LoginError> {
        let secrets = self.checks.facebook_app_secrets.iter();
        let mut refused = LoginError::ClientNotTrusted;
        for (app, secret) in secrets.filter(|(app, _)| login.trusted_clients.contains(app)) {
            match self.of_facebooks_app(login, app, secret, now).await {
                Err(error @ LoginError::Token(_)) => refused = error,
                outcome => return outcome,
            }
        }
        Err(refused)
    }

    async fn of_facebooks_app(
        &self,
        login: PresentedLogin<'_>,
        app: &str,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<Assertion, LoginError> {
        let url = asked(&self.checks.facebook, "debug_token", &[("input_token", login.credential.expose())]);
        let mut request = HttpRequest::get(url);
        request.headers.insert(AUTHORIZATION, in_the_name_of(app, secret)?);
        let answer = self.ask(request).await?;
        let data = answer.get("data").and_then(Value::as_object).ok_or(TokenError::Malformed)?;
        if data.get("is_valid") != Some(&Value::Bool(true)) {
            return Err(TokenError::Signature.into());
        }
        let ends_at = data.get("expires_at").and_then(Value::as_i64).filter(|ends_at| *ends_at != 0);
        if ends_at.is_some_and(|ends_at| now.epoch_seconds() >= ends_at) {
            return Err(TokenError::Expired { at: Timestamp::from_epoch_seconds(ends_at.unwrap_or_default()) }.into());
        }
        let (app, user) = (id(data, "app_id")?, id(data, "user_id")?);
        assertion(login, &[&app], &user, [("app_id", app.clone()), ("id", user.clone())])
    }

    /// `tokeninfo`, which tells of any app's tokens.
    async fn of_amazon(&self, login: PresentedLogin<'_>) -> Result<Assertion, LoginError> {
        let url = asked(&self.checks.amazon, "auth/o2/tokeninfo", &[("access_token", login.credential.expose())]);
        let data = self.ask(HttpRequest::get(url)).await?;
        // Seconds that are left.
        if data.get("exp").and_then(Value::as_i64).is_none_or(|left| left <= 0) {
            return Err(TokenError::Signature.into());
        }
        if data.get("iss").and_then(Value::as_str) != Some("https://www.amazon.com") {
            return Err(TokenError::Issuer.into());
        }
        let (app, client, user) = (id(&data, "app_id")?, id(&data, "aud")?, id(&data, "user_id")?);
        assertion(login, &[&app, &client], &user, [("app_id", app.clone()), ("user_id", user.clone())])
    }

    /// An object, or why there is none. An answer of the kind 4xx says that the token is none.
    async fn ask(&self, request: HttpRequest) -> Result<Map<String, Value>, LoginError> {
        let request = request.within(Limits { body_bytes: MOST_BYTES, ..Limits::default() });
        let answer = self.http.send(request).await.map_err(|error| Unreachable(error.into()))?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(TokenError::Signature.into());
            }
            other => return Err(Unreachable(format!("the answer is {other}").into()).into()),
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(Unreachable("the answer is no object".into()).into()),
        }
    }
}

#[async_trait]
impl LoginVerifier for AccessTokens {
    fn kind(&self) -> ProviderKind {
        ProviderKind::OpaqueToken
    }

    async fn verify(&self, login: PresentedLogin<'_>, now: Timestamp) -> Result<Assertion, LoginError> {
        if !(1..=LONGEST).contains(&login.credential.expose().len()) {
            return Err(TokenError::Malformed.into());
        }
        match login.provider {
            FACEBOOK => self.of_facebook(login, now).await,
            AMAZON => self.of_amazon(login).await,
            _ => Err(LoginError::KindNotSupported(ProviderKind::OpaqueToken)),
        }
    }
}

/// The app's own access token. It stands in a header: URLs are what proxies and servers keep.
fn in_the_name_of(app: &str, secret: &SecretString) -> Result<HeaderValue, LoginError> {
    let value = HeaderValue::try_from(format!("Bearer {app}|{}", secret.expose()));
    let mut value = value.map_err(|_| LoginError::Unavailable("the app's secret cannot be sent".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn asked(base: &Url, path: &str, parameters: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url.query_pairs_mut().clear().extend_pairs(parameters);
    url
}

/// An id: text, or a number.
fn id(data: &Map<String, Value>, name: &'static str) -> Result<String, LoginError> {
    let text = match data.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if (1..=LONGEST).contains(&text.len()) { Ok(text) } else { Err(TokenError::ClaimMissing(name).into()) }
}

fn assertion<const N: usize>(
    login: PresentedLogin<'_>,
    apps: &[&str],
    user: &str,
    claims: [(&str, String); N],
) -> Result<Assertion, LoginError> {
    let app = apps.iter().find(|app| login.trusted_clients.contains(app)).ok_or(LoginError::ClientNotTrusted)?;
    Ok(Assertion {
        provider: login.provider.to_owned(),
        subject: user.to_owned(),
        authorized_party: (*app).to_owned(),
        claims: claims.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect(),
    })
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessTokens(..)")
    }
}

impl fmt::Debug for AccessTokenChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let apps: Vec<_> = self.facebook_app_secrets.keys().collect();
        write!(f, "AccessTokenChecks {{ facebook: {}, apps: {apps:?}, amazon: {} }}", self.facebook, self.amazon)
    }
}

#[cfg(test)]
mod tests;
