//! Names, pages, endings and the past of records.
#![allow(clippy::unwrap_used, reason = "tests")]

use document_store::{
    Changes, DocumentStore, Index, Match, Name, PageRequest, Range, Records, Remember, StorageError, StorageErrorKind,
    Stored, Tenant, Versioned, forget_history, history, history_onward, sweep,
};
use serde::{Deserialize, Serialize};
use storage_memory::MemoryStore;

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
struct Thing {
    id: String,
    names: Vec<String>,
    colour: String,
    #[serde(with = "document_store::base64_bytes")]
    secret: Vec<u8>,
    ends: Option<i64>,
}

const BY_COLOUR: Index<Thing> = Index { name: "colour", since: 1, values: |thing| vec![thing.colour.clone()] };

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

    fn indexes() -> &'static [Index<Self>] {
        &[BY_COLOUR]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        self.ends
    }
}

fn tenant() -> Tenant {
    Tenant::new("test", "one")
}

fn thing(id: &str, names: &[&str], colour: &str) -> Thing {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Thing { id: id.to_owned(), names, colour: colour.to_owned(), secret: vec![0, 255], ends: None }
}

async fn insert(store: &MemoryStore, thing: &Thing) -> Result<(), StorageError> {
    let mut changes = Changes::default();
    changes.insert(&tenant(), thing)?;
    changes.commit(store).await
}

async fn find(store: &MemoryStore, id: &str) -> Option<Versioned<Thing>> {
    store.record(&tenant(), &[id]).await.unwrap()
}

async fn size(store: &MemoryStore) -> usize {
    store.scan(&Range::of(tenant().key(&[]), 1000)).await.unwrap().len()
}

#[tokio::test]
async fn a_refusal_names_the_write_and_the_name_that_is_taken() {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &["x", "y"], "red")).await.unwrap();
    let mut changes = Changes::default();
    changes.write(0).insert(&tenant(), &thing("b", &["z"], "red")).unwrap();
    changes.write(1).insert(&tenant(), &thing("c", &["w", "y"], "red")).unwrap();

    let refused = changes.commit(&store).await.unwrap_err();

    assert_eq!(refused.kind(), StorageErrorKind::AlreadyExists);
    assert_eq!((refused.write(), refused.condition()), (Some(1), Some("name")));
    assert!(find(&store, "b").await.is_none());
}

#[tokio::test]
async fn a_removed_record_leaves_nothing_behind() {
    let store = MemoryStore::new();
    insert(&store, &Thing { ends: Some(7), ..thing("a", &["x", "y"], "red") }).await.unwrap();
    let mut changes = Changes::default();
    changes.remove(&tenant(), &find(&store, "a").await.unwrap()).unwrap();
    changes.commit(&store).await.unwrap();

    assert_eq!(size(&store).await, 0);
}

#[tokio::test]
async fn an_expectation_and_a_change_of_one_record_are_one_condition_in_either_order() {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &[], "red")).await.unwrap();
    for round in 0..2 {
        let before = find(&store, "a").await.unwrap();
        let mut changes = Changes::default();
        if round == 0 {
            changes.expect(&tenant(), &before);
        }
        changes.update(&tenant(), &before, &thing("a", &[], "blue")).unwrap();
        changes.expect(&tenant(), &before);
        changes.commit(&store).await.unwrap();
    }
    assert_eq!(find(&store, "a").await.unwrap().version, 3);
}

/// The token is made of the index, not of a record that may be gone.
#[tokio::test]
async fn a_search_goes_on_behind_a_page_whose_records_were_all_removed() {
    let store = MemoryStore::new();
    for id in ["a", "b", "c", "d"] {
        insert(&store, &thing(id, &[], "red")).await.unwrap();
    }
    // Entries whose records are gone, as a search sees them that read the index before the removal.
    for id in ["a", "b"] {
        let key = tenant().record::<Thing>(&[id]);
        store.commit(vec![(key, document_store::Change::Clear)]).await.unwrap();
    }
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = PageRequest { limit: 2, after };
        let page = store.search(&tenant(), &BY_COLOUR, Match::Beginning("r"), &page).await.unwrap();
        found.extend(page.items.into_iter().map(|thing| thing.record.id));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (vec!["c".to_owned(), "d".to_owned()], 2));
}

#[tokio::test]
async fn values_of_any_length_are_found_exactly_and_by_every_beginning() {
    let store = MemoryStore::new();
    let long = "漢".repeat(2048);
    let longer = format!("{long}x");
    insert(&store, &thing("a", &[], &long)).await.unwrap();
    insert(&store, &thing("b", &[], &longer)).await.unwrap();
    let found = async |wanted: Match<'_>| {
        let page = store.search(&tenant(), &BY_COLOUR, wanted, &PageRequest::default()).await.unwrap();
        let mut ids: Vec<String> = page.items.into_iter().map(|thing| thing.record.id).collect();
        ids.sort();
        ids.concat()
    };

    assert_eq!(found(Match::Exactly(&long)).await, "a");
    assert_eq!(found(Match::Exactly(&longer)).await, "b");
    for length in [0, 1, 100, 1000, 2048] {
        assert_eq!(found(Match::Beginning(&"漢".repeat(length))).await, "ab", "{length}");
    }
    assert_eq!(found(Match::Beginning(&longer)).await, "b");
}

#[tokio::test]
async fn a_token_that_is_none_leads_nowhere_outside_the_listing() {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &["n"], "red")).await.unwrap();
    for token in ["", "a", "!!", "\u{0}", "////", "Aw"] {
        let page = PageRequest { limit: 10, after: Some(token.to_owned()) };
        let found = store.list::<Thing>(&tenant(), &page).await.unwrap();
        assert!(found.items.iter().all(|thing| thing.id == "a"), "{token:?}");
    }
}

#[tokio::test]
async fn what_has_ended_is_swept_bit_by_bit_and_what_was_prolonged_stays() {
    let store = MemoryStore::new();
    let ending = |id: &str, ends| Thing { ends: Some(ends), ..thing(id, &[id], "red") };
    for (id, ends) in [("a", 10), ("b", 20), ("c", 30)] {
        insert(&store, &ending(id, ends)).await.unwrap();
    }
    let mut changes = Changes::default();
    changes.update(&tenant(), &find(&store, "a").await.unwrap(), &ending("a", 40)).unwrap();
    changes.commit(&store).await.unwrap();

    assert!(!sweep(&store, &tenant(), 10, 100).await.unwrap());
    assert!(find(&store, "a").await.is_some() && find(&store, "b").await.is_some());
    while sweep(&store, &tenant(), 30, 1).await.unwrap() {}

    assert!(find(&store, "a").await.is_some(), "ends later now");
    assert!(store.named::<Thing>(&tenant(), "a").await.unwrap().is_some());
    assert!(find(&store, "b").await.is_none());
    assert!(find(&store, "c").await.is_some(), "ends at 30, not before");
    while sweep(&store, &tenant(), 1000, 1).await.unwrap() {}
    assert_eq!(size(&store).await, 0, "nothing stays beside them");
}

#[tokio::test]
async fn the_past_leads_back_to_how_everything_was_and_is_forgotten_when_asked() {
    let store = MemoryStore::new();
    let at = |at_millis| Some(Remember { at_millis });
    let mut changes = Changes::default();
    changes.remembering(at(100)).insert(&tenant(), &thing("a", &[], "red")).unwrap();
    changes.commit(&store).await.unwrap();
    let before = find(&store, "a").await.unwrap();
    let mut changes = Changes::default();
    changes.remembering(at(200)).update(&tenant(), &before, &thing("a", &[], "blue")).unwrap();
    changes.commit(&store).await.unwrap();
    let before = find(&store, "a").await.unwrap();
    let mut changes = Changes::default();
    changes.remembering(at(300)).remove(&tenant(), &before).unwrap();
    changes.commit(&store).await.unwrap();

    let past = history(&store, &tenant(), 200, None, 10).await.unwrap();
    let shown = past.iter().map(|(_, past)| {
        let before = past.before::<Thing>().unwrap().map(|before| before.record.colour);
        (past.at_millis, past.kind.as_str(), past.id.concat(), before)
    });
    let expected = [
        (300, "thing", "a".to_owned(), Some("blue".to_owned())),
        (200, "thing", "a".to_owned(), Some("red".to_owned())),
    ];
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    let first = history(&store, &tenant(), 0, Some(past[1].0.clone()), 10).await.unwrap();
    assert!(first.len() == 1 && first[0].1.before::<Thing>().unwrap().is_none(), "it was not there before 100");
    let times = async |since, after| {
        let onward = history_onward(&store, &tenant(), since, after, 10).await.unwrap();
        onward.iter().map(|(_, past)| past.at_millis).collect::<Vec<_>>()
    };
    assert_eq!(times(100, None).await, [100, 200, 300]);
    assert_eq!(times(101, None).await, [200, 300]);
    assert_eq!(times(0, Some(past[1].0.clone())).await, [300]);
    assert_eq!(
        times(300, Some(past[1].0.clone())).await,
        [300],
        "what lies before the moment is no place to go on from"
    );

    assert!(!forget_history(&store, &tenant(), 300, 10).await.unwrap());
    let left = history(&store, &tenant(), 0, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|(_, past)| past.at_millis).collect::<Vec<_>>(), [300]);
}

#[tokio::test]
async fn bytes_are_stored_as_base64() {
    let store = MemoryStore::new();
    insert(&store, &thing("a", &[], "red")).await.unwrap();

    let body = store.get(&tenant().record::<Thing>(&["a"])).await.unwrap().unwrap().body;

    assert!(String::from_utf8(body).unwrap().contains(r#""secret":"AP8=""#));
    assert_eq!(find(&store, "a").await.unwrap().secret, [0, 255]);
}
