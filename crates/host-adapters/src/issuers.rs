//! Key sets of outside login providers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::time::{Clock, Timestamp};
use jwt_tokens::{Fetch, RemoteKeys};
use login_providers::http::HttpPort;
use login_providers::{HttpFetch, Issuers, TrustedIssuer, Unreachable};
use serde_json::Value;
use tokio::sync::Mutex;

/// How long a discovery document is believed, in seconds.
const FRESH_SECONDS: i64 = 3600;
/// Between two questions to a provider that was down, in seconds.
const RETRY_SECONDS: i64 = 10;
/// After how many seconds without a question a provider is forgotten.
const FORGOTTEN_SECONDS: i64 = 86_400;
/// So many providers are known at once. Beyond that, who has gone longest without a question is forgotten.
const MOST_PROVIDERS: usize = 1000;

/// Fetches providers' discovery documents (OpenID Connect Discovery 1.0) and, as [`RemoteKeys`] says, their keys.
///
/// Each provider's document is fetched by one caller at a time while the others wait for its answer, and believed for an
/// hour. When a provider is down, what it had said goes on, and it is asked again every 10 seconds at most. A thousand
/// providers are known at once.
pub struct HttpIssuers {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Slot>>,
}

/// What is known of a provider; whoever holds it fetches alone.
type Slot = Arc<Mutex<Known>>;

#[derive(Default)]
struct Known {
    /// When the provider was asked, and for how many seconds it is not asked again.
    asked: Option<(Timestamp, i64)>,
    /// The keys, at the address that its document gave.
    keys: Option<(String, Arc<RemoteKeys>)>,
}

impl Known {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.asked.is_some_and(|(at, seconds)| now.is_within(at, seconds))
    }

    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.asked.is_none_or(|(at, _)| !now.is_within(at, FORGOTTEN_SECONDS))
    }

    fn keys(&self) -> Option<Arc<RemoteKeys>> {
        self.keys.as_ref().map(|(_, keys)| Arc::clone(keys))
    }
}

impl HttpIssuers {
    /// Finds keys through this way out.
    pub fn through(http: Arc<dyn HttpPort>, clock: Arc<dyn Clock>) -> Self {
        Self::over(Arc::new(HttpFetch::over(http)), clock)
    }

    /// Finds keys with a fetcher of your own, which keeps the contract of [`Fetch`].
    pub fn over(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { fetch, clock, known: Mutex::new(HashMap::new()) }
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

    async fn remote_keys(&self, issuer: &str, slot: &Slot) -> Result<Arc<RemoteKeys>, Unreachable> {
        let mut known = slot.lock().await;
        if known.is_fresh(self.clock.now()) {
            return known.keys().ok_or_else(|| Unreachable("the provider was down a moment ago".into()));
        }
        let found = self.keys_of(issuer).await;
        known.asked = Some((self.clock.now(), if found.is_ok() { FRESH_SECONDS } else { RETRY_SECONDS }));
        match found {
            Ok(url) if known.keys.as_ref().is_some_and(|(known, _)| *known == url) => {}
            Ok(url) => {
                let keys = RemoteKeys::new(&url, Arc::clone(&self.fetch), Arc::clone(&self.clock));
                known.keys = Some((url, Arc::new(keys)));
            }
            Err(error) if known.keys.is_none() => return Err(error),
            Err(_) => {}
        }
        known.keys().ok_or_else(|| Unreachable("nothing was fetched".into()))
    }

    /// The place of a provider. Whenever a new one comes, those of whom nobody has asked for a day are forgotten, and the
    /// one that has gone longest without a question if there are too many still.
    async fn slot(&self, provider: &str) -> Slot {
        let mut known = self.known.lock().await;
        if let Some(slot) = known.get(provider) {
            return Arc::clone(slot);
        }
        let now = self.clock.now();
        known.retain(|_, slot| slot.try_lock().map_or(true, |known| !known.is_forgotten(now)));
        if known.len() >= MOST_PROVIDERS {
            let asked_at = |slot: &Slot| slot.try_lock().ok().and_then(|known| known.asked).map(|(at, _)| at);
            let oldest = known.iter().min_by_key(|(_, slot)| asked_at(slot)).map(|(name, _)| name.clone());
            oldest.and_then(|name| known.remove(&name));
        }
        Arc::clone(known.entry(provider.to_owned()).or_default())
    }
}

fn lost(error: jwt_tokens::FetchError) -> Unreachable {
    Unreachable(error.into())
}

#[async_trait]
impl Issuers for HttpIssuers {
    async fn issuer_of(&self, provider: &str, kid: Option<&str>) -> Result<Option<TrustedIssuer>, Unreachable> {
        let issuer = format!("https://{provider}");
        let slot = self.slot(provider).await;
        let keys = self.remote_keys(&issuer, &slot).await?.for_kid(kid).await.map_err(lost)?;
        Ok(Some(TrustedIssuer { issuer, keys }))
    }
}

impl fmt::Debug for HttpIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpIssuers(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use identity_kernel::time::ManualClock;
    use jwt_tokens::{FetchError, Fetched};

    use super::*;

    /// Providers that can go down, and count how often their document is asked for.
    #[derive(Default)]
    struct Web {
        down: AtomicBool,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl Fetch for Web {
        async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
            tokio::task::yield_now().await;
            if let Some(issuer) = url.strip_suffix("/.well-known/openid-configuration") {
                self.asked.fetch_add(1, Ordering::SeqCst);
                let body = format!(r#"{{"issuer": "{issuer}", "jwks_uri": "{issuer}/keys"}}"#).into_bytes();
                let up = !self.down.load(Ordering::SeqCst);
                return up.then_some(Fetched { body, max_age_seconds: None }).ok_or_else(|| FetchError("down".into()));
            }
            Ok(Fetched { body: br#"{"keys": []}"#.to_vec(), max_age_seconds: None })
        }
    }

    fn world() -> (Arc<Web>, Arc<ManualClock>, HttpIssuers) {
        let web = Arc::new(Web::default());
        let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
        let issuers = HttpIssuers::over(Arc::clone(&web) as Arc<dyn Fetch>, Arc::clone(&clock) as Arc<dyn Clock>);
        (web, clock, issuers)
    }

    #[tokio::test]
    async fn a_document_is_asked_for_once_an_hour_and_goes_on_while_its_provider_is_down() {
        let (web, clock, issuers) = world();
        let found = futures::future::join_all((0..20).map(|_| issuers.issuer_of("idp.example", None))).await;
        assert!(found.into_iter().all(|found| found.unwrap().unwrap().issuer == "https://idp.example"));
        assert_eq!(web.asked.load(Ordering::SeqCst), 1);

        web.down.store(true, Ordering::SeqCst);
        for (seconds, asked) in [(3599, 1), (1, 2), (9, 2), (1, 3)] {
            clock.advance_seconds(seconds);
            for _ in 0..5 {
                assert!(issuers.issuer_of("idp.example", None).await.is_ok());
            }
            assert_eq!(web.asked.load(Ordering::SeqCst), asked, "after {seconds} seconds more");
        }
    }

    #[tokio::test]
    async fn a_provider_that_never_answered_is_asked_every_ten_seconds_however_many_ask() {
        let (web, clock, issuers) = world();
        web.down.store(true, Ordering::SeqCst);
        for asked in 1..4 {
            for _ in 0..5 {
                assert!(issuers.issuer_of("idp.example", None).await.is_err());
            }
            assert_eq!(web.asked.load(Ordering::SeqCst), asked);
            clock.advance_seconds(10);
        }

        web.down.store(false, Ordering::SeqCst);
        assert!(issuers.issuer_of("idp.example", None).await.is_ok());
    }

    #[tokio::test]
    async fn providers_of_whom_nobody_asks_are_forgotten_after_a_day() {
        let (_, clock, issuers) = world();
        for number in 0..10 {
            issuers.issuer_of(&format!("idp{number}.example"), None).await.unwrap();
        }
        clock.advance_seconds(86_400);
        issuers.issuer_of("idp0.example", None).await.unwrap();

        issuers.issuer_of("another.example", None).await.unwrap();

        let known = issuers.known.lock().await;
        let mut names: Vec<_> = known.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["another.example", "idp0.example"]);
    }

    #[tokio::test]
    async fn a_thousand_providers_are_known_at_once_and_the_one_asked_longest_ago_goes_first() {
        let (_, clock, issuers) = world();
        for number in 0..1001 {
            issuers.issuer_of(&format!("idp{number}.example"), None).await.unwrap();
            clock.advance_seconds(1);
        }

        let known = issuers.known.lock().await;
        assert_eq!(known.len(), 1000);
        assert!(!known.contains_key("idp0.example") && known.contains_key("idp1000.example"));
    }
}
