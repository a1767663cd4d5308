//! Where an OpenID Connect issuer has its keys (OpenID Connect Discovery 1.0 §4).

use identity_kernel::strict_json;
use serde_json::Value;

use crate::fetch::{Fetch, FetchError};

/// Why a discovery document is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NotBelieved {
    #[error("the discovery document is not strict JSON")]
    Json,
    #[error("the discovery document names another issuer")]
    OtherIssuer,
    #[error("the discovery document names no https address of keys")]
    Address,
}

/// The address of the issuer's keys, by its own word.
pub(crate) async fn keys_of(issuer: &str, fetch: &dyn Fetch) -> Result<String, FetchError> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let document = fetch.fetch(&format!("{base}/.well-known/openid-configuration")).await?;
    read(issuer, &document.body).map_err(|error| FetchError(error.into()))
}

fn read(issuer: &str, document: &[u8]) -> Result<String, NotBelieved> {
    let document = strict_json::object(document).ok_or(NotBelieved::Json)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("issuer") != Some(issuer) {
        return Err(NotBelieved::OtherIssuer);
    }
    let plain = issuer.starts_with("http://");
    let allowed = |url: &&str| url.starts_with("https://") || (plain && url.starts_with("http://"));
    text("jwks_uri").filter(allowed).map(str::to_owned).ok_or(NotBelieved::Address)
}
