//! The rules of a document store.

use document_store::error::{StorageError, StorageErrorKind};
use document_store::{Change, Document, DocumentStore, Key};
use futures::future::join_all;

fn key(name: &str) -> Key {
    Key::new(&["pool", name])
}

fn insert(name: &str, body: &str) -> (Key, Change) {
    (key(name), Change::Insert(body.as_bytes().to_vec()))
}

async fn body(store: &impl DocumentStore, name: &str) -> Option<(u64, String)> {
    let found = store.get(&key(name)).await.unwrap();
    found.map(|document| (document.version, String::from_utf8(document.body).unwrap()))
}

fn refusal(outcome: Result<(), StorageError>) -> (StorageErrorKind, Option<usize>) {
    let error = outcome.unwrap_err();
    (error.kind(), error.write())
}

/// What was written is found, with its version, and nothing else is.
pub async fn a_document_is_found_as_it_was_written(store: &impl DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((1, "one".to_owned())));
    store.commit(vec![(key("a"), Change::Replace(1, b"two".to_vec()))]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((2, "two".to_owned())));
    store.commit(vec![(key("a"), Change::Put(b"three".to_vec()))]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((3, "three".to_owned())));
    assert_eq!(body(store, "b").await, None);
}

/// `AlreadyExists`, with the place of the write.
pub async fn an_insert_over_something_is_refused_and_named(store: &impl DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    let outcome = store.commit(vec![insert("b", "x"), insert("a", "two")]).await;
    assert_eq!(refusal(outcome), (StorageErrorKind::AlreadyExists, Some(1)));
}

/// `Conflict` for any other version, and for nothing there.
pub async fn a_replacement_or_removal_needs_the_stored_version(store: &impl DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    for change in
        [Change::Replace(2, b"x".to_vec()), Change::Replace(0, b"x".to_vec()), Change::Remove(2), Change::Expect(2)]
    {
        let outcome = store.commit(vec![(key("a"), change)]).await;
        assert_eq!(refusal(outcome), (StorageErrorKind::Conflict, Some(0)));
    }
    let outcome = store.commit(vec![(key("gone"), Change::Replace(1, b"x".to_vec()))]).await;
    assert_eq!(refusal(outcome), (StorageErrorKind::Conflict, Some(0)));
    store.commit(vec![(key("a"), Change::Remove(1)), (key("gone"), Change::Clear)]).await.unwrap();
    assert_eq!(body(store, "a").await, None);
}

/// Whichever of its writes is refused.
pub async fn a_refused_batch_writes_nothing(store: &impl DocumentStore) {
    store.commit(vec![insert("taken", "one")]).await.unwrap();
    let batch = vec![insert("a", "x"), (key("taken"), Change::Put(b"x".to_vec())), (key("none"), Change::Expect(1))];
    let outcome = store.commit(batch).await;
    assert_eq!(refusal(outcome), (StorageErrorKind::Conflict, Some(2)));
    assert_eq!(body(store, "a").await, None);
    assert_eq!(body(store, "taken").await, Some((1, "one".to_owned())));
}

/// All keys of the prefix, none beside it, in byte order; a page begins behind the last key of the one before.
pub async fn a_scan_gives_its_prefix_in_order_in_pages(store: &impl DocumentStore) {
    for name in ["b", "a", "c", "ab", "\u{10ffff}", "B"] {
        store.commit(vec![insert(name, name)]).await.unwrap();
    }
    store.commit(vec![(Key::new(&["pool2", "a"]), Change::Insert(Vec::new()))]).await.unwrap();
    let names = |found: Vec<Document>| found.iter().map(|document| document.key.last_part()).collect::<Vec<_>>();

    let all = store.scan(&Key::new(&["pool"]), None, 100).await.unwrap();
    assert_eq!(names(all), ["B", "a", "ab", "b", "c", "\u{10ffff}"]);
    let starts = store.scan(&Key::prefix(&["pool"], "a"), None, 100).await.unwrap();
    assert_eq!(names(starts), ["a", "ab"]);
    let first = store.scan(&Key::new(&["pool"]), None, 2).await.unwrap();
    let last = first.last().map(|document| document.key.clone());
    assert_eq!(names(first), ["B", "a"]);
    let next = store.scan(&Key::new(&["pool"]), last.as_ref(), 2).await.unwrap();
    assert_eq!(names(next), ["ab", "b"]);
}

/// Every byte counts, and 4 MiB are no matter.
pub async fn keys_and_bodies_may_be_hostile_or_large(store: &impl DocumentStore) {
    let hostile =
        ["", "\0", "\u{1}", "'; DROP TABLE document; --", "%_*?", "\u{202e}abc", "ß", "SS", "İ", "a\u{301}", "á"];
    for (at, name) in hostile.iter().enumerate() {
        store.commit(vec![insert(name, &at.to_string())]).await.unwrap();
    }
    for (at, name) in hostile.iter().enumerate() {
        assert_eq!(body(store, name).await, Some((1, at.to_string())), "{name:?}");
    }
    let large: Vec<u8> = (0..4 * 1024 * 1024_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    store.commit(vec![(key("large"), Change::Insert(large.clone()))]).await.unwrap();
    assert!(store.get(&key("large")).await.unwrap().unwrap().body == large);
}

/// 32 at once, one key: one `Ok`, 31 `AlreadyExists`.
pub async fn of_many_that_insert_one_wins(store: &impl DocumentStore) {
    for round in 0..20 {
        let name = format!("race-{round}");
        let racers = join_all((0..32).map(|at| store.commit(vec![insert(&name, &format!("{at}"))]))).await;
        assert_eq!(racers.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    }
}

/// 32 at once remove the same version: one `Ok`, 31 `Conflict`.
pub async fn of_many_that_spend_one_wins(store: &impl DocumentStore) {
    for round in 0..20 {
        let name = format!("coin-{round}");
        store.commit(vec![insert(&name, "x")]).await.unwrap();
        let racers = join_all((0..32).map(|_| store.commit(vec![(key(&name), Change::Remove(1))]))).await;
        assert_eq!(racers.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    }
}

/// Reading page by page while others write loses nothing that stood there all the time, and gives nothing twice.
pub async fn pages_stay_whole_under_writes(store: &impl DocumentStore) {
    for at in 0..50 {
        store.commit(vec![insert(&format!("old-{at:03}"), "x")]).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<Key> = None;
    for round in 0.. {
        store.commit(vec![insert(&format!("new-{round:03}"), "x")]).await.unwrap();
        let page = store.scan(&Key::new(&["pool"]), after.as_ref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.into_iter().map(|document| document.key.last_part()));
    }
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(once, seen);
    assert_eq!(seen.iter().filter(|name| name.starts_with("old-")).count(), 50);
}

/// Nothing is found after [`DocumentStore::clear`], and writing goes on.
pub async fn clearing_leaves_nothing(store: &impl DocumentStore) {
    store.commit(vec![insert("a", "x")]).await.unwrap();
    store.clear().await.unwrap();
    assert!(store.scan(&Key::new(&[]), None, 10).await.unwrap().is_empty());
    store.commit(vec![insert("a", "x")]).await.unwrap();
}
