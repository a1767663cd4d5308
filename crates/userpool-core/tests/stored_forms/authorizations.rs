//! Codes, and sign-ins of browsers.

use serde_json::json;
use userpool_core::model::authorization_code::{AuthorizationCode, Granted};
use userpool_core::model::browser_session::BrowserSession;
use userpool_core::model::ceremony::KeptProofs;
use userpool_core::model::pool::InvalidationMark;
use userpool_core::storage::{AuthorizationWrite, UserPoolStorage, Write};

use crate::{AT, pool_id, sub};

fn proofs() -> KeptProofs {
    let factors = json!(["Password", "SoftwareToken"]);
    let kept = json!({"sign_in": "s", "flow": "ManagedLogin", "factors": factors, "target": "Two"});
    serde_json::from_value(kept).unwrap()
}

fn code() -> AuthorizationCode {
    AuthorizationCode {
        pool: pool_id(),
        id: "c0de".to_owned(),
        client: "client1".parse().unwrap(),
        redirect_uri: "https://app.example/cb".to_owned(),
        names_redirect_uri: true,
        challenge: Some("challenge".to_owned()),
        granted: Granted {
            scopes: vec!["openid".to_owned()],
            nonce: Some("n".to_owned()),
            resource: Some("https://api.example".to_owned()),
        },
        sub: sub(),
        epoch: 3,
        mark: InvalidationMark::default(),
        auth_time: AT,
        proofs: proofs(),
        expires_at: AT.plus_seconds(60),
        spent: Some("session".to_owned()),
        kept_until: AT.plus_seconds(86_460),
    }
}

fn browser() -> BrowserSession {
    BrowserSession {
        pool: pool_id(),
        id: "b".to_owned(),
        sub: sub(),
        epoch: 3,
        mark: InvalidationMark::default(),
        auth_time: AT,
        proofs: proofs(),
        expires_at: AT.plus_seconds(60),
    }
}

pub(crate) fn writes() -> Vec<Write> {
    vec![
        AuthorizationWrite::InsertCode { code: code() }.into(),
        AuthorizationWrite::InsertBrowser { session: browser() }.into(),
    ]
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let found = storage.authorizations().code(&pool_id(), "c0de").await.unwrap().unwrap();
    assert_eq!(found.record, code());
    let found = storage.authorizations().browser(&pool_id(), "b").await.unwrap().unwrap();
    assert_eq!(found.record, browser());
}
