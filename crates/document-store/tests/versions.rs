//! Nodes of two versions side by side: what one writes the other does not lose.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use document_store::DocumentStore;
use document_store::{
    Change, Changes, Index, IndexState, Match, Name, PageRequest, Records, Reindexed, StorageError, StorageErrorKind,
    Stored, Tenant, Versioned, index_state, reindex,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use storage_memory::MemoryStore;

/// Version 1: a person with a status and an address.
mod old {
    use super::*;

    #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
    #[serde(from = "String", into = "String")]
    pub(crate) enum Status {
        Active,
        /// What a newer version calls it.
        Other(String),
    }

    impl From<String> for Status {
        fn from(text: String) -> Self {
            if text == "active" { Self::Active } else { Self::Other(text) }
        }
    }

    impl From<Status> for String {
        fn from(status: Status) -> Self {
            match status {
                Status::Active => "active".to_owned(),
                Status::Other(text) => text,
            }
        }
    }

    #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Person {
        pub(crate) id: String,
        pub(crate) name: String,
        pub(crate) status: Status,
        pub(crate) attributes: BTreeMap<String, String>,
        pub(crate) settings: Settings,
    }

    #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Settings {
        pub(crate) language: Option<String>,
    }

    impl Stored for Person {
        type Form = Self;
        const KIND: &'static str = "person";
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
            vec![Name { name: self.name.clone(), label: "name" }]
        }
    }
}

/// Version 2: the address is a member of its own and an index, `archived` is a new status, settings have a theme.
mod new {
    use super::*;

    #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Status {
        Active,
        Archived,
    }

    #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Person {
        pub(crate) id: String,
        pub(crate) name: String,
        pub(crate) status: Status,
        pub(crate) attributes: BTreeMap<String, String>,
        pub(crate) settings: Settings,
        pub(crate) second_factor: Option<String>,
    }

    #[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Settings {
        pub(crate) language: Option<String>,
        pub(crate) theme: String,
    }

    pub(crate) const BY_CITY: Index<Person> =
        Index { name: "city", since: 2, values: |person| person.attributes.get("city").cloned().into_iter().collect() };

    impl Stored for Person {
        type Form = Self;
        const KIND: &'static str = "person";
        const VERSION: u32 = 2;

        fn to_form(&self) -> Self {
            self.clone()
        }

        fn from_form(form: Self) -> Result<Self, StorageError> {
            Ok(form)
        }

        fn upgrade(from: u32, mut data: Value) -> Option<Value> {
            (from == 1).then(|| {
                data["settings"]["theme"] = json!("light");
                data["second_factor"] = Value::Null;
                data
            })
        }

        fn id(&self) -> Vec<&str> {
            vec![&self.id]
        }

        fn names(&self) -> Vec<Name> {
            vec![Name { name: self.name.clone(), label: "name" }]
        }

        fn indexes() -> &'static [Index<Self>] {
            &[BY_CITY]
        }
    }
}

/// Version 3 may only be written by itself, and has a status that version 2 cannot read.
mod newest {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub(crate) struct Person(pub(crate) Value);

    impl Stored for Person {
        type Form = Self;
        const KIND: &'static str = "person";
        const VERSION: u32 = 3;
        const LEAST_WRITER: u32 = 3;

        fn to_form(&self) -> Self {
            self.clone()
        }

        fn from_form(form: Self) -> Result<Self, StorageError> {
            Ok(form)
        }

        fn upgrade(_: u32, data: Value) -> Option<Value> {
            Some(data)
        }

        fn id(&self) -> Vec<&str> {
            vec![self.0["id"].as_str().unwrap()]
        }
    }
}

fn tenant() -> Tenant {
    Tenant::new("test", "one")
}

fn person(number: u32, city: &str) -> old::Person {
    old::Person {
        id: format!("p{number:04}"),
        name: format!("name {number}"),
        status: old::Status::Active,
        attributes: BTreeMap::from([("city".to_owned(), city.to_owned())]),
        settings: old::Settings { language: None },
    }
}

async fn insert<T: Stored>(store: &MemoryStore, record: &T) {
    let mut changes = Changes::default();
    changes.insert(&tenant(), record).unwrap();
    changes.commit(store).await.unwrap();
}

async fn update<T: Stored>(store: &MemoryStore, before: &Versioned<T>, after: &T) -> Result<(), StorageError> {
    let mut changes = Changes::default();
    changes.update(&tenant(), before, after)?;
    changes.commit(store).await
}

async fn find<T: Stored>(store: &MemoryStore, id: &str) -> Versioned<T> {
    store.record(&tenant(), &[id]).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_member_and_a_variant_of_the_newer_version_survive_a_write_of_the_older_one() {
    let store = MemoryStore::new();
    insert(&store, &person(1, "Bern")).await;
    let before = find::<new::Person>(&store, "p0001").await;
    assert_eq!((before.settings.theme.as_str(), &before.second_factor), ("light", &None));
    let enrolled = new::Person {
        status: new::Status::Archived,
        second_factor: Some("totp".to_owned()),
        settings: new::Settings { language: Some("de".to_owned()), theme: "dark".to_owned() },
        ..before.record.clone()
    };
    update(&store, &before, &enrolled).await.unwrap();

    let read = find::<old::Person>(&store, "p0001").await;
    assert_eq!(read.status, old::Status::Other("archived".to_owned()));
    let renamed =
        old::Person { name: "Ada".to_owned(), settings: old::Settings { language: None }, ..read.record.clone() };
    update(&store, &read, &renamed).await.unwrap();

    let after = find::<new::Person>(&store, "p0001").await;
    let settings = new::Settings { language: None, theme: "dark".to_owned() };
    assert_eq!(after.record, new::Person { name: "Ada".to_owned(), settings, ..enrolled });
}

#[tokio::test]
async fn an_attribute_that_the_older_version_takes_away_stays_away() {
    let store = MemoryStore::new();
    insert(&store, &person(1, "Bern")).await;
    let before = find::<old::Person>(&store, "p0001").await;
    let without = old::Person { attributes: BTreeMap::new(), ..before.record.clone() };

    update(&store, &before, &without).await.unwrap();

    assert_eq!(find::<old::Person>(&store, "p0001").await.attributes, BTreeMap::new());
}

#[tokio::test]
async fn an_older_node_does_not_write_what_only_newer_ones_may_and_says_so() {
    let store = MemoryStore::new();
    insert(
        &store,
        &newest::Person(json!({"id": "p0001", "status": "frozen", "name": "n", "attributes": {},
        "settings": {}})),
    )
    .await;
    let read = find::<old::Person>(&store, "p0001").await;

    let refused =
        update(&store, &read, &old::Person { name: "x".to_owned(), ..read.record.clone() }).await.unwrap_err();
    assert_eq!((refused.kind(), refused.write()), (StorageErrorKind::NewerRecord, Some(0)));
    let refused = Changes::default().remove(&tenant(), &read).unwrap_err();
    assert_eq!(refused.kind(), StorageErrorKind::NewerRecord);
    assert_eq!(find::<newest::Person>(&store, "p0001").await.0["status"], "frozen");
    // Version 2 knows no such status.
    let unread = store.record::<new::Person>(&tenant(), &["p0001"]).await.unwrap_err();
    assert_eq!(unread.kind(), StorageErrorKind::NewerRecord);
}

#[tokio::test]
async fn a_restriction_that_a_reader_does_not_know_refuses() {
    let store = MemoryStore::new();
    let body = json!({"v": 2, "min_reader": 2, "min_writer": 2, "by": 2, "data": person(1, "Bern")});
    let key = tenant().record::<old::Person>(&["p0001"]);
    store.commit(vec![(key, Change::Insert(body.to_string().into_bytes()))]).await.unwrap();

    let refused = store.record::<old::Person>(&tenant(), &["p0001"]).await.unwrap_err();

    assert_eq!(refused.kind(), StorageErrorKind::NewerRecord);
}

#[tokio::test]
async fn what_is_no_record_is_corrupt() {
    let store = MemoryStore::new();
    let key = tenant().record::<old::Person>(&["p0001"]);
    let of_version = |v: u32| json!({"v": v, "min_writer": 1, "by": 1, "data": {"id": 7}}).to_string();
    for body in [String::new(), "{}".to_owned(), of_version(1), of_version(0)] {
        store.commit(vec![(key.clone(), Change::Put(body.clone().into_bytes()))]).await.unwrap();

        let refused = store.record::<old::Person>(&tenant(), &["p0001"]).await.unwrap_err();
        assert_eq!(refused.kind(), StorageErrorKind::Corrupt, "{body}");
    }
}

async fn in_city(store: &MemoryStore, city: &str) -> Vec<String> {
    let page = PageRequest { limit: 1000, after: None };
    let found = store.search(&tenant(), &new::BY_CITY, Match::Exactly(city), &page).await.unwrap();
    found.items.into_iter().map(|person| person.record.id).collect()
}

#[tokio::test]
async fn an_index_that_is_added_finds_everybody_once_the_job_is_through_and_says_when_it_is_not() {
    let store = MemoryStore::new();
    for number in 0..25 {
        insert(&store, &person(number, if number % 2 == 0 { "Bern" } else { "Basel" })).await;
    }
    let place = tenant();
    let state = || index_state(&store, &place, &new::BY_CITY);
    assert_eq!(state().await.unwrap(), IndexState::Incomplete);
    assert!(in_city(&store, "Bern").await.is_empty());

    let mut steps = 1;
    while reindex(&store, &tenant(), &new::BY_CITY, 10).await.unwrap() == Reindexed::Going {
        assert_eq!(state().await.unwrap(), IndexState::Incomplete);
        steps += 1;
    }

    assert_eq!((steps, state().await.unwrap()), (3, IndexState::Complete));
    assert_eq!((in_city(&store, "Bern").await.len(), in_city(&store, "Basel").await.len()), (13, 12));
}

#[tokio::test]
async fn what_an_older_node_wrote_beside_an_index_is_found_after_the_next_round_and_never_wrongly() {
    let store = MemoryStore::new();
    insert(&store, &person(1, "Bern")).await;
    while reindex(&store, &tenant(), &new::BY_CITY, 10).await.unwrap() == Reindexed::Going {}
    let before = find::<old::Person>(&store, "p0001").await;

    update(&store, &before, &person(1, "Chur")).await.unwrap();

    assert!(in_city(&store, "Bern").await.is_empty(), "moved away");
    while reindex(&store, &tenant(), &new::BY_CITY, 10).await.unwrap() == Reindexed::Going {}
    assert_eq!(in_city(&store, "Chur").await, ["p0001"]);
}

/// The bytes that version 1 wrote, read for ever.
#[tokio::test]
async fn stored_bytes_of_version_1_are_read_by_every_version() {
    let store = MemoryStore::new();
    let fixture = include_bytes!("fixtures/person-v1.json");
    let key = tenant().record::<old::Person>(&["p0001"]);
    store.commit(vec![(key.clone(), Change::Insert(fixture.trim_ascii().to_vec()))]).await.unwrap();

    assert_eq!(find::<old::Person>(&store, "p0001").await.record, person(1, "Bern"));
    assert_eq!(find::<new::Person>(&store, "p0001").await.settings.theme, "light");
    insert(&store, &old::Person { id: "p0002".to_owned(), name: "other".to_owned(), ..person(1, "Bern") }).await;
    let written = store.get(&tenant().record::<old::Person>(&["p0002"])).await.unwrap().unwrap().body;
    let expected = String::from_utf8(fixture.trim_ascii().to_vec()).unwrap().replace("p0001", "p0002");
    assert_eq!(String::from_utf8(written).unwrap(), expected.replace("name 1", "other"));
}
