//! Which sessions of a user are tracked.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::session_tracking::TrackedSessions;
use userpool_core::storage::{SessionWrite, TrackingWrite};

use super::fixtures::{AT, other_pool, pool_id, session, subject};
use crate::macros::commit;
use crate::{one_won, refused};

fn tracked(number: u32, ids: &[&str]) -> TrackedSessions {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    TrackedSessions { pool: pool_id(), sub: subject(number), ids, ends_at: AT }
}

/// As they were set; of many that set them at once one wins; forgotten they are not there, and can be set anew.
pub async fn tracked_sessions_are_set_from_what_was_read(storage: &dyn UserPoolStorage) {
    let set = |before: Option<Versioned<TrackedSessions>>, id: String| {
        let after = tracked(1, &["first", &id]);
        storage.commit(vec![TrackingWrite::Set { before, after }.into()])
    };
    let read = |number| async move { storage.tracking().of_user(&pool_id(), &subject(number)).await.unwrap() };
    one_won(join_all((1..17).map(|number| set(None, number.to_string()))).await, AlreadyExists);
    commit!(storage, TrackingWrite::Set { before: None, after: tracked(2, &["other"]) }).unwrap();
    let before = read(1).await.unwrap();
    assert_eq!((before.ids.len(), before.ids[0].as_str(), before.ends_at), (2, "first", AT));
    one_won(join_all((20..36).map(|number| set(Some(before.clone()), number.to_string()))).await, Conflict);
    assert_ne!(read(1).await.unwrap().ids, before.ids);
    assert_eq!(read(2).await.unwrap().record, tracked(2, &["other"]));
    assert!(storage.tracking().of_user(&other_pool(), &subject(1)).await.unwrap().is_none());

    let forget = |number| TrackingWrite::Forget { pool: pool_id(), sub: subject(number) };
    commit!(storage, forget(1), forget(3)).unwrap();
    assert!(read(1).await.is_none() && read(2).await.is_some());
    set(None, "anew".to_owned()).await.unwrap();
}

/// Those of the ids asked for that are there, of this pool alone.
pub async fn sessions_are_found_together_by_their_ids(storage: &dyn UserPoolStorage) {
    for id in ["a", "b", "c"] {
        commit!(storage, SessionWrite::Insert { session: session(id, 1) }).unwrap();
    }
    let found = storage.sessions().get_many(&pool_id(), &["c", "none", "a"]).await.unwrap();
    let mut ids: Vec<String> = found.iter().map(|session| session.id.clone()).collect();
    ids.sort();
    assert_eq!(ids, ["a", "c"]);
    assert!(storage.sessions().get_many(&pool_id(), &[]).await.unwrap().is_empty());
    assert!(storage.sessions().get_many(&other_pool(), &["a"]).await.unwrap().is_empty());
    let before = found.into_iter().find(|session| session.id == "a").unwrap();
    commit!(storage, SessionWrite::Delete { before: before.clone() }).unwrap();
    assert_eq!(refused(commit!(storage, SessionWrite::Delete { before })).0, Conflict, "it was read at its version");
}
