//! What happens when the database goes away, and comes back.
#![allow(clippy::unwrap_used, reason = "tests")]

use document_store::error::StorageErrorKind;
use document_store::{Change, DocumentStore, Key, Range};
use storage_postgres::{Options, PostgresStore, Unflushed};
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

/// The server writes down how each change was committed, whatever the URL asked for.
#[tokio::test(flavor = "multi_thread")]
async fn line_112_every_commit_waits_for_the_servers_disk_whatever_the_url_says() {
    let Some(cluster) = Cluster::of_a_test() else { return };
    for (at, url) in [cluster.url(), format!("{}?options=-csynchronous_commit%3Doff", cluster.url())].iter().enumerate()
    {
        let store = PostgresStore::open(url, Options::default()).await.unwrap();
        let watch = "CREATE TABLE IF NOT EXISTS committed (how text); \
             CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN INSERT INTO committed VALUES (current_setting(''synchronous_commit'')); RETURN NEW; END'; \
             CREATE OR REPLACE TRIGGER noted AFTER INSERT ON document EXECUTE FUNCTION note()";
        cluster.operate("psql", &["-qc", watch]).unwrap();

        store.commit(insert(&at.to_string())).await.unwrap();

        let all_on = "SELECT 1 / (count(*) FILTER (WHERE how = 'on') / count(*)) FROM committed";
        cluster.operate("psql", &["-v", "ON_ERROR_STOP=1", "-qc", all_on]).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_112_a_server_that_does_not_flush_is_refused_unless_it_is_accepted_by_name() {
    let Some(cluster) = Cluster::of_a_test() else { return };
    PostgresStore::open(&cluster.url(), Options::default()).await.unwrap();
    cluster.operate("psql", &["-qc", "ALTER SYSTEM SET fsync = off"]).unwrap();
    cluster.kill().unwrap();
    cluster.boot().unwrap();

    let refused = PostgresStore::open(&cluster.url(), Options::default()).await.unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::Unavailable);
    assert!(std::error::Error::source(&refused).unwrap().to_string().contains("fsync = off"), "{refused:?}");
    let accepting = Options { unflushed: Unflushed::Accepted, ..Options::default() };
    PostgresStore::open(&cluster.url(), accepting).await.unwrap().commit(insert("a")).await.unwrap();
}
