//! Key sets of outside login providers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::time::{Clock, Timestamp};
use jwt_tokens::{Fetch, RemoteKeys};
use login_providers::{Issuers, TrustedIssuer, Unreachable};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::fetch::HttpsFetch;

/// How long a discovery document is believed, in seconds.
const FRESH_SECONDS: i64 = 3600;

/// Fetches providers' discovery documents (OpenID Connect Discovery 1.0) and, as [`RemoteKeys`] says, their keys.
///
/// Each provider's document is fetched by one caller at a time while the others wait for its answer. When a provider is
/// down, what it had said goes on.
pub struct HttpIssuers {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Slot>>,
}

/// What a provider's document said, and when; whoever holds it fetches alone.
type Slot = Arc<Mutex<Option<Known>>>;

struct Known {
    read_at: Timestamp,
    url: String,
    keys: Arc<RemoteKeys>,
}

impl HttpIssuers {
    /// A fetcher that trusts the web's certificate authorities. Nothing is installed process-wide.
    ///
    /// # Errors
    ///
    /// Whatever TLS says of its own set-up.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self { fetch: Arc::new(HttpsFetch::new()?), clock, known: Mutex::new(HashMap::new()) })
    }

    /// Where the keys of an issuer are, by its own discovery document.
    async fn keys_of(&self, issuer: &str) -> Result<String, Unreachable> {
        let document = self.fetch.fetch(&format!("{issuer}/.well-known/openid-configuration")).await.map_err(lost)?;
        let document: Value = serde_json::from_slice(&document.body).map_err(|error| Unreachable(error.into()))?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("issuer") != issuer {
            return Err(Unreachable("the discovery document names another issuer".into()));
        }
        Ok(text("jwks_uri").to_owned())
    }

    async fn remote_keys(&self, issuer: &str, place: &Slot) -> Result<Arc<RemoteKeys>, Unreachable> {
        let mut place = place.lock().await;
        let now = self.clock.now();
        if let Some(known) = place.as_ref()
            && now < known.read_at.plus_seconds(FRESH_SECONDS)
        {
            return Ok(Arc::clone(&known.keys));
        }
        match (self.keys_of(issuer).await, place.as_mut()) {
            (Ok(url), Some(known)) if known.url == url => known.read_at = now,
            (Ok(url), _) => {
                let keys = RemoteKeys::new(&url, Arc::clone(&self.fetch), Arc::clone(&self.clock));
                *place = Some(Known { read_at: now, url, keys: Arc::new(keys) });
            }
            (Err(_), Some(_)) => {}
            (Err(error), None) => return Err(error),
        }
        let keys = place.as_ref().map(|known| Arc::clone(&known.keys));
        keys.ok_or_else(|| Unreachable("nothing was fetched".into()))
    }
}

fn lost(error: jwt_tokens::FetchError) -> Unreachable {
    Unreachable(error.into())
}

#[async_trait]
impl Issuers for HttpIssuers {
    async fn issuer_of(&self, provider: &str, kid: Option<&str>) -> Result<Option<TrustedIssuer>, Unreachable> {
        let issuer = format!("https://{provider}");
        let place = Arc::clone(self.known.lock().await.entry(provider.to_owned()).or_default());
        let keys = self.remote_keys(&issuer, &place).await?.for_kid(kid).await.map_err(lost)?;
        Ok(Some(TrustedIssuer { issuer, keys }))
    }
}

impl fmt::Debug for HttpIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpIssuers(..)")
    }
}
