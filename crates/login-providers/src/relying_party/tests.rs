//! A double plays the provider: it answers what a test puts there, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, StatusCode};
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::{Algorithm, KeySet, SigningKey, TokenError};
use serde_json::{Map, Value, json};
use url::Url;

use super::*;
use crate::http::{HttpError, HttpRequest, HttpResponse};

const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);
const ISSUER: &str = "https://op.example";

struct Double {
    key: SigningKey,
    answers: Mutex<BTreeMap<&'static str, (StatusCode, Value)>>,
    asked: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl HttpPort for Double {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.answers.lock().unwrap().get(request.url.path()).cloned();
        self.asked.lock().unwrap().push(request);
        let (status, body) = answer.unwrap_or((StatusCode::NOT_FOUND, Value::Null));
        Ok(HttpResponse { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() })
    }
}

impl Double {
    fn new() -> Arc<Self> {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let keys = json!(KeySet::publish([key.public_jwk()]));
        let double = Self { key, answers: Mutex::default(), asked: Mutex::default() };
        double.answer("/keys", StatusCode::OK, keys);
        double.answer("/me", StatusCode::OK, json!({"sub": "ada", "name": "Ada", "email": "other@op.example"}));
        double.tokens(|_| {});
        Arc::new(double)
    }

    fn answer(&self, path: &'static str, status: StatusCode, body: Value) {
        self.answers.lock().unwrap().insert(path, (status, body));
    }

    /// Gives an ID token for the code, after this change of its claims.
    fn tokens(&self, change: impl FnOnce(&mut Value)) {
        let mut claims = json!({"iss": ISSUER, "sub": "ada", "aud": "app", "nonce": "nonce", "email": "ada@op.example",
            "iat": NOW.epoch_seconds(), "exp": NOW.epoch_seconds() + 60});
        change(&mut claims);
        let id_token = self.key.sign(&claims).unwrap();
        self.answer(
            "/token",
            StatusCode::OK,
            json!({"id_token": id_token, "access_token": "upstream", "token_type": "Bearer"}),
        );
    }

    fn asked(&self, path: &str) -> Vec<HttpRequest> {
        self.asked.lock().unwrap().iter().filter(|request| request.url.path() == path).cloned().collect()
    }
}

fn url(path: &str) -> Url {
    Url::parse(&format!("{ISSUER}{path}")).unwrap()
}

fn endpoints() -> Endpoints {
    Endpoints {
        authorize: url("/authorize?tenant=1"),
        token: url("/token"),
        user_info: Some(url("/me")),
        keys: url("/keys"),
        answers_say_issuer: false,
    }
}

fn party(double: &Arc<Double>, change: impl FnOnce(&mut Registration)) -> RelyingParty {
    let mut registration = Registration {
        issuer: ISSUER.to_owned(),
        client_id: "app".to_owned(),
        client_secret: "hidden".into(),
        endpoints: endpoints(),
        user_info_by_post: false,
    };
    change(&mut registration);
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    RelyingParty::new(registration, Arc::clone(double) as Arc<dyn HttpPort>, clock)
}

async fn redeem(party: &RelyingParty, issuer: Option<&str>) -> Result<Map<String, Value>, RelyingPartyError> {
    let (code, verifier) = (SecretString::from("the code"), SecretString::from("verifier"));
    let expected = Expected { redirect_uri: "https://app.example/cb", nonce: "nonce", code_verifier: &verifier };
    party.redeem(Callback { code: &code, issuer }, expected, NOW).await
}

/// Requirement 84: state, nonce and PKCE go along.
#[tokio::test]
async fn line_84_a_browser_takes_state_nonce_and_challenge_along() {
    let request = AuthorizationRequest {
        redirect_uri: "https://app.example/cb?x=1&y",
        scope: "openid email",
        state: "s&s",
        nonce: "n",
        code_challenge: "c",
        login_hint: Some("ada@op.example"),
        prompt: None,
    };

    let url = party(&Double::new(), |_| {}).authorize(&request);

    let said: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", "https://app.example/cb?x=1&y"),
        ("scope", "openid email"),
        ("state", "s&s"),
        ("nonce", "n"),
        ("code_challenge", "c"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ada@op.example"),
    ];
    assert_eq!(said, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn a_code_is_redeemed_for_what_the_id_token_says_and_userinfo_besides() {
    let double = Double::new();

    let claims = redeem(&party(&double, |_| {}), None).await.unwrap();

    assert_eq!((&claims["sub"], &claims["name"]), (&json!("ada"), &json!("Ada")));
    assert_eq!(claims["email"], json!("ada@op.example"), "the ID token counts");
    let form = String::from_utf8(double.asked("/token")[0].body.clone()).unwrap();
    let expected = "grant_type=authorization_code&code=the+code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
                    &code_verifier=verifier&client_id=app&client_secret=hidden";
    assert_eq!(form, expected);
    let asked = &double.asked("/me")[0];
    assert_eq!((&asked.method, asked.headers[AUTHORIZATION].to_str().unwrap()), (&Method::GET, "Bearer upstream"));
    let posted = party(&double, |registration| registration.user_info_by_post = true);
    redeem(&posted, None).await.unwrap();
    assert_eq!(double.asked("/me")[1].method, Method::POST);
}

/// Requirement 90: neither in addresses, nor in what is printed.
#[tokio::test]
async fn line_90_codes_tokens_and_secrets_stand_in_no_address_and_are_not_printed() {
    let double = Double::new();
    let party = party(&double, |_| {});
    redeem(&party, None).await.unwrap();

    let addresses: String = double.asked.lock().unwrap().iter().map(|request| request.url.to_string()).collect();
    for secret in ["hidden", "upstream", "the", "verifier"] {
        assert!(!addresses.contains(secret), "{addresses}");
    }
    assert!(!format!("{party:?}").contains("hidden"));
    assert!(!format!("{:?}", double.asked("/me")[0].headers).contains("upstream"));
}

/// Requirement 84: an answer of another provider is not brought to this one.
#[tokio::test]
async fn line_84_an_answer_that_another_issuer_sent_is_refused_and_its_code_sent_nowhere() {
    let double = Double::new();
    let says = party(&double, |registration| registration.endpoints.answers_say_issuer = true);

    for (party, issuer) in [(&says, None), (&says, Some("https://evil.example")), (&party(&double, |_| {}), Some(""))] {
        assert!(matches!(redeem(party, issuer).await, Err(RelyingPartyError::Issuer)), "{issuer:?}");
    }
    assert!(double.asked("/token").is_empty());
    assert!(redeem(&says, Some(ISSUER)).await.is_ok());
}

/// Requirement 85.
#[tokio::test]
async fn line_85_an_id_token_of_another_issuer_client_sign_in_or_time_is_refused() {
    let double = Double::new();
    let party = party(&double, |_| {});
    let mut refused = Vec::new();
    for (claim, value) in [
        ("iss", json!("https://op.example/")),
        ("aud", json!("another")),
        ("aud", json!(["app", "another"])),
        ("azp", json!("another")),
        ("aud", json!(["another"])),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("sub", json!("")),
        ("exp", json!(NOW.epoch_seconds() - 3600)),
        ("token_use", json!("access")),
        ("at_hash", json!("AAAA")),
        ("at_hash", json!(7)),
    ] {
        double.tokens(|claims| claims[claim] = value.clone());
        refused.push(redeem(&party, None).await.unwrap_err());
    }
    assert!(matches!(refused[0], RelyingPartyError::Token(TokenError::Issuer)), "{refused:?}");
    assert!(refused[1..5].iter().all(|error| matches!(error, RelyingPartyError::Token(TokenError::Audience))));
    assert!(refused[5..7].iter().all(|error| matches!(error, RelyingPartyError::Nonce)), "{refused:?}");
    assert!(matches!(refused[7], RelyingPartyError::Token(TokenError::ClaimMissing("sub"))));
    assert!(matches!(refused[8], RelyingPartyError::Token(TokenError::Expired { .. })));
    assert!(matches!(refused[9], RelyingPartyError::Token(TokenError::TokenUse)));
    assert!(refused[10..].iter().all(|error| matches!(error, RelyingPartyError::AccessTokenHash)), "{refused:?}");
    assert!(double.asked("/me").is_empty());
}

#[tokio::test]
async fn line_85_an_id_token_with_the_hash_of_its_access_token_and_several_audiences_with_azp_holds() {
    let double = Double::new();
    let party = party(&double, |_| {});
    let sha512 = &ring::digest::digest(&ring::digest::SHA512, b"upstream").as_ref()[..32].to_vec();
    let at_hash = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, sha512);
    double.tokens(|claims| {
        claims["at_hash"] = json!(at_hash);
        claims["aud"] = json!(["app", "another"]);
        claims["azp"] = json!("app");
        claims["token_use"] = json!("id");
    });

    assert!(redeem(&party, None).await.is_ok());
}

#[tokio::test]
async fn line_85_an_id_token_that_another_key_signed_is_refused() {
    let double = Double::new();
    let party = party(&double, |_| {});
    let other = SigningKey::generate(Algorithm::EdDsa).unwrap().with_kid(double.key.kid()).unwrap();
    let claims = json!({"iss": ISSUER, "sub": "ada", "aud": "app", "nonce": "nonce", "exp": NOW.epoch_seconds() + 60});
    double.answer("/token", StatusCode::OK, json!({"id_token": other.sign(&claims).unwrap()}));

    let refused = redeem(&party, None).await.unwrap_err();
    assert!(matches!(refused, RelyingPartyError::Token(TokenError::Signature)), "{refused:?}");
}

/// Requirement 85: the two are of one user.
#[tokio::test]
async fn line_85_userinfo_of_somebody_else_is_refused() {
    let double = Double::new();
    for other in [json!({"sub": "eve"}), json!({"name": "Ada"})] {
        double.answer("/me", StatusCode::OK, other);
        assert!(matches!(redeem(&party(&double, |_| {}), None).await, Err(RelyingPartyError::Subject)));
    }
}

#[tokio::test]
async fn what_a_provider_refuses_is_told_in_its_own_word_and_a_provider_that_is_down_is_told_apart() {
    let double = Double::new();
    let party = party(&double, |_| {});
    let said = |body: Value| match body["error"].as_str() {
        Some(_) => (StatusCode::BAD_REQUEST, body),
        None => (StatusCode::BAD_GATEWAY, body),
    };
    let (status, body) = said(json!({"error": format!("invalid_grant\n{}", "x".repeat(100))}));
    double.answer("/token", status, body);
    let Err(RelyingPartyError::Refused(word)) = redeem(&party, None).await else { panic!("it was refused") };
    assert!(word.starts_with("invalid_grantx") && word.len() == 64, "{word}");
    let (status, body) = said(json!({}));
    double.answer("/token", status, body);
    assert!(matches!(redeem(&party, None).await, Err(RelyingPartyError::Unreachable(_))));
    double.answer("/token", StatusCode::OK, json!({"access_token": "upstream"}));
    assert!(matches!(redeem(&party, None).await, Err(RelyingPartyError::Answer("token answer"))));
}

async fn discovered(change: impl FnOnce(&mut Value)) -> Result<Endpoints, RelyingPartyError> {
    let double = Double::new();
    let mut document = json!({"issuer": ISSUER, "authorization_endpoint": "https://op.example/authorize?tenant=1",
        "token_endpoint": "https://op.example/token", "userinfo_endpoint": "https://op.example/me",
        "jwks_uri": "https://op.example/keys"});
    change(&mut document);
    double.answer("/.well-known/openid-configuration", StatusCode::OK, document);
    Endpoints::discover(&HttpFetch::over(double as Arc<dyn HttpPort>), ISSUER).await
}

/// Requirement 88.
#[tokio::test]
async fn line_88_a_discovery_document_names_its_issuer_and_addresses_of_https() {
    assert_eq!(discovered(|_| {}).await.unwrap(), endpoints());
    let says = discovered(|document| document["authorization_response_iss_parameter_supported"] = json!(true)).await;
    assert!(says.unwrap().answers_say_issuer);
    for (name, value) in [
        ("issuer", json!("https://op.example/")),
        ("issuer", Value::Null),
        ("token_endpoint", json!("http://op.example/token")),
        ("jwks_uri", json!("file:///keys")),
        ("userinfo_endpoint", json!("/me")),
        ("authorization_endpoint", Value::Null),
    ] {
        let refused = discovered(|document| document[name] = value.clone()).await.unwrap_err();
        assert!(matches!(refused, RelyingPartyError::Discovery(said) if said == name), "{refused:?}");
    }
}
