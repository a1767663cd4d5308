//! Keys rotate, and are fetched, as lines 13 and 15 say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use identity_kernel::entropy::SeededEntropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::{
    Algorithm, Fetch, FetchError, Fetched, KeyRing, KeySet, KeyUse, Rotation, SealedKey, SigningKey, TokenError,
    TrustedIssuers, Verifier, VerifyError,
};
use serde_json::json;

const START: i64 = 1_700_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(START + seconds)
}

/// What a node would read from storage: every step goes through the stored form.
fn restarted(keys: &[SealedKey]) -> Vec<SealedKey> {
    serde_json::from_slice(&serde_json::to_vec(keys).unwrap()).unwrap()
}

#[test]
fn line_15_a_new_key_is_published_before_it_signs_and_the_old_one_lives_as_long_as_its_tokens() {
    let (master, entropy) = (MasterKey::new([7; 32]), SeededEntropy::new(1));
    let key = |now| SealedKey::generate(&master, &entropy, "pool", Algorithm::EdDsa, now).unwrap();
    let first = key(at(0));
    let second = key(at(100));
    let (one, two) = (first.kid.clone(), second.kid.clone());
    let plan = Rotation::Planned { publish_ahead_seconds: 600, longest_token_seconds: 3600 };
    let keys = SealedKey::rotate(second, &[first], plan, at(100)).keys;
    let ring = |seconds| KeyRing::open(&master, "pool", restarted(&keys), at(seconds)).unwrap();

    for (seconds, signer, published) in
        [(100, &one, 2), (699, &one, 2), (700, &two, 2), (4299, &two, 2), (4300, &two, 1)]
    {
        assert_eq!(ring(seconds).signing().kid(), signer, "{seconds}");
        assert_eq!(ring(seconds).publish().keys.len(), published, "{seconds}");
    }
    let token = ring(699).signing().sign(&json!({"iss": "i", "exp": START + 4299})).unwrap();
    assert!(Verifier::new("i").any_audience().verify(ring(4298).key_set(), &token, at(4298)).is_ok());
}

#[test]
fn line_15_a_key_that_leaked_counts_no_more_at_once() {
    let (master, entropy) = (MasterKey::new([7; 32]), SeededEntropy::new(1));
    let key = |now| SealedKey::generate(&master, &entropy, "pool", Algorithm::EdDsa, now).unwrap();
    let (first, second) = (key(at(0)), key(at(5)));
    let two = second.kid.clone();

    let keys = restarted(&SealedKey::rotate(second, &[first], Rotation::AtOnce, at(5)).keys);

    assert_eq!(keys.len(), 1);
    assert_eq!(KeyRing::open(&master, "pool", keys, at(5)).unwrap().signing().kid(), two);
}

#[test]
fn keys_of_two_uses_change_each_for_itself_and_verify_together() {
    let (master, entropy) = (MasterKey::new([7; 32]), SeededEntropy::new(1));
    let key =
        |usage, now| SealedKey::generate(&master, &entropy, "pool", Algorithm::EdDsa, now).unwrap().for_use(usage);
    let (access, id) = (key(KeyUse::AccessTokens, at(0)), key(KeyUse::IdTokens, at(0)));
    let next = key(KeyUse::IdTokens, at(100));
    let kids = [&access, &id, &next].map(|key| key.kid.clone());
    let plan = Rotation::Planned { publish_ahead_seconds: 600, longest_token_seconds: 3600 };
    let ring = |keys: &[SealedKey], seconds| KeyRing::open(&master, "pool", restarted(keys), at(seconds)).unwrap();

    let keys = SealedKey::rotate(next, &[access.clone(), id.clone()], plan, at(100)).keys;

    for (seconds, access_kid, id_kid, published) in
        [(100, 0, 1, 3), (699, 0, 1, 3), (700, 0, 2, 3), (4299, 0, 2, 3), (4300, 0, 2, 2)]
    {
        let ring = ring(&keys, seconds);
        assert_eq!(ring.signing_for(KeyUse::AccessTokens).kid(), kids[access_kid], "{seconds}");
        assert_eq!(ring.signing_for(KeyUse::IdTokens).kid(), kids[id_kid], "{seconds}");
        assert_eq!(ring.publish().keys.len(), published, "{seconds}");
    }
    let token = ring(&keys, 100).signing_for(KeyUse::IdTokens).sign(&json!({"iss": "i", "exp": START + 900})).unwrap();
    assert!(Verifier::new("i").any_audience().verify(ring(&keys, 800).key_set(), &token, at(800)).is_ok());
    let leaked = SealedKey::rotate(key(KeyUse::AccessTokens, at(9)), &[access, id.clone()], Rotation::AtOnce, at(9));
    assert_eq!((leaked.gone.as_slice(), leaked.keys.len()), ([kids[0].clone()].as_slice(), 2));
    assert!(KeyRing::open(&master, "pool", vec![id], at(9)).is_err(), "no key signs access tokens");
}

#[test]
fn line_16_a_sealed_key_opens_for_its_owner_and_under_its_master_key_alone() {
    let (old, new) = (MasterKey::new([7; 32]), MasterKey::new([8; 32]));
    let entropy = SeededEntropy::new(1);
    let key = SealedKey::generate(&old, &entropy, "pool", Algorithm::EdDsa, at(0)).unwrap();
    let opens =
        |master: &MasterKey, owner, key: &SealedKey| KeyRing::open(master, owner, vec![key.clone()], at(0)).is_ok();

    assert!(opens(&old, "pool", &key));
    assert!(!opens(&old, "another", &key));
    assert!(!opens(&new, "pool", &key));
}

/// A source whose answer can be changed, and which counts.
struct Source {
    answer: Mutex<Option<Vec<u8>>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Fetch for Source {
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        assert_eq!(url, "https://idp.example/pool/.well-known/jwks.json");
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        let body = self.answer.lock().unwrap().clone().ok_or_else(|| FetchError("down".into()))?;
        Ok(Fetched { body, max_age_seconds: Some(300) })
    }
}

struct World {
    source: Arc<Source>,
    clock: Arc<ManualClock>,
    issuers: Arc<TrustedIssuers>,
}

fn world(keys: &[&SigningKey]) -> World {
    let source = Arc::new(Source { answer: Mutex::new(None), asked: AtomicUsize::new(0) });
    publish(&source, keys);
    let clock = Arc::new(ManualClock::at(at(0)));
    let issuers = TrustedIssuers::new(Arc::clone(&source) as Arc<dyn Fetch>, Arc::clone(&clock) as Arc<dyn Clock>)
        .user_pool(Verifier::new("https://idp.example/pool").any_audience());
    World { source, clock, issuers: Arc::new(issuers) }
}

fn publish(source: &Source, keys: &[&SigningKey]) {
    let set = KeySet::publish(keys.iter().map(|key| key.public_jwk()));
    *source.answer.lock().unwrap() = Some(serde_json::to_vec(&set).unwrap());
}

fn token(key: &SigningKey) -> String {
    key.sign(&json!({"iss": "https://idp.example/pool", "exp": START + 9000})).unwrap()
}

#[tokio::test]
async fn line_13_however_many_ask_one_fetches() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let world = world(&[&key]);

    let all = (0..50).map(|_| {
        let (issuers, token) = (Arc::clone(&world.issuers), token(&key));
        async move { issuers.verify(&token).await.is_ok() }
    });

    assert!(futures::future::join_all(all).await.into_iter().all(|verified| verified));
    assert_eq!(world.source.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn line_13_unknown_keys_cause_one_fetch_a_minute() {
    let (key, stranger) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let world = world(&[&key]);
    world.issuers.verify(&token(&key)).await.unwrap();
    world.clock.advance_seconds(61);

    for _ in 0..100 {
        let refused = world.issuers.verify(&token(&stranger)).await;
        assert!(matches!(refused, Err(VerifyError::Token(TokenError::UnknownKey))));
    }
    assert_eq!(world.source.asked.load(Ordering::Relaxed), 2);

    publish(&world.source, &[&key, &stranger]);
    world.clock.advance_seconds(61);
    assert!(world.issuers.verify(&token(&stranger)).await.is_ok());
    assert_eq!(world.source.asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn line_13_keys_go_on_while_their_source_is_down_and_are_fetched_when_it_is_back() {
    let (key, next) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let world = world(&[&key]);
    world.issuers.verify(&token(&key)).await.unwrap();

    *world.source.answer.lock().unwrap() = None;
    world.clock.advance_seconds(4000);
    for _ in 0..100 {
        assert!(world.issuers.verify(&token(&key)).await.is_ok());
    }
    assert_eq!(world.source.asked.load(Ordering::Relaxed), 2);

    publish(&world.source, &[&next]);
    world.clock.advance_seconds(11);
    assert!(world.issuers.verify(&token(&next)).await.is_ok());
    assert!(world.issuers.verify(&token(&key)).await.is_err());
}

#[tokio::test]
async fn line_115_a_clock_that_is_set_back_puts_off_no_fetch() {
    let (key, next) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let world = world(&[&key]);
    *world.source.answer.lock().unwrap() = None;
    assert!(world.issuers.verify(&token(&key)).await.is_err());

    publish(&world.source, &[&key]);
    world.clock.advance_seconds(-3600);
    assert!(world.issuers.verify(&token(&key)).await.is_ok(), "the source was down a moment ago, before the step");

    publish(&world.source, &[&next]);
    world.clock.advance_seconds(-3600);
    assert!(world.issuers.verify(&token(&next)).await.is_ok(), "the keys were fresh, before the step");
}

/// Documents at addresses, of which the first can be held back.
#[derive(Default)]
struct Web {
    documents: Mutex<std::collections::HashMap<String, Vec<u8>>>,
    asked: Mutex<Vec<String>>,
}

impl Web {
    fn put(&self, url: &str, document: &serde_json::Value) {
        self.documents.lock().unwrap().insert(url.to_owned(), serde_json::to_vec(document).unwrap());
    }

    fn put_keys(&self, url: &str, keys: &[&SigningKey]) {
        self.put(url, &serde_json::to_value(KeySet::publish(keys.iter().map(|key| key.public_jwk()))).unwrap());
    }
}

#[async_trait]
impl Fetch for Web {
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        self.asked.lock().unwrap().push(url.to_owned());
        let body = self.documents.lock().unwrap().get(url).cloned().ok_or_else(|| FetchError("404".into()))?;
        Ok(Fetched { body, max_age_seconds: None })
    }
}

fn trusting(web: &Arc<Web>) -> TrustedIssuers {
    TrustedIssuers::new(Arc::clone(web) as Arc<dyn Fetch>, Arc::new(ManualClock::at(at(0))))
}

/// Each of two issuers signs tokens that name the other: a key counts for its own issuer's tokens alone.
#[tokio::test]
async fn line_6_the_keys_of_one_trusted_issuer_sign_nothing_for_another() {
    let (one, other) =
        (SigningKey::generate(Algorithm::EdDsa).unwrap(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let web = Arc::new(Web::default());
    web.put_keys("https://one.example/.well-known/jwks.json", &[&one]);
    web.put_keys("https://other.example/.well-known/jwks.json", &[&other]);
    let issuers = trusting(&web)
        .user_pool(Verifier::new("https://one.example").audience(["shop"]))
        .user_pool(Verifier::new("https://other.example").audience(["shop"]));
    let signed = |key: &SigningKey, issuer: &str| {
        key.sign(&json!({"iss": issuer, "aud": "shop", "sub": "ada", "exp": START + 9})).unwrap()
    };

    for (key, issuer) in [(&one, "https://one.example"), (&other, "https://other.example")] {
        assert!(issuers.verify(&signed(key, issuer)).await.is_ok(), "{issuer}");
    }
    for (key, issuer) in [(&other, "https://one.example"), (&one, "https://other.example")] {
        let refused = issuers.verify(&signed(key, issuer)).await;
        assert!(matches!(refused, Err(VerifyError::Token(TokenError::UnknownKey))), "{issuer}: {refused:?}");
    }
    // Nor under the name that the other issuer gave its key.
    let borrowed = SigningKey::from_pkcs8(Algorithm::EdDsa, other.expose_pkcs8()).unwrap().with_kid(one.kid()).unwrap();
    let refused = issuers.verify(&signed(&borrowed, "https://one.example")).await;
    assert!(matches!(refused, Err(VerifyError::Token(TokenError::Signature))), "{refused:?}");
    let stranger = issuers.verify(&signed(&one, "https://third.example")).await;
    assert!(matches!(stranger, Err(VerifyError::Token(TokenError::Issuer))), "{stranger:?}");
}

#[tokio::test]
async fn an_issuers_keys_are_found_by_its_discovery_document() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let web = Arc::new(Web::default());
    web.put_keys("https://keys.example/set", &[&key]);
    let configuration = "https://idp.example/tenant/.well-known/openid-configuration";
    let outcome = async |issuer: &str, document: serde_json::Value| {
        web.put(configuration, &document);
        let token = key.sign(&json!({"iss": issuer, "aud": "shop", "exp": START + 9})).unwrap();
        let issuers = trusting(&web).discover(Verifier::new(issuer).audience(["shop"]));
        issuers.verify(&token).await.map(drop).map_err(|error| match error {
            VerifyError::Keys(error) => std::error::Error::source(&error).map_or_else(String::new, ToString::to_string),
            other => other.to_string(),
        })
    };

    for issuer in ["https://idp.example/tenant", "https://idp.example/tenant/"] {
        let document = json!({"issuer": issuer, "jwks_uri": "https://keys.example/set", "x": 1});
        assert_eq!(outcome(issuer, document).await, Ok(()), "{issuer}");
    }
    let issuer = "https://idp.example/tenant";
    for (document, refusal) in [
        (
            json!({"issuer": "https://idp.example/other", "jwks_uri": "https://keys.example/set"}),
            "names another issuer",
        ),
        (
            json!({"issuer": "https://idp.example/tenant/", "jwks_uri": "https://keys.example/set"}),
            "names another issuer",
        ),
        (json!({"issuer": issuer, "jwks_uri": "http://keys.example/set"}), "names no https address"),
        (json!({"issuer": issuer, "jwks_uri": "file:///etc/keys"}), "names no https address"),
        (json!({"issuer": issuer}), "names no https address"),
        (json!([issuer]), "not strict JSON"),
    ] {
        let said = outcome(issuer, document.clone()).await.unwrap_err();
        assert!(said.contains(refusal), "{document}: {said}");
    }
    assert!(!web.asked.lock().unwrap().iter().any(|url| url.starts_with("http://") || url.starts_with("file")));
}

#[tokio::test]
async fn an_issuer_on_this_machine_may_have_its_keys_there_too() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let web = Arc::new(Web::default());
    let issuer = "http://127.0.0.1:9317/pool";
    web.put(
        &format!("{issuer}/.well-known/openid-configuration"),
        &json!({"issuer": issuer, "jwks_uri": "http://127.0.0.1:9317/keys"}),
    );
    web.put_keys("http://127.0.0.1:9317/keys", &[&key]);
    let token = key.sign(&json!({"iss": issuer, "aud": "shop", "exp": START + 9})).unwrap();

    assert!(trusting(&web).discover(Verifier::new(issuer).audience(["shop"])).verify(&token).await.is_ok());
}

fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// A source that answers its first question at once, and every later one never.
struct Stuck {
    body: Vec<u8>,
    asked: AtomicUsize,
}

#[async_trait]
impl Fetch for Stuck {
    async fn fetch(&self, _: &str) -> Result<Fetched, FetchError> {
        if self.asked.fetch_add(1, Ordering::Relaxed) > 0 {
            std::future::pending::<()>().await;
        }
        Ok(Fetched { body: self.body.clone(), max_age_seconds: Some(60) })
    }
}

#[tokio::test]
async fn line_13_while_one_caller_fetches_old_keys_anew_the_others_go_on_with_them() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let body = serde_json::to_vec(&KeySet::publish([key.public_jwk()])).unwrap();
    let source = Arc::new(Stuck { body, asked: AtomicUsize::new(0) });
    let clock = Arc::new(ManualClock::at(at(0)));
    let issuers = TrustedIssuers::new(Arc::clone(&source) as Arc<dyn Fetch>, Arc::clone(&clock) as Arc<dyn Clock>)
        .user_pool(Verifier::new("https://idp.example/pool").any_audience());
    let good = token(&key);
    issuers.verify(&good).await.unwrap();
    clock.advance_seconds(61);

    let mut fetching = Box::pin(issuers.verify(&good));
    assert!(poll(&mut fetching).is_pending());
    let mut next = Box::pin(issuers.verify(&good));

    assert!(matches!(poll(&mut next), Poll::Ready(Ok(_))));
    assert_eq!(source.asked.load(Ordering::Relaxed), 2);
    let stranger = token(&SigningKey::generate(Algorithm::EdDsa).unwrap());
    assert!(poll(&mut Box::pin(issuers.verify(&stranger))).is_pending(), "its key may be in the set that comes");
}
