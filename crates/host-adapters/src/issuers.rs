//! Key sets of outside login providers, over HTTPS.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use identity_kernel::time::{Clock, Timestamp};
use jwt_tokens::KeySet;
use login_providers::{Issuers, TrustedIssuer, Unreachable};
use reqwest::redirect::Policy;
use serde_json::Value;
use tokio::sync::Mutex;

/// How long a key set is used before it is fetched again, in seconds.
const FRESH_SECONDS: i64 = 600;
/// The largest answer that is read.
const LARGEST: usize = 1024 * 1024;

/// Fetches providers' discovery documents and key sets: `https` only, no redirects, 5 seconds, 1 MiB.
///
/// Each provider is fetched by one caller at a time while the others wait for its answer. When a provider is down, the
/// keys it had go on.
pub struct HttpIssuers {
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Slot>>,
}

/// What was fetched of one provider, and when; whoever holds it fetches alone.
type Slot = Arc<Mutex<Option<(Timestamp, TrustedIssuer)>>>;

impl HttpIssuers {
    /// A fetcher that trusts the web's certificate authorities. Nothing is installed process-wide.
    ///
    /// # Errors
    ///
    /// Whatever TLS says of its own set-up.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(Policy::none())
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self { client, clock, known: Mutex::new(HashMap::new()) })
    }

    async fn fetch(&self, provider: &str) -> Result<TrustedIssuer, Unreachable> {
        let issuer = format!("https://{provider}");
        let document = self.get(&format!("{issuer}/.well-known/openid-configuration")).await?;
        let document: Value = serde_json::from_slice(&document).map_err(|error| Unreachable(error.into()))?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("issuer") != issuer {
            return Err(Unreachable("the discovery document names another issuer".into()));
        }
        let keys = self.get(text("jwks_uri")).await?;
        let keys = KeySet::from_json(&keys).map_err(|error| Unreachable(error.into()))?;
        Ok(TrustedIssuer { issuer, keys: Arc::new(keys) })
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, Unreachable> {
        let mut answer =
            self.client.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(lost)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(Unreachable("the answer is too large".into()));
            }
        }
        Ok(body)
    }
}

fn lost(error: reqwest::Error) -> Unreachable {
    Unreachable(error.into())
}

#[async_trait]
impl Issuers for HttpIssuers {
    async fn issuer_of(&self, provider: &str) -> Result<Option<TrustedIssuer>, Unreachable> {
        let place = Arc::clone(self.known.lock().await.entry(provider.to_owned()).or_default());
        let mut place = place.lock().await;
        let now = self.clock.now();
        if let Some((fetched_at, issuer)) = place.as_ref()
            && now < fetched_at.plus_seconds(FRESH_SECONDS)
        {
            return Ok(Some(issuer.clone()));
        }
        match (self.fetch(provider).await, place.as_ref()) {
            (Ok(issuer), _) => {
                *place = Some((now, issuer.clone()));
                Ok(Some(issuer))
            }
            (Err(_), Some((_, stale))) => Ok(Some(stale.clone())),
            (Err(error), None) => Err(error),
        }
    }
}

impl fmt::Debug for HttpIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpIssuers(..)")
    }
}
