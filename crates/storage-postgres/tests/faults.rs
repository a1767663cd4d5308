//! What happens when the database goes away, and comes back.
#![allow(clippy::unwrap_used, reason = "tests")]

use document_store::error::StorageErrorKind;
use document_store::{Change, DocumentStore, Key, Range};
use storage_postgres::{Options, PostgresStore};
use throwaway_postgres::Cluster;

fn insert(name: &str) -> Vec<(Key, Change)> {
    vec![(Key::new(&["test", "pool", name]), Change::Insert(b"x".to_vec()))]
}

#[tokio::test(flavor = "multi_thread")]
async fn line_114_a_lost_connection_is_told_cleanly_and_the_service_is_back_by_itself() {
    let Some(cluster) = Cluster::of_a_test() else { return };
    let store = PostgresStore::open(&cluster.url(), Options { wait_seconds: 2, ..Options::default() }).await.unwrap();
    store.commit(insert("before")).await.unwrap();

    cluster.kill().unwrap();
    let lost = store.commit(insert("lost")).await.unwrap_err();
    assert_eq!(lost.kind(), StorageErrorKind::Unavailable);
    assert_eq!(
        store.get(&Key::new(&["test", "pool", "before"])).await.unwrap_err().kind(),
        StorageErrorKind::Unavailable
    );

    cluster.boot().unwrap();
    store.commit(insert("after")).await.unwrap();
    let names = store.scan(&Range::of(Key::new(&["test", "pool"]), 10)).await.unwrap();
    let names: Vec<String> = names.iter().map(|document| document.key.last_part()).collect();
    assert_eq!(names, ["after", "before"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_and_a_url_that_is_none_are_told_at_once() {
    let options = Options { wait_seconds: 1, ..Options::default() };
    for url in ["postgresql://cenote@127.0.0.1:1/none", "this is no url"] {
        let refused = PostgresStore::open(url, options.clone()).await.unwrap_err();
        assert_eq!(refused.kind(), StorageErrorKind::Unavailable, "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_117_nodes_that_start_together_bring_the_tables_forward_once() {
    for _ in 0..10 {
        let Some(url) = throwaway_postgres::fresh_schema() else { return };
        let start = || {
            let url = url.clone();
            tokio::spawn(async move { PostgresStore::open(&url, Options::default()).await.map(drop) })
        };
        let starts: Vec<_> = (0..8).map(|_| start()).collect();
        for start in starts {
            start.await.unwrap().unwrap();
        }
    }
}
