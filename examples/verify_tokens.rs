//! A resource server: which bearer tokens to accept, offline after one fetch of each issuer's keys.
//! `cargo run --package cenote-examples --example verify_tokens` shows it with a user pool of its own; with arguments,
//! `... -- ISSUER CLIENT_ID TOKEN`, it verifies a token of any user pool, Amazon's too
//! (`https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab3dEf9hJ`).

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cenote::adapters::{HttpClient, HttpSettings};
use cenote::kernel::time::{Clock, SystemClock};
use cenote::logins::HttpFetch;
use cenote::prelude::*;
use cenote::tokens::{Fetch, FetchError, Fetched, TrustedIssuers, Verifier};
use cenote_examples::{pool_with_ada, sign_in};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [issuer, client, token] => {
            let wanted = Verifier::new(issuer).access_tokens_of([client]).leeway_seconds(30);
            let fetch = HttpFetch::over(Arc::new(HttpClient::new(HttpSettings::default())?));
            let issuers = TrustedIssuers::new(Arc::new(fetch), clock());
            let verified = issuers.user_pool(wanted).verify(token).await?;
            println!("accepted: {}", verified.claim_str("sub").unwrap_or_default());
            Ok(())
        }
        _ => show().await,
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Two user pools, of which the resource server trusts both, for one app client each.
async fn show() -> Result<(), Failure> {
    let cenote = Cenote::in_memory().build().await?;
    let users = cenote.user_pools();
    let source = Arc::new(InProcess { users: Arc::clone(users), fetches: AtomicUsize::new(0) });
    let mut issuers = TrustedIssuers::new(Arc::clone(&source) as Arc<dyn Fetch>, clock());
    let mut tokens = Vec::new();
    for name in ["people", "partners"] {
        let (pool, client) = pool_with_ada(users, name).await?;
        issuers = issuers.user_pool(Verifier::new(users.issuer(&pool)).access_tokens_of([client.as_str()]));
        tokens.push(sign_in(users, &client).await?);
    }

    for token in &tokens {
        for _ in 0..1000 {
            issuers.verify_lazily(token.access_token.expose()).await?;
        }
    }
    println!("accepted 2,000 access tokens of two issuers after {} fetches", source.fetches.load(Ordering::Relaxed));
    let Some(first) = tokens.first() else { return Ok(()) };
    let forged = first.access_token.expose().replace('A', "B");
    for (what, token) in [("an ID token", first.id_token.expose()), ("a forged one", forged.as_str())] {
        if let Err(error) = issuers.verify(token).await {
            println!("refused {what}: {error}");
        }
    }
    Ok(())
}

/// Takes key sets from the service in this process, where a real resource server asks over HTTPS.
struct InProcess {
    users: Arc<UserPools>,
    fetches: AtomicUsize,
}

#[async_trait]
impl Fetch for InProcess {
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        let issuer = url.trim_end_matches("/.well-known/jwks.json");
        let pool = self.users.pool_of_issuer(issuer).ok_or_else(|| FetchError("no such issuer".into()))?;
        let keys = self.users.key_set(&pool).await.map_err(|error| FetchError(error.into()))?;
        let body = serde_json::to_vec(&keys).map_err(|error| FetchError(error.into()))?;
        Ok(Fetched { body, max_age_seconds: Some(300) })
    }
}
