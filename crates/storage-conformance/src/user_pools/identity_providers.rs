//! Outside providers.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::identity_provider::{IdentityProvider, ProviderName};
use userpool_core::storage::IdentityProviderWrite;

use super::fixtures::{identity_provider, other_pool, pool_id, read_identity_provider};
use crate::macros::{commit, walk};
use crate::refused;

fn insert(name: &str, identifiers: &[&str]) -> IdentityProviderWrite {
    IdentityProviderWrite::Insert { provider: identity_provider(name, identifiers) }
}

async fn identified(storage: &dyn UserPoolStorage, identifier: &str) -> Option<String> {
    let found = storage.identity_providers().identified(&pool_id(), &identifier.parse().unwrap()).await.unwrap();
    found.map(|provider| provider.name.to_string())
}

/// `AlreadyExists`, and the provider that is there stays, of its pool alone.
pub async fn an_identity_provider_is_added_once(storage: &dyn UserPoolStorage) {
    commit!(storage, insert("Corporate", &["one"])).unwrap();
    assert_eq!(refused(commit!(storage, insert("Corporate", &[]))).0, AlreadyExists);
    let found = read_identity_provider(storage, "Corporate").await.unwrap().record;
    assert_eq!(found, identity_provider("Corporate", &["one"]));
    assert!(read_identity_provider(storage, "corporate").await.is_none(), "case counts");
    let elsewhere = storage.identity_providers().get(&other_pool(), &"Corporate".parse().unwrap()).await.unwrap();
    assert!(elsewhere.is_none());
}

/// A change or removal of what has changed since is refused, and what was removed is gone.
pub async fn an_identity_provider_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, insert("Corporate", &[])).unwrap();
    let before = read_identity_provider(storage, "Corporate").await.unwrap();
    let update = |identifiers: &[&str]| {
        let after = identity_provider("Corporate", identifiers);
        IdentityProviderWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update(&["one"])).unwrap();
    assert_eq!(refused(commit!(storage, update(&["two"]))).0, Conflict);
    assert_eq!(refused(commit!(storage, IdentityProviderWrite::Delete { before: before.clone() })).0, Conflict);
    let now = read_identity_provider(storage, "Corporate").await.unwrap();
    assert_eq!(now.identifiers.len(), 1);
    commit!(storage, IdentityProviderWrite::Delete { before: now }).unwrap();
    assert!(read_identity_provider(storage, "Corporate").await.is_none());
    assert_eq!(identified(storage, "one").await, None);
}

/// An identifier leads to one provider of its pool, in whatever case, and is free again when that lets it go.
pub async fn an_identifier_leads_to_one_identity_provider(storage: &dyn UserPoolStorage) {
    commit!(storage, insert("One", &["Example.com", "acme"])).unwrap();
    for identifier in ["example.com", "EXAMPLE.com", "acme"] {
        assert_eq!(identified(storage, identifier).await.as_deref(), Some("One"), "{identifier}");
    }
    assert_eq!(identified(storage, "example").await, None);
    assert_eq!(refused(commit!(storage, insert("Two", &["EXAMPLE.COM"]))).0, AlreadyExists);
    let elsewhere = IdentityProvider { pool: other_pool(), ..identity_provider("Two", &["acme"]) };
    commit!(storage, IdentityProviderWrite::Insert { provider: elsewhere }).unwrap();
    let before = read_identity_provider(storage, "One").await.unwrap();
    commit!(storage, IdentityProviderWrite::Update { before, after: identity_provider("One", &["acme"]) }).unwrap();
    commit!(storage, insert("Two", &["example.com"])).unwrap();
    assert_eq!(identified(storage, "example.com").await.as_deref(), Some("Two"));
}

/// By name, many at once and in pages.
pub async fn identity_providers_are_found_alone_and_together(storage: &dyn UserPoolStorage) {
    let long = "y".repeat(32);
    for name in ["Google", "a/b", "B", "ä", &long] {
        commit!(storage, insert(name, &[])).unwrap();
    }
    let elsewhere = IdentityProvider { pool: other_pool(), ..identity_provider("x", &[]) };
    commit!(storage, IdentityProviderWrite::Insert { provider: elsewhere }).unwrap();
    let found = walk!(|page| storage.identity_providers().list(&pool_id(), &page));
    let found: Vec<String> = found.into_iter().map(|provider| provider.record.name.to_string()).collect();
    assert_eq!(found, ["B", "Google", "a/b", &long, "ä"]);

    let wanted: Vec<ProviderName> = ["a/b", "none", "Google", "x"].iter().map(|name| name.parse().unwrap()).collect();
    let wanted: Vec<&ProviderName> = wanted.iter().collect();
    let many = storage.identity_providers().get_many(&pool_id(), &wanted).await.unwrap();
    let mut many: Vec<String> = many.into_iter().map(|provider| provider.record.name.to_string()).collect();
    many.sort();
    assert_eq!(many, ["Google", "a/b"]);
    assert!(storage.identity_providers().get_many(&pool_id(), &[]).await.unwrap().is_empty());
}
