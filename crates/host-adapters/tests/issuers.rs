//! Whose keys are believed, and where they are fetched.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use host_adapters::HttpIssuers;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::{Fetch, FetchError, Fetched};
use login_providers::Issuers as _;

/// A provider whose document says what a test wants, and which counts how often its keys are fetched, by their address.
#[derive(Default)]
struct Provider {
    document: Mutex<String>,
    fetched: Mutex<Vec<String>>,
}

#[async_trait]
impl Fetch for Provider {
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        if url.ends_with("/.well-known/openid-configuration") {
            return Ok(Fetched { body: self.document.lock().unwrap().clone().into_bytes(), max_age_seconds: None });
        }
        self.fetched.lock().unwrap().push(url.to_owned());
        Ok(Fetched { body: br#"{"keys": []}"#.to_vec(), max_age_seconds: Some(600) })
    }
}

fn provider() -> (Arc<Provider>, Arc<ManualClock>, HttpIssuers) {
    let provider = Arc::new(Provider::default());
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let issuers = HttpIssuers::over(Arc::clone(&provider) as Arc<dyn Fetch>, Arc::clone(&clock) as Arc<dyn Clock>);
    (provider, clock, issuers)
}

fn document(issuer: &str, keys: &str) -> String {
    format!(r#"{{"issuer": "{issuer}", "jwks_uri": "{keys}"}}"#)
}

#[tokio::test]
async fn a_document_that_names_another_issuer_is_not_believed() {
    for other in ["https://evil.example", "https://idp.example/", "http://idp.example", ""] {
        let (provider, _, issuers) = provider();
        *provider.document.lock().unwrap() = document(other, "https://evil.example/keys");

        assert!(issuers.issuer_of("idp.example", None).await.is_err(), "{other}");
        assert!(provider.fetched.lock().unwrap().is_empty(), "{other}");
    }
}

#[tokio::test]
async fn keys_stay_while_their_address_stays_and_are_fetched_anew_where_it_has_moved_to() {
    let (provider, clock, issuers) = provider();
    // Keys are asked for again after ten minutes, and where they are after an hour.
    for (seconds, address, fetched) in [(0, "a", 1), (3599, "a", 2), (1, "a", 2), (3600, "b", 3)] {
        let keys = format!("https://idp.example/{address}");
        *provider.document.lock().unwrap() = document("https://idp.example", &keys);
        clock.advance_seconds(seconds);

        issuers.issuer_of("idp.example", None).await.unwrap();

        assert_eq!(provider.fetched.lock().unwrap().len(), fetched, "{address} after {seconds} seconds more");
    }
    assert_eq!(provider.fetched.lock().unwrap().last().unwrap(), "https://idp.example/b");
}
