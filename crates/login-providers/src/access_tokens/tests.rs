//! A double plays the providers: nothing here has been shown to Facebook or Amazon themselves.

use std::sync::Mutex;

use http::HeaderMap;
use serde_json::json;

use super::*;
use crate::http::{HttpError, HttpResponse};
use crate::verifiers::TrustedClients;

const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

/// Answers everything alike, and remembers what it was asked.
struct Double {
    status: StatusCode,
    body: Vec<u8>,
    asked: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl HttpPort for Double {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.asked.lock().unwrap().push(request);
        Ok(HttpResponse { status: self.status, headers: HeaderMap::new(), body: self.body.clone() })
    }
}

async fn judged(provider: &str, status: StatusCode, body: &str) -> (Result<Assertion, LoginError>, Vec<HttpRequest>) {
    let double = Arc::new(Double { status, body: body.as_bytes().to_vec(), asked: Mutex::default() });
    let checks = AccessTokenChecks {
        facebook_app_secrets: BTreeMap::from([("app".to_owned(), "secret".into())]),
        ..AccessTokenChecks::default()
    };
    let tokens = AccessTokens::new(Arc::clone(&double) as Arc<dyn HttpPort>, checks);
    let login =
        PresentedLogin { provider, credential: &"to&ken".into(), trusted_clients: TrustedClients::These(&["app"]) };
    let outcome = tokens.verify(login, NOW).await;
    let asked = double.asked.lock().unwrap().clone();
    (outcome, asked)
}

fn facebook() -> Value {
    json!({"data": {"app_id": "app", "user_id": 42, "is_valid": true, "expires_at": NOW.epoch_seconds() + 1}})
}

fn amazon() -> Value {
    json!({"iss": "https://www.amazon.com", "app_id": "app", "aud": "client", "user_id": "amzn1.account.A", "exp": 1})
}

#[tokio::test]
async fn facebook_is_asked_in_the_name_of_the_app() {
    let (outcome, asked) = judged(FACEBOOK, StatusCode::OK, &facebook().to_string()).await;

    let assertion = outcome.unwrap();
    assert_eq!((assertion.subject.as_str(), assertion.authorized_party.as_str()), ("42", "app"));
    assert_eq!((assertion.text("app_id"), assertion.text("id")), (Some("app"), Some("42")));
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].url.as_str(), "https://graph.facebook.com/debug_token?input_token=to%26ken");
    assert_eq!(asked[0].headers["authorization"], "Bearer app|secret");
}

#[tokio::test]
async fn line_90_the_secret_of_an_app_stands_in_no_url_no_printed_request_and_no_error() {
    for (status, body) in [
        (StatusCode::OK, facebook().to_string()),
        (StatusCode::OK, "[]".to_owned()),
        (StatusCode::BAD_REQUEST, String::new()),
        (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    ] {
        let (outcome, asked) = judged(FACEBOOK, status, &body).await;

        for request in asked {
            assert!(!request.url.as_str().contains("secret"), "{}", request.url);
            assert!(!format!("{request:?}").contains("secret"), "{request:?}");
        }
        if let Err(error) = outcome {
            let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            let told: String = causes.map(ToString::to_string).collect();
            assert!(!told.contains("secret") && !told.contains("to&ken") && !told.contains("to%26ken"), "{told}");
        }
    }
}

#[tokio::test]
async fn amazon_is_asked_whose_the_token_is() {
    for (app, client) in [("app", "other"), ("other", "app")] {
        let mut answer = amazon();
        (answer["app_id"], answer["aud"]) = (json!(app), json!(client));

        let (outcome, asked) = judged(AMAZON, StatusCode::OK, &answer.to_string()).await;

        let assertion = outcome.unwrap();
        assert_eq!((assertion.subject.as_str(), assertion.authorized_party.as_str()), ("amzn1.account.A", "app"));
        assert_eq!(asked[0].url.as_str(), "https://api.amazon.com/auth/o2/tokeninfo?access_token=to%26ken");
    }
}

#[tokio::test]
async fn line_86_a_token_that_was_made_for_another_app_is_refused() {
    let mut other = facebook();
    other["data"]["app_id"] = json!("other");
    let (of_facebook, _) = judged(FACEBOOK, StatusCode::OK, &other.to_string()).await;
    let mut other = amazon();
    (other["app_id"], other["aud"]) = (json!("other"), json!("another"));
    let (of_amazon, _) = judged(AMAZON, StatusCode::OK, &other.to_string()).await;

    for refused in [of_facebook, of_amazon] {
        assert!(matches!(refused, Err(LoginError::ClientNotTrusted)), "{refused:?}");
    }
}

#[tokio::test]
async fn tokens_that_their_provider_does_not_vouch_for_are_refused() {
    let bent = |mut answer: Value, pointer: &str, to: Value| {
        *answer.pointer_mut(pointer).unwrap() = to;
        answer.to_string()
    };
    let cases = [
        (FACEBOOK, bent(facebook(), "/data/is_valid", json!(false))),
        (FACEBOOK, bent(facebook(), "/data/is_valid", json!("true"))),
        (FACEBOOK, bent(facebook(), "/data/expires_at", json!(NOW.epoch_seconds()))),
        (FACEBOOK, bent(facebook(), "/data/user_id", json!(null))),
        (FACEBOOK, bent(facebook(), "/data", json!([]))),
        (AMAZON, bent(amazon(), "/exp", json!(0))),
        (AMAZON, bent(amazon(), "/iss", json!("https://www.amazon.com.example"))),
        (AMAZON, bent(amazon(), "/user_id", json!(""))),
    ];
    for (provider, body) in cases {
        let (refused, _) = judged(provider, StatusCode::OK, &body).await;

        assert!(matches!(refused, Err(LoginError::Token(_))), "{body}: {refused:?}");
    }
    let (refused, _) = judged(AMAZON, StatusCode::BAD_REQUEST, r#"{"error":"invalid_token"}"#).await;
    assert!(matches!(refused, Err(LoginError::Token(TokenError::Signature))), "{refused:?}");
}

#[tokio::test]
async fn a_provider_that_fails_is_no_refusal() {
    for (status, body) in
        [(StatusCode::INTERNAL_SERVER_ERROR, "{}"), (StatusCode::OK, "[]"), (StatusCode::OK, "<html>")]
    {
        let (outcome, _) = judged(FACEBOOK, status, body).await;

        assert!(matches!(outcome, Err(LoginError::Unreachable(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn twitter_and_apps_without_a_secret_are_refused_without_asking() {
    let (twitter, asked) = judged("api.twitter.com", StatusCode::OK, "{}").await;
    assert!(matches!(twitter, Err(LoginError::KindNotSupported(ProviderKind::OpaqueToken))), "{twitter:?}");
    assert!(asked.is_empty());

    let double = Double { status: StatusCode::OK, body: Vec::new(), asked: Mutex::default() };
    let tokens = AccessTokens::new(Arc::new(double), AccessTokenChecks::default());
    let login = PresentedLogin {
        provider: FACEBOOK,
        credential: &"token".into(),
        trusted_clients: TrustedClients::These(&["app"]),
    };
    assert!(matches!(tokens.verify(login, NOW).await, Err(LoginError::ClientNotTrusted)));
}

#[test]
fn secrets_of_apps_are_not_printed() {
    let checks = AccessTokenChecks {
        facebook_app_secrets: BTreeMap::from([("app".to_owned(), "secret".into())]),
        ..AccessTokenChecks::default()
    };

    let printed = format!("{checks:?}");
    assert!(printed.contains("app") && !printed.contains("secret"), "{printed}");
}
