//! Domains.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::domain::PoolDomain;
use userpool_core::model::ids::UserPoolId;
use userpool_core::storage::{DomainWrite, PoolWrite};

use super::fixtures::{AT, other_pool, pool, pool_id};
use crate::macros::commit;
use crate::refused;

fn domain(name: &str, pool: UserPoolId) -> PoolDomain {
    let name = name.parse().unwrap();
    PoolDomain { pool, name, own: None, managed_login_version: 1, created_at: AT, modified_at: AT }
}

async fn both_pools(storage: &dyn UserPoolStorage) {
    for id in [pool_id(), other_pool()] {
        commit!(storage, PoolWrite::Insert { pool: pool(id.as_str()) }).unwrap();
    }
}

async fn leads_to(storage: &dyn UserPoolStorage, name: &str) -> Option<(PoolDomain, UserPoolId)> {
    let found = storage.domains().with_pool(&name.parse().unwrap()).await.unwrap();
    found.map(|(domain, pool)| (domain.record, pool.record.id))
}

/// A domain leads to its pool; it is taken once in all pools, and free again when it has gone.
pub async fn a_domain_leads_to_its_pool(storage: &dyn UserPoolStorage) {
    both_pools(storage).await;
    assert_eq!(leads_to(storage, "people").await, None);
    commit!(storage, DomainWrite::Insert { domain: domain("people", pool_id()) }).unwrap();
    assert_eq!(leads_to(storage, "people").await, Some((domain("people", pool_id()), pool_id())));
    for again in [pool_id(), other_pool()] {
        assert_eq!(refused(commit!(storage, DomainWrite::Insert { domain: domain("people", again) })).0, AlreadyExists);
    }
    assert_eq!(leads_to(storage, "people").await, Some((domain("people", pool_id()), pool_id())));

    let (before, _) = storage.domains().with_pool(&"people".parse().unwrap()).await.unwrap().unwrap();
    commit!(storage, DomainWrite::Delete { before }).unwrap();
    assert_eq!(leads_to(storage, "people").await, None);
    commit!(storage, DomainWrite::Insert { domain: domain("people", other_pool()) }).unwrap();
    assert_eq!(leads_to(storage, "people").await, Some((domain("people", other_pool()), other_pool())));
}

/// A change or removal of what has changed since is refused; a pool's domains are its own, by name.
pub async fn a_domain_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    both_pools(storage).await;
    for (name, pool) in [("people", pool_id()), ("login.example.com", pool_id()), ("others", other_pool())] {
        commit!(storage, DomainWrite::Insert { domain: domain(name, pool) }).unwrap();
    }
    let of_pool = storage.domains().of_pool(&pool_id()).await.unwrap();
    let names: Vec<String> = of_pool.iter().map(|domain| domain.name.to_string()).collect();
    assert_eq!(names, ["login.example.com", "people"]);

    let before = of_pool[1].clone();
    let update = |managed_login_version| {
        let after = PoolDomain { managed_login_version, ..before.record.clone() };
        DomainWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update(2)).unwrap();
    assert_eq!(refused(commit!(storage, update(1))).0, Conflict);
    assert_eq!(refused(commit!(storage, DomainWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(leads_to(storage, "people").await.unwrap().0.managed_login_version, 2);
}
