//! Authorizations: codes, and sign-ins of browsers.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use serde_json::json;
use userpool_core::UserPoolStorage;
use userpool_core::model::authorization_code::{AuthorizationCode, Granted};
use userpool_core::model::browser_session::BrowserSession;
use userpool_core::model::ceremony::KeptProofs;
use userpool_core::model::pool::InvalidationMark;
use userpool_core::storage::AuthorizationWrite;

use super::fixtures::{AT, other_pool, pool_id, subject};
use crate::macros::commit;
use crate::refused;

fn proofs() -> KeptProofs {
    let kept = json!({"sign_in": "s", "flow": "ManagedLogin", "factors": ["Password"], "target": null});
    serde_json::from_value(kept).unwrap()
}

fn code(id: &str) -> AuthorizationCode {
    AuthorizationCode {
        pool: pool_id(),
        id: id.to_owned(),
        client: "client1".parse().unwrap(),
        redirect_uri: "https://app.example/cb".to_owned(),
        names_redirect_uri: true,
        challenge: Some("challenge".to_owned()),
        granted: Granted { scopes: vec!["openid".to_owned()], nonce: Some("n".to_owned()), resource: None },
        sub: subject(1),
        epoch: 3,
        mark: InvalidationMark::default(),
        auth_time: AT,
        proofs: proofs(),
        expires_at: AT.plus_seconds(60),
        spent: None,
        kept_until: AT.plus_seconds(86_460),
    }
}

async fn read(storage: &dyn UserPoolStorage, id: &str) -> Option<Versioned<AuthorizationCode>> {
    storage.authorizations().code(&pool_id(), id).await.unwrap()
}

/// Of two that redeem one code, one wins; it stays with what it was spent for, in its pool alone.
pub async fn an_authorization_code_is_spent_once(storage: &dyn UserPoolStorage) {
    commit!(storage, AuthorizationWrite::InsertCode { code: code("a") }).unwrap();
    assert_eq!(refused(commit!(storage, AuthorizationWrite::InsertCode { code: code("a") })).0, AlreadyExists);
    let before = read(storage, "a").await.unwrap();
    assert_eq!(before.record, code("a"));
    assert!(read(storage, "b").await.is_none());
    assert!(storage.authorizations().code(&other_pool(), "a").await.unwrap().is_none());

    let spend = |session: &str| {
        let after = AuthorizationCode { spent: Some(session.to_owned()), ..before.record.clone() };
        AuthorizationWrite::SpendCode { before: before.clone(), after }
    };
    commit!(storage, spend("one")).unwrap();
    assert_eq!(refused(commit!(storage, spend("two"))).0, Conflict);
    assert_eq!(read(storage, "a").await.unwrap().spent.as_deref(), Some("one"));
}

/// A browser's sign-in is found by its hash, in its pool alone, until it is removed.
pub async fn a_browsers_sign_in_is_found_until_it_ends(storage: &dyn UserPoolStorage) {
    let session = BrowserSession {
        pool: pool_id(),
        id: "b".to_owned(),
        sub: subject(1),
        epoch: 3,
        mark: InvalidationMark::default(),
        auth_time: AT,
        proofs: proofs(),
        expires_at: AT.plus_seconds(60),
    };
    commit!(storage, AuthorizationWrite::InsertBrowser { session: session.clone() }).unwrap();
    let again = AuthorizationWrite::InsertBrowser { session: session.clone() };
    assert_eq!(refused(commit!(storage, again)).0, AlreadyExists);
    let before = storage.authorizations().browser(&pool_id(), "b").await.unwrap().unwrap();
    assert_eq!(before.record, session);
    assert!(storage.authorizations().browser(&other_pool(), "b").await.unwrap().is_none());

    commit!(storage, AuthorizationWrite::DeleteBrowser { before: before.clone() }).unwrap();
    assert!(storage.authorizations().browser(&pool_id(), "b").await.unwrap().is_none());
    assert_eq!(refused(commit!(storage, AuthorizationWrite::DeleteBrowser { before })).0, Conflict);
}
