//! Where a provider is asked.

use jwt_tokens::Fetch;
use serde_json::Value;
use url::Url;

use crate::relying_party::RelyingPartyError;

/// The addresses of a provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoints {
    /// Where browsers are sent to sign in.
    pub authorize: Url,
    /// Where codes are redeemed.
    pub token: Url,
    /// Where more is said of the user; `None` if nowhere.
    pub user_info: Option<Url>,
    /// Where the keys are that sign tokens.
    pub keys: Url,
    /// Whether the provider says in its answers who it is (RFC 9207): then an answer without is refused.
    pub answers_say_issuer: bool,
}

impl Endpoints {
    /// The addresses that the provider's discovery document gives (OpenID Connect Discovery 1.0 §4), at
    /// `{issuer}/.well-known/openid-configuration`. It must name the issuer byte for byte; its addresses are of `https`, unless
    /// the issuer itself is at an `http` address, on the same machine say.
    ///
    /// # Errors
    ///
    /// [`RelyingPartyError::Unreachable`], [`RelyingPartyError::Discovery`].
    pub async fn discover(fetch: &dyn Fetch, issuer: &str) -> Result<Self, RelyingPartyError> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let fetched = fetch.fetch(&address).await.map_err(|error| RelyingPartyError::Unreachable(error.into()))?;
        let document: Value =
            serde_json::from_slice(&fetched.body).map_err(|_| RelyingPartyError::Discovery("document"))?;
        if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(RelyingPartyError::Discovery("issuer"));
        }
        let at = |name: &'static str| {
            let said = document.get(name).and_then(Value::as_str);
            said.map(|said| address_of(said, issuer).ok_or(RelyingPartyError::Discovery(name))).transpose()
        };
        let needed = |name: &'static str| at(name)?.ok_or(RelyingPartyError::Discovery(name));
        Ok(Self {
            authorize: needed("authorization_endpoint")?,
            token: needed("token_endpoint")?,
            user_info: at("userinfo_endpoint")?,
            keys: needed("jwks_uri")?,
            answers_say_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }
}

/// An address as this issuer may name it.
fn address_of(said: &str, issuer: &str) -> Option<Url> {
    let url = Url::parse(said).ok()?;
    let secure = url.scheme() == "https" || (url.scheme() == "http" && issuer.starts_with("http://"));
    (secure && url.fragment().is_none()).then_some(url)
}
