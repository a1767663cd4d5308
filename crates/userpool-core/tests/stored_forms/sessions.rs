//! Sessions, and how one comes to be.

use document_store::page::PageRequest;
use userpool_core::model::session::{Grant, Session};
use userpool_core::model::session_tracking::{Activity, TrackedSessions};
use userpool_core::storage::{ChallengeWrite, SessionWrite, TrackingWrite, UserPoolStorage, Write};

use crate::factors::device;
use crate::pool::{client, pool};
use crate::{AT, pool_id, sub};

fn session() -> Session {
    let amr = vec!["pwd".to_owned()];
    Session {
        pool: pool_id(),
        id: "session-1".to_owned(),
        sub: sub(),
        client: client().id,
        epoch: 3,
        mark: pool().mark(),
        auth_time: AT,
        event_id: "event-1".to_owned(),
        grant: Grant { scopes: vec!["openid".to_owned()], amr, nonce: Some("n".to_owned()), ..Grant::default() },
        expires_at: AT.plus_seconds(3600),
        refresh_seed: "seed".to_owned(),
        generation: 2,
        rotated_at: Some(AT),
        revoked_at: None,
        device_offered: true,
        device: Some(device().key),
        activity: Some(Activity {
            at: AT,
            device: Some("Linux, Firefox".to_owned()),
            address: Some("2001:db8::1".parse().unwrap()),
        }),
    }
}

fn tracked() -> TrackedSessions {
    TrackedSessions { pool: pool_id(), sub: sub(), ids: vec!["session-1".to_owned()], ends_at: AT }
}

/// Of a session, a user's list of them, and a challenge that was answered.
pub(crate) fn writes() -> Vec<Write> {
    vec![
        SessionWrite::Insert { session: session() }.into(),
        TrackingWrite::Set { before: None, after: tracked() }.into(),
        spent().into(),
    ]
}

fn spent() -> ChallengeWrite {
    ChallengeWrite::Spend { pool: pool_id(), id: "challenge-1".to_owned(), until: AT }
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (id, page) = (pool_id(), PageRequest::default());
    assert_eq!(storage.sessions().of_user(&id, &sub(), &page).await.unwrap().items[0].record, session());
    assert_eq!(storage.tracking().of_user(&id, &sub()).await.unwrap().unwrap().record, tracked());
    assert!(storage.commit(vec![spent().into()]).await.is_err(), "spent");
}
