//! The rules of an identity pool storage.

use std::collections::BTreeSet;

use document_store::error::StorageErrorKind;
use futures::future::join_all;
use identity_federation::model::identity::{Identity, Login};
use identity_federation::model::ids::IdentityPoolId;
use identity_federation::{FederationStorage, Write};
use identity_kernel::time::Timestamp;

const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

fn pool() -> IdentityPoolId {
    "us-east-1:00000000-0000-4000-8000-0000000000ff".parse().unwrap()
}

fn login(subject: &str) -> Login {
    Login { provider: "idp.example/pool".to_owned(), subject: subject.to_owned() }
}

fn identity(number: u32, subjects: &[&str]) -> Identity {
    Identity {
        id: format!("us-east-1:00000000-0000-4000-8000-{number:012x}").parse().unwrap(),
        pool: pool(),
        logins: subjects.iter().map(|subject| login(subject)).collect(),
        created_at: AT,
        modified_at: AT,
    }
}

/// Of 16 that insert an identity for one login, one wins, and the login leads there.
pub async fn a_login_leads_to_one_identity(storage: &impl FederationStorage) {
    let inserts = (1..=16).map(|number| storage.commit(vec![Write::InsertIdentity(identity(number, &["ada"]))]));
    let outcomes = join_all(inserts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(storage.identity_of(&pool(), &login("ada")).await.unwrap().is_some());
    let refused = outcomes.into_iter().find_map(Result::err).unwrap();
    assert_eq!(refused.kind(), StorageErrorKind::AlreadyExists);
}

/// Another identity may take it.
pub async fn an_unlinked_login_is_free_again(storage: &impl FederationStorage) {
    storage.commit(vec![Write::InsertIdentity(identity(1, &["ada"]))]).await.unwrap();
    let before = storage.identity_of(&pool(), &login("ada")).await.unwrap().unwrap();
    let after = Identity { logins: BTreeSet::new(), ..before.record.clone() };
    storage.commit(vec![Write::UpdateIdentity(before, after)]).await.unwrap();
    assert!(storage.identity_of(&pool(), &login("ada")).await.unwrap().is_none());
    storage.commit(vec![Write::InsertIdentity(identity(2, &["ada"]))]).await.unwrap();
}

/// The record, the listing and the logins are gone.
pub async fn a_deleted_identity_frees_its_logins(storage: &impl FederationStorage) {
    storage.commit(vec![Write::InsertIdentity(identity(1, &["ada", "bob"]))]).await.unwrap();
    let before = storage.identity_of(&pool(), &login("bob")).await.unwrap().unwrap();
    storage.commit(vec![Write::DeleteIdentity(before)]).await.unwrap();
    assert!(storage.identity_of(&pool(), &login("ada")).await.unwrap().is_none());
    let page = document_store::page::PageRequest { limit: 10, after: None };
    assert!(storage.identities(&pool(), &page).await.unwrap().items.is_empty());
}
