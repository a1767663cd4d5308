//! Resource servers.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use userpool_core::UserPoolStorage;
use userpool_core::model::resource_server::{ResourceServer, ResourceServerId};
use userpool_core::storage::ResourceServerWrite;

use super::fixtures::{other_pool, pool_id, read_resource_server, resource_server};
use crate::macros::{commit, walk};
use crate::refused;

/// `AlreadyExists`, and the resource server that is there stays, of its pool alone.
pub async fn a_resource_server_is_added_once(storage: &dyn UserPoolStorage) {
    commit!(storage, ResourceServerWrite::Insert { server: resource_server("orders") }).unwrap();
    let again = ResourceServer { name: "another".to_owned(), ..resource_server("orders") };
    assert_eq!(refused(commit!(storage, ResourceServerWrite::Insert { server: again })).0, AlreadyExists);
    assert_eq!(read_resource_server(storage, "orders").await.unwrap().record, resource_server("orders"));
    assert!(read_resource_server(storage, "Orders").await.is_none(), "case counts");
    let elsewhere = storage.resource_servers().get(&other_pool(), &"orders".parse().unwrap()).await.unwrap();
    assert!(elsewhere.is_none());
}

/// A change or removal of what has changed since is refused, and what was removed is gone.
pub async fn a_resource_server_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, ResourceServerWrite::Insert { server: resource_server("orders") }).unwrap();
    let before = read_resource_server(storage, "orders").await.unwrap();
    let update = |name: &str| {
        let after = ResourceServer { name: name.to_owned(), ..before.record.clone() };
        ResourceServerWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update("one")).unwrap();
    assert_eq!(refused(commit!(storage, update("two"))).0, Conflict);
    assert_eq!(refused(commit!(storage, ResourceServerWrite::Delete { before: before.clone() })).0, Conflict);
    let now = read_resource_server(storage, "orders").await.unwrap();
    assert_eq!(now.name, "one");
    commit!(storage, ResourceServerWrite::Delete { before: now }).unwrap();
    assert!(read_resource_server(storage, "orders").await.is_none());
}

/// By identifier, many at once and in pages; identifiers of 256 characters too.
pub async fn resource_servers_are_found_alone_and_together(storage: &dyn UserPoolStorage) {
    let long = "y".repeat(256);
    for id in ["https://c.example/v1", "a", "B", "a/b", &long] {
        commit!(storage, ResourceServerWrite::Insert { server: resource_server(id) }).unwrap();
    }
    let elsewhere = ResourceServer { pool: other_pool(), ..resource_server("x") };
    commit!(storage, ResourceServerWrite::Insert { server: elsewhere }).unwrap();
    let found = walk!(|page| storage.resource_servers().list(&pool_id(), &page));
    let found: Vec<String> = found.into_iter().map(|server| server.record.id.to_string()).collect();
    assert_eq!(found, ["B", "a", "a/b", "https://c.example/v1", &long]);

    let wanted: Vec<ResourceServerId> = ["a/b", "none", "a", "x"].iter().map(|id| id.parse().unwrap()).collect();
    let wanted: Vec<&ResourceServerId> = wanted.iter().collect();
    let many = storage.resource_servers().get_many(&pool_id(), &wanted).await.unwrap();
    let mut many: Vec<String> = many.into_iter().map(|server| server.record.id.to_string()).collect();
    many.sort();
    assert_eq!(many, ["a", "a/b"]);
    assert!(storage.resource_servers().get_many(&pool_id(), &[]).await.unwrap().is_empty());
}
