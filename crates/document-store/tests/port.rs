//! The port's own rules, and what a typed storage's writes come to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use async_trait::async_trait;
use document_store::{
    Batch, Change, Changes, Direction, Document, DocumentStore, Effect, Index, Key, Name, Range, Records, Reindexed,
    Remember, StorageError, StorageErrorKind, Stored, Tenant, Versioned, check_batch, forget_history, history, judge,
    reindex, remove_everything, sweep,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage_memory::MemoryStore;

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
struct Thing {
    id: String,
    names: Vec<String>,
    ends: Option<i64>,
}

const BY_NAME: Index<Thing> = Index { name: "name", since: 2, values: |thing| thing.names.clone() };

impl Stored for Thing {
    type Form = Self;
    const KIND: &'static str = "thing";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.id]
    }

    fn names(&self) -> Vec<Name> {
        self.names.iter().map(|name| Name { name: name.clone(), label: "name" }).collect()
    }

    fn ends_at_millis(&self) -> Option<i64> {
        self.ends
    }
}

/// A kind of record without names and indexes, of any form.
#[derive(Clone, Debug)]
struct Loose<const VERSION: u32, const LEAST_READER: u32>(Value);

impl<const VERSION: u32, const LEAST_READER: u32> Stored for Loose<VERSION, LEAST_READER> {
    type Form = Value;
    const KIND: &'static str = "loose";
    const VERSION: u32 = VERSION;
    const LEAST_READER: u32 = LEAST_READER;

    fn to_form(&self) -> Value {
        self.0.clone()
    }

    fn from_form(form: Value) -> Result<Self, StorageError> {
        Ok(Self(form))
    }

    fn id(&self) -> Vec<&str> {
        vec!["one"]
    }
}

/// An engine that refuses every commit, and reads.
struct Refusing(MemoryStore, StorageErrorKind);

#[async_trait]
impl DocumentStore for Refusing {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.0.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.0.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.0.scan(range).await
    }

    async fn commit(&self, _: Batch) -> Result<(), StorageError> {
        Err(StorageError::refused(self.1, 0, None))
    }
}

fn tenant() -> Tenant {
    Tenant::new("test", "one")
}

fn thing(id: &str, names: &[&str]) -> Thing {
    Thing { id: id.to_owned(), names: names.iter().map(|name| (*name).to_owned()).collect(), ends: None }
}

async fn commit(store: &MemoryStore, make: impl FnOnce(&mut Changes)) -> Result<(), StorageError> {
    let mut changes = Changes::default();
    make(&mut changes);
    changes.commit(store).await
}

async fn insert(store: &MemoryStore, thing: &Thing) {
    commit(store, |changes| changes.insert(&tenant(), thing).unwrap()).await.unwrap();
}

async fn find(store: &MemoryStore, id: &str) -> Option<Versioned<Thing>> {
    store.record(&tenant(), &[id]).await.unwrap()
}

async fn named(store: &MemoryStore, name: &str) -> Option<String> {
    store.named::<Thing>(&tenant(), name).await.unwrap().map(|thing| thing.record.id)
}

#[test]
fn a_batch_has_keys_that_fit_of_one_tenant_each_once() {
    let put = |key: Key| (key, Change::Put(Vec::new()));
    let long = |length: usize| put(Key::from_bytes(vec![b'x'; length]));
    let of = |owner: &str, id: &str| put(Key::new(&["test", owner, id]));
    let kind = |batch: Batch| check_batch(&batch).map_err(|error| (error.kind(), error.write()));

    assert_eq!(kind(vec![]), Ok(()));
    assert_eq!(kind(vec![of("one", "a"), of("one", "b")]), Ok(()));
    assert_eq!(kind(vec![long(Key::MOST_BYTES)]), Ok(()));
    for length in [1, 2, 1000] {
        let refused = kind(vec![of("one", "a"), long(Key::MOST_BYTES + length)]);
        assert_eq!(refused, Err((StorageErrorKind::TooLarge, Some(1))), "{length}");
    }
    assert_eq!(kind(vec![of("one", "a"), of("two", "b")]), Err((StorageErrorKind::Unavailable, None)));
    let twice = vec![of("one", "a"), of("one", "b"), of("one", "a")];
    assert_eq!(kind(twice), Err((StorageErrorKind::Unavailable, None)));
}

#[test]
fn a_document_that_is_put_gets_the_next_version_or_the_first() {
    let put = Change::Put(vec![7]);

    assert_eq!(judge(&put, None), Ok(Effect::Write(1, &[7])));
    assert_eq!(judge(&put, Some(3)), Ok(Effect::Write(4, &[7])));
}

#[test]
fn a_part_stands_as_it_is_up_to_the_length_that_is_said() {
    let (fits, longer) = ("x".repeat(Key::MOST_PART_BYTES), "x".repeat(Key::MOST_PART_BYTES + 1));

    assert_eq!(Key::new(&["a", &fits]).last_part(), fits);
    assert_ne!(Key::new(&["a", &longer]).last_part(), longer);
}

#[test]
fn the_end_of_a_prefix_carries_over_the_greatest_byte() {
    let end = |bytes: &[u8]| Key::from_bytes(bytes.to_vec()).after_prefix();

    assert_eq!(end(&[1, 254]), Some(vec![1, 255]));
    assert_eq!(end(&[1, 255]), Some(vec![2]));
    assert_eq!(end(&[255, 255]), None);
}

#[test]
fn a_range_that_begins_behind_a_key_outside_its_prefix_is_the_whole_prefix_or_nothing() {
    let range = |after: &str| Range::of(Key::prefix(&[], "m"), 10).after(Some(Key::prefix(&[], after)));
    let whole = (b"m".to_vec(), b"n".to_vec());

    assert_eq!(range("a").bounds(), whole);
    assert_eq!(range("ma").bounds(), (b"ma\0".to_vec(), b"n".to_vec()));
    assert_eq!(range("z").backward().bounds(), whole);
    assert_eq!(range("n").backward().bounds(), whole);
    assert_eq!(range("ma").backward().bounds(), (b"m".to_vec(), b"ma".to_vec()));
    assert_eq!(range("a").backward().direction, Direction::Backward);
    assert!(range("z").bounds().0 >= range("z").bounds().1);
}

#[tokio::test]
async fn a_shared_store_is_the_store() {
    let store: Arc<dyn DocumentStore> = Arc::new(MemoryStore::new());
    let key = Key::new(&["test", "one", "a"]);
    store.commit(vec![(key.clone(), Change::Insert(vec![7]))]).await.unwrap();
    let document = Document { key: key.clone(), version: 1, body: vec![7] };

    assert_eq!(store.get(&key).await.unwrap(), Some(document.clone()));
    assert_eq!(store.get_many(&[key.clone(), Key::new(&["x"])]).await.unwrap(), [Some(document.clone()), None]);
    assert_eq!(store.scan(&Range::of(key, 10)).await.unwrap(), [document]);
}

#[tokio::test]
async fn nothing_of_any_tenant_is_left_when_everything_is_removed() {
    let store = MemoryStore::new();
    for owner in ["one", "two", "three"] {
        for id in ["a", "b"] {
            store.commit(vec![(Key::new(&["test", owner, id]), Change::Insert(Vec::new()))]).await.unwrap();
        }
    }

    remove_everything(&store).await.unwrap();

    assert_eq!(store.scan(&Range::of(Key::new(&[]), 100)).await.unwrap(), []);
}

#[tokio::test]
async fn a_record_that_is_put_stands_over_what_stood_there_and_one_that_is_cleared_is_gone() {
    let store = MemoryStore::new();
    for (version, text) in [(1, "a"), (2, "b")] {
        let record = Loose::<1, 1>(text.into());
        commit(&store, |changes| changes.put(&tenant(), &record).unwrap()).await.unwrap();

        let found = store.record::<Loose<1, 1>>(&tenant(), &["one"]).await.unwrap().unwrap();
        assert_eq!((found.record.0, found.version), (text.into(), version));
    }

    commit(&store, |changes| changes.clear::<Loose<1, 1>>(&tenant(), &["one"])).await.unwrap();
    assert!(store.record::<Loose<1, 1>>(&tenant(), &["one"]).await.unwrap().is_none());
}

#[tokio::test]
async fn a_decision_that_leans_on_a_record_is_refused_when_the_record_was_changed() {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &[])).await;
    let before = find(&store, "a").await.unwrap();
    commit(&store, |changes| changes.update(&tenant(), &before, &thing("a", &["x"])).unwrap()).await.unwrap();

    let refused = commit(&store, |changes| changes.write(7).expect(&tenant(), &before)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.write()), (StorageErrorKind::Conflict, Some(7)));
    let now = find(&store, "a").await.unwrap();
    commit(&store, |changes| changes.expect(&tenant(), &now)).await.unwrap();
}

#[tokio::test]
async fn a_name_that_is_given_up_leads_nowhere_and_another_may_take_it_in_the_same_commit() {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &["x", "kept"])).await;
    insert(&store, &thing("b", &["b"])).await;
    let before = find(&store, "a").await.unwrap();
    commit(&store, |changes| changes.update(&tenant(), &before, &thing("a", &["y", "kept"])).unwrap()).await.unwrap();
    assert_eq!(named(&store, "x").await, None);
    assert_eq!(named(&store, "y").await.as_deref(), Some("a"));
    assert_eq!(named(&store, "kept").await.as_deref(), Some("a"));

    let (a, b) = (find(&store, "a").await.unwrap(), find(&store, "b").await.unwrap());
    let handed_over = commit(&store, |changes| {
        changes.update(&tenant(), &a, &thing("a", &["z"])).unwrap();
        changes.update(&tenant(), &b, &thing("b", &["b", "y"])).unwrap();
    });
    handed_over.await.unwrap();
    for (name, id) in [("z", Some("a")), ("y", Some("b")), ("b", Some("b")), ("kept", None)] {
        assert_eq!(named(&store, name).await.as_deref(), id, "{name}");
    }

    let (a, b) = (find(&store, "a").await.unwrap(), find(&store, "b").await.unwrap());
    let handed_back = commit(&store, |changes| {
        changes.update(&tenant(), &a, &thing("a", &["y"])).unwrap();
        changes.update(&tenant(), &b, &thing("b", &["b"])).unwrap();
    });
    handed_back.await.unwrap();
    assert_eq!(named(&store, "y").await.as_deref(), Some("a"), "whichever comes first");
}

#[tokio::test]
async fn a_record_that_is_written_twice_in_a_commit_is_refused_and_not_forgotten() {
    let store = MemoryStore::new();

    let made_and_removed = commit(&store, |changes| {
        changes.insert(&tenant(), &thing("a", &[])).unwrap();
        changes.clear::<Thing>(&tenant(), &["a"]);
    });
    assert_eq!(made_and_removed.await.unwrap_err().kind(), StorageErrorKind::Unavailable);

    let refused = commit(&store, |changes| {
        changes.insert(&tenant(), &thing("a", &[])).unwrap();
        changes.insert(&tenant(), &thing("a", &[])).unwrap();
    });

    assert_eq!(refused.await.unwrap_err().kind(), StorageErrorKind::Unavailable);
    assert!(find(&store, "a").await.is_none());
}

#[test]
fn a_versioned_record_equals_the_same_record_at_the_same_version() {
    let one = Versioned::new("a", 1);

    assert!(one == Versioned::new("a", 1));
    assert!(one != Versioned::new("a", 2));
    assert!(one != Versioned::new("b", 1));
    assert!(one != Versioned::new("b", 2));
}

#[test]
fn what_stands_after_a_write_is_what_was_written_at_the_next_version() {
    let written = Versioned::new("a", 3).written("b");

    assert_eq!((written.record, written.version), ("b", 4));
}

#[tokio::test]
async fn what_only_newer_nodes_may_read_says_so_in_what_is_written() {
    let store = MemoryStore::new();
    let newer = Loose::<2, 2>("a".into());
    commit(&store, |changes| changes.insert(&tenant(), &newer).unwrap()).await.unwrap();

    let refused = store.record::<Loose<1, 1>>(&tenant(), &["one"]).await.unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::NewerRecord);
    assert!(store.record::<Loose<2, 2>>(&tenant(), &["one"]).await.unwrap().is_some());
}

#[tokio::test]
async fn a_kind_that_never_learnt_a_step_does_not_read_what_an_older_one_wrote() {
    let store = MemoryStore::new();
    let older = Loose::<1, 1>("a".into());
    commit(&store, |changes| changes.insert(&tenant(), &older).unwrap()).await.unwrap();

    let refused = store.record::<Loose<2, 1>>(&tenant(), &["one"]).await.unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::Corrupt);
}

/// Three changes of one record, each remembered.
async fn remembered() -> MemoryStore {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &[])).await;
    for at_millis in [100, 200, 300] {
        let before = find(&store, "a").await.unwrap();
        let change = |changes: &mut Changes| {
            changes.remembering(Some(Remember { at_millis }));
            changes.update(&tenant(), &before, &thing("a", &[])).unwrap();
        };
        commit(&store, change).await.unwrap();
    }
    store
}

#[tokio::test]
async fn what_stood_before_a_change_has_the_version_that_it_had() {
    let store = remembered().await;

    let past = history(&store, &tenant(), 0, None, 10).await.unwrap();

    let versions = past.iter().map(|(_, past)| past.before::<Thing>().unwrap().unwrap().version);
    assert_eq!(versions.collect::<Vec<_>>(), [3, 2, 1]);
}

#[tokio::test]
async fn forgetting_says_whether_more_may_be_left() {
    let store = remembered().await;
    let forget = async |before, limit| forget_history(&store, &tenant(), before, limit).await.unwrap();

    assert!(!forget(1000, 0).await);
    assert!(forget(1000, 2).await);
    assert!(!forget(300, 1).await, "what is left was made at 300");
    assert!(!forget(1000, 2).await);
    assert!(history(&store, &tenant(), 0, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_record_of_a_kind_is_listed_and_several_are_found_by_their_names() {
    let store = MemoryStore::new();
    for (id, name) in [("a", "x"), ("b", "y"), ("c", "z")] {
        insert(&store, &thing(id, &[name])).await;
    }
    let ids = |found: Vec<Versioned<Thing>>| found.into_iter().map(|thing| thing.record.id).collect::<String>();

    assert_eq!(ids(store.all(&tenant()).await.unwrap()), "abc");
    let names = ["z", "nobody", "x"].map(str::to_owned);
    assert_eq!(ids(store.named_many(&tenant(), &names).await.unwrap()), "ca");
}

#[tokio::test]
async fn a_step_of_a_job_that_met_another_change_is_taken_again_and_a_fault_is_told() {
    use StorageErrorKind::{AlreadyExists, Conflict, TooLarge, Unavailable};
    for (kind, reindexed, swept) in [
        (Conflict, Ok(Reindexed::Going), Ok(true)),
        (AlreadyExists, Ok(Reindexed::Going), Err(AlreadyExists)),
        (Unavailable, Err(Unavailable), Err(Unavailable)),
        (TooLarge, Err(TooLarge), Err(TooLarge)),
    ] {
        let store = Refusing(MemoryStore::new(), kind);
        insert(&store.0, &Thing { ends: Some(10), ..thing("a", &[]) }).await;

        let step = reindex(&store, &tenant(), &BY_NAME, 10).await;
        assert_eq!(step.map_err(|error| error.kind()), reindexed);
        assert_eq!(sweep(&store, &tenant(), 20, 10).await.map_err(|error| error.kind()), swept);
    }
}

#[tokio::test]
async fn sweeping_says_that_there_is_more_only_when_it_took_as_many_as_it_may() {
    let store = MemoryStore::new();
    for id in ["a", "b", "c"] {
        insert(&store, &Thing { ends: Some(10), ..thing(id, &[]) }).await;
    }

    assert!(sweep(&store, &tenant(), 20, 2).await.unwrap());
    assert!(!sweep(&store, &tenant(), 20, 2).await.unwrap());
    assert!(store.all::<Thing>(&tenant()).await.unwrap().is_empty());
}

/// A record that is put leaves the entry behind that says when what stood there before would have ended.
#[tokio::test]
async fn a_record_that_was_put_again_goes_when_it_ends_and_not_when_the_one_before_would_have() {
    let store = MemoryStore::new();
    for ends in [10, 20] {
        let record = Thing { ends: Some(ends), ..thing("a", &[]) };
        commit(&store, |changes| changes.put(&tenant(), &record).unwrap()).await.unwrap();
    }

    sweep(&store, &tenant(), 20, 10).await.unwrap();
    assert!(find(&store, "a").await.is_some());
    sweep(&store, &tenant(), 21, 10).await.unwrap();
    assert!(find(&store, "a").await.is_none());
}
