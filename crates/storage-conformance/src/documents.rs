//! The rules of a document store.

use document_store::error::StorageErrorKind;
use document_store::{Change, Document, DocumentStore, Key, Range, remove_everything};
use futures::future::join_all;

use crate::{one_won, refused};

fn key(name: &str) -> Key {
    Key::new(&["test", "pool", name])
}

fn insert(name: &str, body: &str) -> (Key, Change) {
    (key(name), Change::Insert(body.as_bytes().to_vec()))
}

async fn body(store: &dyn DocumentStore, name: &str) -> Option<(u64, String)> {
    let found = store.get(&key(name)).await.unwrap();
    found.map(|document| (document.version, String::from_utf8(document.body).unwrap()))
}

fn under(parts: &[&str], limit: usize) -> Range {
    Range::of(Key::new(parts), limit)
}

fn names(found: Vec<Document>) -> Vec<String> {
    found.into_iter().map(|document| document.key.last_part()).collect()
}

/// What was written is found, with its version, and nothing else is.
pub async fn a_document_is_found_as_it_was_written(store: &dyn DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((1, "one".to_owned())));
    store.commit(vec![(key("a"), Change::Replace(1, b"two".to_vec()))]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((2, "two".to_owned())));
    store.commit(vec![(key("a"), Change::Put(b"three".to_vec()))]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((3, "three".to_owned())));
    assert_eq!(body(store, "b").await, None);
}

/// `AlreadyExists`, with the place of the write.
pub async fn an_insert_over_something_is_refused_and_named(store: &dyn DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    let outcome = store.commit(vec![insert("b", "x"), insert("a", "two")]).await;
    assert_eq!(refused(outcome), (StorageErrorKind::AlreadyExists, Some(1)));
}

/// `Conflict` for any other version, and for nothing there.
pub async fn a_replacement_or_removal_needs_the_stored_version(store: &dyn DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    for change in
        [Change::Replace(2, b"x".to_vec()), Change::Replace(0, b"x".to_vec()), Change::Remove(2), Change::Expect(2)]
    {
        let outcome = store.commit(vec![(key("a"), change)]).await;
        assert_eq!(refused(outcome), (StorageErrorKind::Conflict, Some(0)));
    }
    let outcome = store.commit(vec![(key("gone"), Change::Replace(1, b"x".to_vec()))]).await;
    assert_eq!(refused(outcome), (StorageErrorKind::Conflict, Some(0)));
    store.commit(vec![(key("a"), Change::Remove(1)), (key("gone"), Change::Clear)]).await.unwrap();
    assert_eq!(body(store, "a").await, None);
}

/// Whichever of its writes is refused.
pub async fn a_refused_batch_writes_nothing(store: &dyn DocumentStore) {
    store.commit(vec![insert("taken", "one")]).await.unwrap();
    let batch = vec![insert("a", "x"), (key("taken"), Change::Put(b"x".to_vec())), (key("none"), Change::Expect(1))];
    let outcome = store.commit(batch).await;
    assert_eq!(refused(outcome), (StorageErrorKind::Conflict, Some(2)));
    assert_eq!(body(store, "a").await, None);
    assert_eq!(body(store, "taken").await, Some((1, "one".to_owned())));
}

/// All keys of the prefix, none beside it, in byte order; a page begins behind the last key of the one before.
pub async fn a_scan_gives_its_prefix_in_order_in_pages(store: &dyn DocumentStore) {
    for name in ["b", "a", "c", "ab", "\u{10ffff}", "B"] {
        store.commit(vec![insert(name, name)]).await.unwrap();
    }
    store.commit(vec![(Key::new(&["test", "pool2", "a"]), Change::Insert(Vec::new()))]).await.unwrap();

    let all = store.scan(&under(&["test", "pool"], 100)).await.unwrap();
    assert_eq!(names(all), ["B", "a", "ab", "b", "c", "\u{10ffff}"]);
    let starts = store.scan(&Range::of(Key::prefix(&["test", "pool"], "a"), 100)).await.unwrap();
    assert_eq!(names(starts), ["a", "ab"]);
    let first = store.scan(&under(&["test", "pool"], 2)).await.unwrap();
    let last = first.last().map(|document| document.key.clone());
    assert_eq!(names(first), ["B", "a"]);
    let next = store.scan(&under(&["test", "pool"], 2).after(last)).await.unwrap();
    assert_eq!(names(next), ["ab", "b"]);
    assert!(store.scan(&under(&["test", "pool"], 0)).await.unwrap().is_empty());
}

/// The same keys from the other end, and the next page lies below the last key of the one before.
pub async fn a_scan_goes_backward_too(store: &dyn DocumentStore) {
    for name in ["b", "a", "c", "ab", "\u{10ffff}", "B"] {
        store.commit(vec![insert(name, name)]).await.unwrap();
    }
    for beside in ["pool2", "poo", "pool\u{1}"] {
        store.commit(vec![(Key::new(&["test", beside, "a"]), Change::Insert(Vec::new()))]).await.unwrap();
    }

    let all = store.scan(&under(&["test", "pool"], 100).backward()).await.unwrap();
    assert_eq!(names(all), ["\u{10ffff}", "c", "b", "ab", "a", "B"]);
    let first = store.scan(&under(&["test", "pool"], 2).backward()).await.unwrap();
    let last = first.last().map(|document| document.key.clone());
    assert_eq!(names(first), ["\u{10ffff}", "c"]);
    let next = store.scan(&under(&["test", "pool"], 2).backward().after(last)).await.unwrap();
    assert_eq!(names(next), ["b", "ab"]);
}

/// A key that nobody has, one in front of the prefix, one behind it.
pub async fn a_scan_may_begin_anywhere(store: &dyn DocumentStore) {
    for name in ["a", "c"] {
        store.commit(vec![insert(name, name)]).await.unwrap();
    }
    let (before, between, behind) = (Key::new(&["test", "a"]), key("b"), Key::new(&["test", "z"]));
    for (after, forward, backward) in
        [(before, vec!["a", "c"], vec![]), (between, vec!["c"], vec!["a"]), (behind, vec![], vec!["c", "a"])]
    {
        let range = under(&["test", "pool"], 10).after(Some(after));
        assert_eq!(names(store.scan(&range).await.unwrap()), forward);
        assert_eq!(names(store.scan(&range.backward()).await.unwrap()), backward);
    }
}

/// In the order they were asked for, `None` for what is not there, the same twice if it is asked for twice.
pub async fn many_are_read_in_the_order_asked(store: &dyn DocumentStore) {
    assert!(store.get_many(&[]).await.unwrap().is_empty());
    for name in ["a", "b", "c"] {
        store.commit(vec![insert(name, name)]).await.unwrap();
    }
    store.commit(vec![(key("b"), Change::Replace(1, b"new".to_vec()))]).await.unwrap();

    let found = store.get_many(&["c", "none", "b", "c"].map(key)).await.unwrap();

    let shown = found.into_iter().map(|found| found.map(|document| (document.key, document.version, document.body)));
    let at = |name: &str, version, body: &str| Some((key(name), version, body.as_bytes().to_vec()));
    assert_eq!(shown.collect::<Vec<_>>(), [at("c", 1, "c"), None, at("b", 2, "new"), at("c", 1, "c")]);
}

/// A thousand keys are one call, and a thousand documents one scan.
pub async fn many_may_be_a_thousand(store: &dyn DocumentStore) {
    let keys: Vec<Key> = (0..1000).map(|number| key(&format!("{number:04}"))).collect();
    let inserts = keys.iter().step_by(2).map(|key| (key.clone(), Change::Insert(b"x".to_vec())));
    store.commit(inserts.collect()).await.unwrap();

    let found = store.get_many(&keys).await.unwrap();

    assert_eq!(found.len(), 1000);
    assert!(found.iter().enumerate().all(|(at, found)| found.is_some() == (at % 2 == 0)));
    let rest = keys.iter().skip(1).step_by(2).map(|key| (key.clone(), Change::Insert(b"x".to_vec())));
    store.commit(rest.collect()).await.unwrap();
    let scanned = store.scan(&under(&["test", "pool"], 1000)).await.unwrap();
    assert!(scanned.iter().map(|document| &document.key).eq(&keys), "{} of 1000 were scanned", scanned.len());
}

/// Two documents that are always written together are never read apart.
pub async fn what_one_call_reads_is_of_one_moment(store: &dyn DocumentStore) {
    let pair = || [key("left"), key("right")];
    let write = async {
        for number in 0..200 {
            let body = format!("{number}").into_bytes();
            store.commit(pair().map(|key| (key, Change::Put(body.clone()))).to_vec()).await.unwrap();
        }
    };
    let read = async {
        for _ in 0..200 {
            let many = store.get_many(&pair()).await.unwrap().into_iter().flatten();
            let bodies: Vec<Vec<u8>> = many.map(|document| document.body).collect();
            assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
            let scanned = store.scan(&under(&["test", "pool"], 10)).await.unwrap();
            assert!(scanned.windows(2).all(|pair| pair[0].body == pair[1].body), "{scanned:?}");
        }
    };
    futures::future::join(write, read).await;
}

/// Of the greatest length, and told apart by the last byte.
pub async fn the_longest_keys_are_taken_and_longer_ones_refused(store: &dyn DocumentStore) {
    let of_length = |length, last| {
        let mut bytes = Key::new(&["test", "pool", "long"]).as_bytes().to_vec();
        bytes.resize(length, 0xe6);
        bytes[length - 1] = last;
        Key::from_bytes(bytes)
    };
    let (one, two) = (of_length(Key::MOST_BYTES, 1), of_length(Key::MOST_BYTES, 2));
    store.commit(vec![(one.clone(), Change::Insert(b"one".to_vec()))]).await.unwrap();
    store.commit(vec![(two.clone(), Change::Insert(b"two".to_vec()))]).await.unwrap();
    let found = store.get_many(&[one, two]).await.unwrap();
    let bodies: Vec<&[u8]> = found.iter().flatten().map(|document| document.body.as_slice()).collect();
    assert_eq!(bodies, [b"one", b"two"]);

    let longer = of_length(Key::MOST_BYTES + 1, 1);
    let outcome = store.commit(vec![insert("a", "x"), (longer, Change::Put(Vec::new()))]).await;
    assert_eq!(refused(outcome), (StorageErrorKind::TooLarge, Some(1)));
    assert_eq!(body(store, "a").await, None);
}

/// Nothing of it is written.
pub async fn a_batch_with_a_key_twice_is_refused(store: &dyn DocumentStore) {
    let outcome = store.commit(vec![insert("a", "x"), insert("b", "x"), (key("a"), Change::Clear)]).await;
    assert_eq!(refused(outcome).0, StorageErrorKind::Unavailable);
    assert_eq!((body(store, "a").await, body(store, "b").await), (None, None));
}

/// Nothing of it is written.
pub async fn a_batch_of_two_tenants_is_refused(store: &dyn DocumentStore) {
    let tenant = |owner: &str| (Key::new(&["pool", owner, "x"]), Change::Put(Vec::new()));
    store.commit(vec![tenant("one"), (Key::new(&["pool", "one", "y"]), Change::Put(Vec::new()))]).await.unwrap();
    let outcome = store.commit(vec![tenant("two"), tenant("three")]).await;
    assert_eq!(refused(outcome).0, StorageErrorKind::Unavailable);
    assert!(store.scan(&under(&["pool", "two"], 1)).await.unwrap().is_empty());
}

/// A decision that leans on a document it does not change is refused when that document has changed.
pub async fn an_expectation_guards_what_it_does_not_change(store: &dyn DocumentStore) {
    store.commit(vec![insert("group", "x")]).await.unwrap();
    let join = |name: &str| vec![insert(name, "x"), (key("group"), Change::Expect(1))];
    store.commit(join("first")).await.unwrap();
    assert_eq!(body(store, "group").await, Some((1, "x".to_owned())));
    store.commit(vec![(key("group"), Change::Remove(1))]).await.unwrap();
    assert_eq!(refused(store.commit(join("second")).await), (StorageErrorKind::Conflict, Some(1)));
    assert_eq!(body(store, "second").await, None);
}

/// Version 1, whatever it was before.
pub async fn what_was_removed_begins_anew(store: &dyn DocumentStore) {
    store.commit(vec![insert("a", "one")]).await.unwrap();
    store.commit(vec![(key("a"), Change::Put(b"two".to_vec()))]).await.unwrap();
    store.commit(vec![(key("a"), Change::Clear)]).await.unwrap();
    assert_eq!(body(store, "a").await, None);
    store.commit(vec![insert("a", "three")]).await.unwrap();
    assert_eq!(body(store, "a").await, Some((1, "three".to_owned())));
}

/// Every change of a batch is there afterwards.
pub async fn a_batch_is_written_as_a_whole(store: &dyn DocumentStore) {
    for name in ["replaced", "removed", "cleared", "put"] {
        store.commit(vec![insert(name, "old")]).await.unwrap();
    }
    let new = || b"new".to_vec();
    let batch = vec![
        (key("inserted"), Change::Insert(new())),
        (key("replaced"), Change::Replace(1, new())),
        (key("removed"), Change::Remove(1)),
        (key("cleared"), Change::Clear),
        (key("put"), Change::Put(new())),
        (key("put first"), Change::Put(new())),
    ];
    store.commit(batch).await.unwrap();
    let left = store.scan(&under(&["test", "pool"], 100)).await.unwrap();
    assert!(left.iter().all(|document| document.body == b"new"));
    assert_eq!(names(left), ["inserted", "put", "put first", "replaced"]);
}

/// Every byte counts, and 4 MiB are no matter.
pub async fn keys_and_bodies_may_be_hostile_or_large(store: &dyn DocumentStore) {
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
pub async fn of_many_that_insert_one_wins(store: &dyn DocumentStore) {
    for round in 0..20 {
        let name = format!("race-{round}");
        let racers = join_all((0..32).map(|at| store.commit(vec![insert(&name, &format!("{at}"))]))).await;
        one_won(racers, StorageErrorKind::AlreadyExists);
    }
}

/// 32 at once remove the same version: one `Ok`, 31 `Conflict`.
pub async fn of_many_that_spend_one_wins(store: &dyn DocumentStore) {
    for round in 0..20 {
        let name = format!("coin-{round}");
        store.commit(vec![insert(&name, "x")]).await.unwrap();
        let racers = join_all((0..32).map(|_| store.commit(vec![(key(&name), Change::Remove(1))]))).await;
        one_won(racers, StorageErrorKind::Conflict);
    }
}

/// Reading page by page while others write loses nothing that stood there all the time, and gives nothing twice.
pub async fn pages_stay_whole_under_writes(store: &dyn DocumentStore) {
    for at in 0..50 {
        store.commit(vec![insert(&format!("old-{at:03}"), "x")]).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<Key> = None;
    for round in 0.. {
        store.commit(vec![insert(&format!("new-{round:03}"), "x")]).await.unwrap();
        let page = store.scan(&under(&["test", "pool"], 7).after(after.clone())).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        seen.extend(page.into_iter().map(|document| document.key.last_part()));
    }
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(once, seen);
    assert_eq!(seen.iter().filter(|name| name.starts_with("old-")).count(), 50);
}

/// Of 16 that add one to a number by the version they read, each retried until it holds, none is lost.
pub async fn no_write_is_lost_among_many(store: &dyn DocumentStore) {
    store.commit(vec![insert("count", "0")]).await.unwrap();
    let add = |_| async {
        loop {
            let (version, count) = body(store, "count").await.unwrap();
            let next = (count.parse::<u32>().unwrap() + 1).to_string();
            let outcome = store.commit(vec![(key("count"), Change::Replace(version, next.into()))]).await;
            match outcome.map_err(|error| error.kind()) {
                Ok(()) => break,
                Err(kind) => assert_eq!(kind, StorageErrorKind::Conflict),
            }
        }
    };
    join_all((0..16).map(add)).await;
    assert_eq!(body(store, "count").await, Some((17, "16".to_owned())));
}

/// Nothing is found afterwards, of no tenant, and writing goes on.
pub async fn removing_everything_leaves_nothing(store: &dyn DocumentStore) {
    for tenant in ["one", "two"] {
        let batch = (0..3).map(|at| (Key::new(&["pool", tenant, &at.to_string()]), Change::Insert(Vec::new())));
        store.commit(batch.collect()).await.unwrap();
    }
    remove_everything(store).await.unwrap();
    assert!(store.scan(&under(&[], 10)).await.unwrap().is_empty());
    store.commit(vec![insert("a", "x")]).await.unwrap();
}
