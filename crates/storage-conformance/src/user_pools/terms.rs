//! Terms of clients.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::terms::{Terms, TermsName};
use userpool_core::storage::TermsWrite;

use super::fixtures::{other_pool, pool_id, terms};
use crate::macros::{commit, walk};
use crate::refused;

async fn of_client(storage: &dyn UserPoolStorage, client: &str, name: TermsName) -> Option<Terms> {
    let found = storage.terms().of_client(&pool_id(), &client.parse().unwrap(), name).await.unwrap();
    found.map(|terms| terms.record)
}

/// A client has one of each name, of its pool alone, whatever their ids.
pub async fn a_client_has_terms_of_a_name_once(storage: &dyn UserPoolStorage) {
    use TermsName::{PrivacyPolicy, TermsOfUse};
    commit!(storage, TermsWrite::Insert { terms: terms(1, "one", TermsOfUse) }).unwrap();
    assert_eq!(refused(commit!(storage, TermsWrite::Insert { terms: terms(2, "one", TermsOfUse) })).0, AlreadyExists);
    commit!(storage, TermsWrite::Insert { terms: terms(2, "one", PrivacyPolicy) }).unwrap();
    commit!(storage, TermsWrite::Insert { terms: terms(3, "two", TermsOfUse) }).unwrap();
    let elsewhere = Terms { pool: other_pool(), ..terms(4, "three", TermsOfUse) };
    commit!(storage, TermsWrite::Insert { terms: elsewhere }).unwrap();
    assert_eq!(of_client(storage, "one", TermsOfUse).await, Some(terms(1, "one", TermsOfUse)));
    assert_eq!(of_client(storage, "one", PrivacyPolicy).await, Some(terms(2, "one", PrivacyPolicy)));
    assert_eq!(of_client(storage, "two", PrivacyPolicy).await, None);
    assert_eq!(of_client(storage, "three", TermsOfUse).await, None);
    let found = walk!(|page| storage.terms().list(&pool_id(), &page));
    assert_eq!(found.len(), 3);
}

/// A change or removal of what has changed since is refused, and what was removed is gone.
pub async fn terms_are_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    use TermsName::{PrivacyPolicy, TermsOfUse};
    commit!(storage, TermsWrite::Insert { terms: terms(1, "one", TermsOfUse) }).unwrap();
    let id = terms(1, "one", TermsOfUse).id;
    let before = storage.terms().get(&pool_id(), &id).await.unwrap().unwrap();
    let update = || TermsWrite::Update { before: before.clone(), after: terms(1, "one", PrivacyPolicy) };
    commit!(storage, update()).unwrap();
    assert_eq!(refused(commit!(storage, update())).0, Conflict);
    assert_eq!(refused(commit!(storage, TermsWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(of_client(storage, "one", TermsOfUse).await, None);
    let now = storage.terms().get(&pool_id(), &id).await.unwrap().unwrap();
    assert_eq!(now.name, PrivacyPolicy);
    commit!(storage, TermsWrite::Delete { before: now }).unwrap();
    assert!(storage.terms().get(&pool_id(), &id).await.unwrap().is_none());
    assert_eq!(of_client(storage, "one", PrivacyPolicy).await, None);
}
