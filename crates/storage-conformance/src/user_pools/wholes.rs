//! What is whole or gone: commits, purges and cleanups, and listings meanwhile.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use document_store::page::PageRequest;
use userpool_core::UserPoolStorage;
use userpool_core::model::attempts::Attempts;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::user::User;
use userpool_core::storage::{
    AttemptsWrite, ChallengeWrite, CleanupWrite, ClientWrite, GroupWrite, KeyWrite, PoolWrite, Search, SessionWrite,
    UserWrite, Write,
};

use super::fixtures::{
    AT, cleanup, cleanups, client, group, insert, insert_user, key, names, other_pool, pool, pool_id, pool_of,
    put_password, read_cleanup, read_group, read_password, read_pool, read_session, session, subject, user,
};
use crate::macros::{commit, walk};
use crate::{everything, refused};

/// Every write of a commit is there afterwards, or none; the refused one is named.
pub async fn a_commit_holds_as_a_whole_or_not_at_all(storage: &dyn UserPoolStorage) {
    let writes = || -> Vec<Write> {
        vec![
            UserWrite::Insert { user: user(1, "ada") }.into(),
            SessionWrite::Insert { session: session("one", 1) }.into(),
            ChallengeWrite::Spend { pool: pool_id(), id: "id".to_owned(), until: AT }.into(),
            AttemptsWrite::Forget { pool: pool_id(), name: "ada".to_owned() }.into(),
        ]
    };
    commit!(storage, ChallengeWrite::Spend { pool: pool_id(), id: "id".to_owned(), until: AT }).unwrap();
    let attempts = Attempts { count: 3, in_a_row: 7, last: Some(AT) };
    let set = AttemptsWrite::Set { pool: pool_id(), name: "ada".to_owned(), before: None, after: attempts };
    commit!(storage, set).unwrap();

    assert_eq!(refused(storage.commit(writes()).await), (AlreadyExists, Some(2)));
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_none());
    assert!(read_session(storage, "one").await.is_none());
    assert!(storage.attempts().get(&pool_id(), "ada").await.unwrap().is_some());

    let mut writes = writes();
    writes.remove(2);
    storage.commit(writes).await.unwrap();
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_some());
    assert!(read_session(storage, "one").await.is_some());
    assert!(storage.attempts().get(&pool_id(), "ada").await.unwrap().is_none());
    storage.commit(Vec::new()).await.unwrap();
}

/// Everything in the pool goes bit by bit, then its record; what is of another stays.
pub async fn a_purged_pool_is_empty(storage: &dyn UserPoolStorage) {
    for id in [pool_id(), other_pool()] {
        commit!(storage, PoolWrite::Insert { pool: pool(id.as_str()) }).unwrap();
    }
    for number in 1..=5 {
        insert(storage, number, &format!("u{number}")).await;
        commit!(storage, SessionWrite::Insert { session: session(&format!("s{number}"), number) }).unwrap();
    }
    commit!(storage, put_password(1, "u1's"), GroupWrite::Insert { group: group("staff") }).unwrap();
    commit!(storage, CleanupWrite::Begin { cleanup: cleanup(1) }).unwrap();
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();
    commit!(storage, KeyWrite::Put { pool: pool_id(), key: key("k", 1) }).unwrap();
    insert_user(storage, User { pool: other_pool(), ..user(9, "bob") }).await;
    let before = read_pool(storage).await;

    let mut removed = 0;
    loop {
        let step = storage.purge(&before, 4).await.unwrap();
        assert!(step <= 4);
        removed += step;
        if step == 0 {
            break;
        }
    }

    assert!(removed >= 15);
    assert!(storage.users().named(&pool_id(), "u1").await.unwrap().is_none());
    assert!(storage.users().list(&pool_id(), &everything()).await.unwrap().items.is_empty());
    assert!(read_session(storage, "s1").await.is_none() && read_password(storage, 1).await.is_none());
    assert!(read_group(storage, "staff").await.is_none() && cleanups(storage).await.is_empty());
    assert!(storage.pools().keys(&pool_id()).await.unwrap().is_empty());
    assert!(storage.clients().get(&pool_id(), &client("client1").id).await.unwrap().is_none());
    assert_eq!(pool_of(storage, &client("client1").id).await, None);
    assert_eq!(read_pool(storage).await, before, "the record stays to the end");
    commit!(storage, PoolWrite::Delete { before }).unwrap();
    let left = walk!(|page| storage.pools().list(&page));
    assert_eq!(left.into_iter().map(|pool| pool.record.id).collect::<Vec<_>>(), [other_pool()]);
    assert!(storage.users().named(&other_pool(), "bob").await.unwrap().is_some());
}

/// A pool of the same id that was made since keeps what is its.
pub async fn only_the_pool_that_was_read_is_purged(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    let deleted = read_pool(storage).await;
    commit!(storage, PoolWrite::Update { before: deleted.clone(), after: deleted.record.clone() }).unwrap();
    insert(storage, 1, "ada").await;
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();

    let refusal = storage.purge(&deleted, 100).await.unwrap_err();

    assert_eq!(refusal.kind(), Conflict);
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_some());
    assert!(pool_of(storage, &client("client1").id).await.is_some());
}

/// Each once, by name, in pages, until it is ended.
pub async fn cleanups_stand_until_they_are_done(storage: &dyn UserPoolStorage) {
    let sessions = Cleanup { pool: pool_id(), task: CleanupTask::Sessions(subject(1)) };
    let elsewhere = Cleanup { pool: other_pool(), ..cleanup(9) };
    let all = [cleanup(2), cleanup(1), sessions.clone(), elsewhere, cleanup(1), cleanup(3)];
    for cleanup in all {
        commit!(storage, CleanupWrite::Begin { cleanup }).unwrap();
    }
    assert_eq!(cleanups(storage).await, [cleanup(1), cleanup(2), cleanup(3), sessions.clone()]);
    for _ in 0..2 {
        commit!(storage, CleanupWrite::CallOff { cleanup: cleanup(2) }).unwrap();
    }
    assert_eq!(cleanups(storage).await, [cleanup(1), cleanup(3), sessions.clone()]);
    let before = read_cleanup(storage, &sessions).await;
    commit!(storage, CleanupWrite::End { before: before.clone() }).unwrap();
    assert_eq!(commit!(storage, CleanupWrite::End { before }).unwrap_err().kind(), Conflict, "it is gone");
    commit!(storage, CleanupWrite::Begin { cleanup: sessions.clone() }).unwrap();
    let end = CleanupWrite::End { before: read_cleanup(storage, &cleanup(1)).await };
    commit!(storage, UserWrite::Insert { user: user(1, "ada") }).unwrap();
    refused(commit!(storage, end, UserWrite::Insert { user: user(1, "ada") }));
    assert_eq!(cleanups(storage).await.len(), 3, "nothing of a refused commit is done");
}

/// Whoever has read it before does not end it.
pub async fn a_cleanup_that_is_begun_anew_stands(storage: &dyn UserPoolStorage) {
    commit!(storage, CleanupWrite::Begin { cleanup: cleanup(1) }).unwrap();
    let before = read_cleanup(storage, &cleanup(1)).await;
    commit!(storage, CleanupWrite::Begin { cleanup: cleanup(1) }).unwrap();

    let refusal = commit!(storage, CleanupWrite::End { before }).unwrap_err();

    assert_eq!(refusal.kind(), Conflict);
    assert_eq!(cleanups(storage).await, [cleanup(1)]);
    commit!(storage, CleanupWrite::End { before: read_cleanup(storage, &cleanup(1)).await }).unwrap();
    assert!(cleanups(storage).await.is_empty());
}

/// Deleted users are passed over, and the listing goes on behind them.
pub async fn a_listing_goes_on_behind_what_was_removed(storage: &dyn UserPoolStorage) {
    for number in 1..=6 {
        insert(storage, number, &format!("u{number}")).await;
    }
    let search = Search { attribute: "username".to_owned(), value: "u".to_owned(), prefix: true };
    let page = PageRequest { limit: 2, after: None };
    let first = storage.users().search(&pool_id(), &search, &page).await.unwrap();
    assert_eq!(first.items.len(), 2);
    for number in 1..=4 {
        let before = storage.users().get(&pool_id(), &subject(number)).await.unwrap().unwrap();
        commit!(storage, UserWrite::Delete { before }).unwrap();
    }
    let mut page = PageRequest { limit: 2, after: first.next };
    let mut left = Vec::new();
    while page.after.is_some() {
        let next = storage.users().search(&pool_id(), &search, &page).await.unwrap();
        left.extend(names(next.items));
        page.after = next.next;
    }
    assert_eq!(left, ["u5", "u6"]);
}
