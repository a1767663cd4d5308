//! What is told: errors, the names of actions, and nothing of what is secret.

use credential_vending::ports::Action;
use credential_vending::{CredentialError, Error, Invalid};
use document_store::{StorageError, StorageErrorKind};
use iam_policy::{Policy, PolicyKind};

use crate::world::{request, verifier, world};

fn malformed(text: &str) -> Error {
    Policy::parse("policy", PolicyKind::Identity, text).unwrap_err().into()
}

#[test]
fn errors_are_equal_if_a_caller_would_act_alike_on_both() {
    let storage = |kind| StorageError::of_kind(kind);
    let (no_json, no_statement) = ("{", r#"{"Version":"2012-10-17"}"#);

    assert_eq!(malformed(no_json), malformed(no_json));
    assert_ne!(malformed(no_json), malformed(no_statement));
    assert_eq!(Error::Storage(StorageError::unavailable("a")), Error::Storage(StorageError::unavailable("b")));
    assert_ne!(Error::Storage(StorageError::unavailable("a")), Error::Storage(StorageError::corrupt("a")));
    assert_eq!(Error::AccessDenied, Error::AccessDenied);
    assert_ne!(Error::AccessDenied, Error::DurationTooLong);
    assert_ne!(Error::InvalidInput(Invalid::Name), Error::InvalidInput(Invalid::Duration));

    let credential = |kind| CredentialError::Storage(storage(kind));
    assert_eq!(credential(StorageErrorKind::Corrupt), credential(StorageErrorKind::Corrupt));
    assert_ne!(credential(StorageErrorKind::Corrupt), credential(StorageErrorKind::Conflict));
    assert_ne!(CredentialError::TooLarge { percent: 101 }, CredentialError::TooLarge { percent: 102 });
    assert_eq!(CredentialError::Expired, CredentialError::Expired);
    assert_ne!(CredentialError::Expired, CredentialError::Revoked);
}

#[test]
fn a_write_that_another_has_overtaken_is_told_apart_from_a_storage_that_failed() {
    assert_eq!(Error::from(StorageError::of_kind(StorageErrorKind::Conflict)), Error::Concurrent);
    assert!(matches!(Error::from(StorageError::unavailable("down")), Error::Storage(_)));
}

#[test]
fn actions_have_names_of_their_own_in_logs() {
    let names = [
        (Action::AssumeRole, "assume-role"),
        (Action::CreateOidcProvider, "create-oidc-provider"),
        (Action::CreateRole, "create-role"),
        (Action::CreateSamlProvider, "create-saml-provider"),
        (Action::DeleteOidcProvider, "delete-oidc-provider"),
        (Action::DeleteRole, "delete-role"),
        (Action::DeleteRolePolicy, "delete-role-policy"),
        (Action::DeleteSamlProvider, "delete-saml-provider"),
        (Action::PutOperatorKey, "put-operator-key"),
        (Action::PutRolePolicy, "put-role-policy"),
        (Action::RemoveOperatorKey, "remove-operator-key"),
        (Action::Revoke, "revoke"),
        (Action::RotateVendingKey, "rotate-vending-key"),
        (Action::SetOperatorPolicy, "set-operator-policy"),
        (Action::UpdateSamlProvider, "update-saml-provider"),
        (Action::UpdateTrust, "update-trust"),
    ];

    for (action, name) in names {
        assert_eq!(action.as_str(), name);
    }
}

#[tokio::test]
async fn what_is_opened_is_the_session_that_was_vended_and_no_other() {
    let world = world().await;
    let assumed = world.vending.assume_role(request()).await.unwrap();
    let verifier = verifier(&world).await;
    verifier.take_list(&world.vending.signed_revocation_list().await.unwrap(), assumed.session.issued_at).unwrap();
    let keys = &assumed.credentials;

    let token = keys.session_token.expose();
    let (opened, _) = verifier.verify(&keys.access_key_id, token, assumed.session.issued_at).unwrap();

    assert_eq!(opened, assumed.session);
    assert_ne!(opened.clone().with_ceiling(Some(Vec::new())), assumed.session);
    assert_ne!(opened.with_session_policies(Some(Vec::new())), assumed.session);
}

#[tokio::test]
async fn keys_and_secrets_are_not_printed() {
    let world = world().await;
    let text = world.vending.vending_key_texts().await.unwrap().remove(0);
    let key = credential_vending::VendingKey::from_text(text.expose()).unwrap();

    assert_eq!(format!("{key:?}"), format!("VendingKey({}, ..)", key.number()));
    let service = format!("{:?}", world.vending);
    assert!(service.starts_with("CredentialVending"), "{service}");
    assert!(!service.contains(text.expose().split('.').nth(1).unwrap()), "{service}");
}
