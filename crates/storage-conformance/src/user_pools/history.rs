//! What stood before changes, and restorations.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict, Unavailable};
use document_store::page::PageRequest;
use futures::future::join_all;
use identity_kernel::time::Timestamp;
use userpool_core::UserPoolStorage;
use userpool_core::model::factors::SecondFactors;
use userpool_core::model::ids::RestorationId;
use userpool_core::model::past::{Past, PastChange, Plan, PlanKey};
use userpool_core::model::restoration::{Restoration, RestorationCounts, RestorationStatus, Step};
use userpool_core::model::user::User;
use userpool_core::storage::{
    FactorWrite, GroupWrite, HistoryWrite, PasskeyWrite, PasswordWrite, PoolWrite, RestorationWrite, UserWrite, Write,
};

use super::fixtures::{
    AT, group, insert, other_pool, passkeys, password, pool, pool_id, read_group, read_passkeys, read_password,
    read_pool, subject, user,
};
use crate::macros::commit;
use crate::{one_won, refused};

fn keep(version: u64, seconds: i64) -> Write {
    HistoryWrite::Keep { pool: pool_id(), version, at: AT.plus_seconds(seconds) }.into()
}

/// A pool that was added, if the storage keeps histories at all.
async fn with_history(storage: &dyn UserPoolStorage) -> Option<Versioned<userpool_core::model::pool::UserPool>> {
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    let found = read_pool(storage).await;
    match storage.commit(vec![keep(found.version, 0)]).await {
        Err(error) => {
            assert_eq!(error.kind(), Unavailable, "a storage that cannot keep it says so");
            None
        }
        Ok(()) => Some(found),
    }
}

async fn changes(storage: &dyn UserPoolStorage, since: Timestamp) -> Vec<PastChange> {
    let (mut all, mut page) = (Vec::new(), PageRequest { limit: 2, after: None });
    loop {
        let found = storage.histories().changes(&pool_id(), since, &page).await.unwrap();
        all.extend(found.items);
        page.after = found.next;
        if page.after.is_none() {
            return all;
        }
    }
}

/// Of every kind, with what is added and removed, by time; and nothing of commits that keep nothing, and of other pools.
pub async fn what_stood_before_a_change_is_kept(storage: &dyn UserPoolStorage) {
    let Some(found) = with_history(storage).await else { return };
    let keep = |seconds| keep(found.version, seconds);
    insert(storage, 2, "bob").await;
    let factors = SecondFactors::default();
    let first: Vec<Write> = vec![
        UserWrite::Insert { user: user(1, "ada") }.into(),
        PasswordWrite::Insert { pool: pool_id(), sub: subject(1), password: password("first") }.into(),
        PasskeyWrite::Insert { passkeys: passkeys(1, &["a"]) }.into(),
        FactorWrite::SetSecond { pool: pool_id(), sub: subject(1), before: None, after: factors.clone() }.into(),
        GroupWrite::Insert { group: group("staff") }.into(),
        keep(10),
    ];
    storage.commit(first).await.unwrap();
    let standing = storage.histories().standing(&pool_id(), &[&subject(3), &subject(1)]).await.unwrap();
    let (nobody, ada) = (standing.first().unwrap(), standing.last().unwrap());
    assert_eq!(standing.len(), 2, "each in its place");
    assert!(nobody.user.is_none() && nobody.password.is_none() && nobody.passkeys.is_none());
    let before = ada.user.clone().unwrap();
    assert_eq!(before.record, user(1, "ada"));
    let after = User { enabled: false, ..before.record.clone() };
    storage.commit(vec![keep(20), UserWrite::Update { before, after: after.clone() }.into()]).await.unwrap();
    let before = storage.users().get(&pool_id(), &subject(1)).await.unwrap().unwrap();
    let last: Vec<Write> = vec![
        UserWrite::Delete { before }.into(),
        PasswordWrite::Remove { pool: pool_id(), sub: subject(1), before: ada.password.clone().unwrap() }.into(),
        PasskeyWrite::Delete { before: read_passkeys(storage, 1).await.unwrap() }.into(),
        FactorWrite::RemoveSecond { pool: pool_id(), sub: subject(1), before: ada.factors.clone().unwrap() }.into(),
        GroupWrite::Delete { before: read_group(storage, "staff").await.unwrap() }.into(),
        keep(30),
    ];
    storage.commit(last).await.unwrap();

    let sub = || subject(1);
    let kept = |seconds, before| PastChange { at: AT.plus_seconds(seconds), before };
    let name = || group("staff").name;
    let expected = [
        kept(10, Past::Group(name(), None)),
        kept(10, Past::Passkeys(sub(), None)),
        kept(10, Past::Password(sub(), None)),
        kept(10, Past::Factors(sub(), None)),
        kept(10, Past::User(sub(), None)),
        kept(20, Past::User(sub(), Some(user(1, "ada")))),
        kept(30, Past::Group(name(), Some(group("staff")))),
        kept(30, Past::Passkeys(sub(), Some(passkeys(1, &["a"])))),
        kept(30, Past::Password(sub(), Some(password("first")))),
        kept(30, Past::Factors(sub(), Some(factors))),
        kept(30, Past::User(sub(), Some(after))),
    ];
    let by_time = |mut changes: Vec<PastChange>| {
        changes.sort_by_key(|change| (change.at, format!("{:?}", change.before)));
        changes
    };
    let all = changes(storage, AT).await;
    assert!(all.is_sorted_by_key(|change| change.at), "{all:?}");
    assert_eq!(by_time(all), by_time(expected.into()));
    assert_eq!(changes(storage, AT.plus_seconds(11)).await.len(), 6);
    let elsewhere = storage.histories().changes(&other_pool(), AT, &PageRequest::default()).await.unwrap();
    assert_eq!(elsewhere.items, []);
}

/// A commit that keeps what stood leans on the pool as it was read.
pub async fn the_history_of_an_older_pool_is_not_kept_by_mistake(storage: &dyn UserPoolStorage) {
    let Some(found) = with_history(storage).await else { return };
    let stale = keep(found.version, 10);
    let after = found.record.clone();
    commit!(storage, PoolWrite::Update { before: found, after }).unwrap();

    let refusal = refused(storage.commit(vec![UserWrite::Insert { user: user(1, "ada") }.into(), stale]).await);

    assert_eq!((refusal.0, refusal.1), (Conflict, Some(1)));
    assert!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_none());
}

/// Up to a time, some at once, in one pool.
pub async fn a_history_is_forgotten_from_its_beginning(storage: &dyn UserPoolStorage) {
    let Some(found) = with_history(storage).await else { return };
    for number in 1..=4 {
        let user = user(number, &format!("ada{number}"));
        let at = i64::from(number) * 10;
        storage.commit(vec![UserWrite::Insert { user }.into(), keep(found.version, at)]).await.unwrap();
    }
    let forget = async |pool, seconds| storage.forget_history(&pool, AT.plus_seconds(seconds), 2).await.unwrap();

    while forget(other_pool(), 100).await {}
    assert_eq!(changes(storage, AT).await.len(), 4);
    assert!(forget(pool_id(), 30).await, "as many as it may: there may be more");
    assert!(!forget(pool_id(), 30).await);
    let left: Vec<Timestamp> = changes(storage, AT).await.into_iter().map(|change| change.at).collect();
    assert_eq!(left, [AT.plus_seconds(30), AT.plus_seconds(40)]);
    assert!(
        read_password(storage, 1).await.is_none()
            && storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_some()
    );
}

fn id(number: u32) -> RestorationId {
    subject(number).as_str().parse().unwrap()
}

fn restoration(number: u32) -> Restoration {
    Restoration {
        pool: pool_id(),
        id: id(number),
        status: RestorationStatus::PreviewGenerating,
        moment: AT,
        triggered_at: AT,
        start_before: None,
        started_at: None,
        ended_at: None,
        counts: RestorationCounts::default(),
        skipped: 0,
        step: Step::Collect,
        page: None,
        worked_at: AT,
    }
}

/// Of 16 that go on with it, one does.
pub async fn a_restoration_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    let found = async |pool, number| storage.histories().restoration(&pool, &id(number)).await.unwrap();
    for number in [2, 1] {
        commit!(storage, RestorationWrite::Insert { restoration: restoration(number) }).unwrap();
    }
    let again = RestorationWrite::Insert { restoration: restoration(1) };
    assert_eq!(refused(commit!(storage, again)).0, AlreadyExists);
    let before = found(pool_id(), 1).await.unwrap();
    assert_eq!(before.record, restoration(1));
    let go_on = |skipped: u64| {
        let after = Restoration { skipped: skipped + 1, ..before.record.clone() };
        storage.commit(vec![RestorationWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((0..16).map(go_on)).await, Conflict);
    assert_ne!(found(pool_id(), 1).await.unwrap().skipped, 0);
    assert!(found(other_pool(), 1).await.is_none());
    let all = storage.histories().restorations(&pool_id(), &PageRequest::default()).await.unwrap();
    assert_eq!(all.items.iter().map(|found| found.id.clone()).collect::<Vec<_>>(), [id(1), id(2)]);
}

/// In pages, groups first; found by whom they are about; removed one by one.
pub async fn plans_are_their_restorations(storage: &dyn UserPoolStorage) {
    let plan = |restoration, past: Past| Plan::of(&pool_id(), &id(restoration), past);
    let of = |number| plan(1, Past::User(subject(number), Some(user(number, "ada"))));
    let staff = plan(1, Past::Group(group("staff").name, Some(group("staff"))));
    let other = plan(2, Past::User(subject(1), None));
    for plan in [of(2), of(1), staff.clone(), other.clone(), of(1)] {
        commit!(storage, RestorationWrite::PutPlan { plan }).unwrap();
    }
    let page = |after| PageRequest { limit: 2, after };
    let first = storage.histories().plans(&pool_id(), &id(1), &page(None)).await.unwrap();
    assert_eq!(first.items, [staff.clone(), of(1)]);
    let rest = storage.histories().plans(&pool_id(), &id(1), &page(first.next)).await.unwrap();
    assert_eq!((rest.items, rest.next), (vec![of(2)], None));
    let keys = [PlanKey::User(subject(9)), PlanKey::User(subject(2))];
    assert_eq!(storage.histories().plans_about(&pool_id(), &id(1), &keys).await.unwrap(), [of(2)]);

    let about = PlanKey::User(subject(1));
    for _ in 0..2 {
        let (pool, restoration) = (pool_id(), id(1));
        commit!(storage, RestorationWrite::RemovePlan { pool, restoration, about: about.clone() }).unwrap();
    }
    let left = storage.histories().plans(&pool_id(), &id(1), &PageRequest::default()).await.unwrap();
    assert_eq!(left.items, [staff, of(2)]);
    let left = storage.histories().plans(&pool_id(), &id(2), &PageRequest::default()).await.unwrap();
    assert_eq!(left.items, [other]);
}
