//! What signing in leaves: sessions, codes, budgets, challenges and attempts.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::attempts::Attempts;
use userpool_core::model::code::CodePurpose;
use userpool_core::model::code_budget::CodeBudget;
use userpool_core::model::ids::UserPoolId;
use userpool_core::model::session::Session;
use userpool_core::storage::{AttemptsWrite, ChallengeWrite, CodeWrite, SessionWrite};

use super::fixtures::{AT, code, other_pool, pool_id, read_session, session, sessions_of, subject};
use crate::macros::commit;
use crate::{everything, one_won, refused};

/// As it was written, once; of two that refresh it, one wins.
pub async fn a_session_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, SessionWrite::Insert { session: session("one", 1) }).unwrap();
    let again = Session { sub: subject(2), ..session("one", 1) };
    assert_eq!(refused(commit!(storage, SessionWrite::Insert { session: again })).0, AlreadyExists);
    let before = read_session(storage, "one").await.unwrap();
    assert_eq!(before.record, session("one", 1));
    assert!(storage.sessions().get(&other_pool(), "one").await.unwrap().is_none());

    let refresh = |number: u32| {
        let after = Session { generation: number, rotated_at: Some(AT), ..before.record.clone() };
        storage.commit(vec![SessionWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((1..=16).map(refresh)).await, Conflict);
    assert_eq!(refused(commit!(storage, SessionWrite::Delete { before: before.clone() })).0, Conflict);
    let after = read_session(storage, "one").await.unwrap();
    assert_eq!((after.generation > 0, after.rotated_at), (true, Some(AT)));
    assert_eq!((&after.refresh_seed, &after.grant), (&before.refresh_seed, &before.grant));
}

/// A user's alone, by id, in pages.
pub async fn sessions_are_found_by_their_user(storage: &dyn UserPoolStorage) {
    for (id, number) in [("c", 1), ("a", 1), ("x", 2), ("b", 1)] {
        commit!(storage, SessionWrite::Insert { session: session(id, number) }).unwrap();
    }
    assert_eq!(sessions_of(storage, 1).await, ["a", "b", "c"]);
    assert_eq!(sessions_of(storage, 2).await, ["x"]);
    let before = read_session(storage, "b").await.unwrap();
    commit!(storage, SessionWrite::Delete { before }).unwrap();
    assert_eq!(sessions_of(storage, 1).await, ["a", "c"]);
    assert!(read_session(storage, "b").await.is_none());
    let elsewhere = everything();
    assert!(storage.sessions().of_user(&other_pool(), &subject(1), &elsewhere).await.unwrap().items.is_empty());
}

/// A new code takes the place of the one before it, for its purpose alone.
pub async fn a_code_voids_the_one_before(storage: &dyn UserPoolStorage) {
    let [first, second, ..] = CodePurpose::ALL;
    for hash in [1, 2] {
        commit!(storage, CodeWrite::Put { code: code(1, first, hash) }).unwrap();
    }
    commit!(storage, CodeWrite::Put { code: code(1, second, 3) }).unwrap();
    let read = |purpose| async move { storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap() };
    assert_eq!(read(first).await.unwrap().record, code(1, first, 2));
    assert_eq!(read(second).await.unwrap().record, code(1, second, 3));
    assert!(storage.codes().get(&pool_id(), &subject(2), first).await.unwrap().is_none());
}

/// Of 16 that spend it, one wins, and then it is gone; a code that was sent anew meanwhile is not spent.
pub async fn a_code_is_spent_once(storage: &dyn UserPoolStorage) {
    let [purpose, ..] = CodePurpose::ALL;
    let read = || async { storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap() };
    commit!(storage, CodeWrite::Put { code: code(1, purpose, 1) }).unwrap();
    let old = read().await.unwrap();
    commit!(storage, CodeWrite::Put { code: code(1, purpose, 2) }).unwrap();
    assert_eq!(refused(commit!(storage, CodeWrite::Spend { before: old })).0, Conflict);
    let before = read().await.unwrap();
    let spend = |_| storage.commit(vec![CodeWrite::Spend { before: before.clone() }.into()]);
    one_won(join_all((0..16).map(spend)).await, Conflict);
    assert!(read().await.is_none());
}

/// For one purpose, and nobody else's; what is gone is removed again without complaint.
pub async fn a_code_is_removed(storage: &dyn UserPoolStorage) {
    let [purpose, other, ..] = CodePurpose::ALL;
    for (number, purpose) in [(1, purpose), (1, other), (2, purpose)] {
        commit!(storage, CodeWrite::Put { code: code(number, purpose, 1) }).unwrap();
    }
    for _ in 0..2 {
        commit!(storage, CodeWrite::Delete { pool: pool_id(), sub: subject(1), purpose }).unwrap();
        commit!(storage, CodeWrite::Delete { pool: other_pool(), sub: subject(2), purpose }).unwrap();
    }
    let read =
        |number, purpose| async move { storage.codes().get(&pool_id(), &subject(number), purpose).await.unwrap() };
    assert!(read(1, purpose).await.is_none());
    assert!(read(1, other).await.is_some() && read(2, purpose).await.is_some());
}

/// In the order asked for; of many that spend at once, one wins, and what was spent is there.
pub async fn budgets_are_spent_from_what_was_read(storage: &dyn UserPoolStorage) {
    let set = |name: &str, before: Option<Versioned<CodeBudget>>, tries| {
        let after = CodeBudget { tries, ..CodeBudget::default() };
        CodeWrite::SetBudget { pool: pool_id(), name: name.to_owned(), before, after }
    };
    let race = |tries: std::ops::Range<u32>, before: Option<Versioned<CodeBudget>>| {
        join_all(tries.map(move |tries| storage.commit(vec![set("a", before.clone(), tries).into()])))
    };
    let names = ["b", "none", "a"].map(str::to_owned);
    let read = || async { storage.codes().budgets(&pool_id(), &names).await.unwrap() };
    one_won(race(1..17, None).await, AlreadyExists);
    commit!(storage, set("b", None, 100)).unwrap();
    let found = read().await;
    assert!(found[0].as_ref().is_some_and(|budget| budget.tries == 100) && found[1].is_none());
    assert!(found[2].as_ref().is_some_and(|budget| (1..17).contains(&budget.tries)));
    one_won(race(20..36, found[2].clone()).await, Conflict);
    assert!(read().await[2].as_ref().is_some_and(|budget| (20..36).contains(&budget.tries)));
    assert!(storage.codes().budgets(&other_pool(), &names).await.unwrap().iter().all(Option::is_none));
    let forget = |name: &str| CodeWrite::ForgetBudget { pool: pool_id(), name: name.to_owned() };
    commit!(storage, forget("a"), forget("nothing")).unwrap();
    let left = read().await;
    assert!(left[0].is_some() && left[2].is_none());
}

/// Of 32 that spend one id, one wins; another id, and the same in another pool, is another challenge.
pub async fn a_challenge_is_spent_once(storage: &dyn UserPoolStorage) {
    let spend = |pool: UserPoolId, id: &str| {
        storage.commit(vec![ChallengeWrite::Spend { pool, id: id.to_owned(), until: AT }.into()])
    };
    for round in 0..20 {
        let id = format!("id-{round}");
        one_won(join_all((0..32).map(|_| spend(pool_id(), &id))).await, AlreadyExists);
        assert_eq!(refused(spend(pool_id(), &id).await).0, AlreadyExists);
    }
    spend(other_pool(), "id-0").await.unwrap();
}

/// Of many that count at once, one wins; what was forgotten begins anew.
pub async fn attempts_are_counted_from_what_was_read(storage: &dyn UserPoolStorage) {
    let set = |before: Option<Versioned<Attempts>>, count| {
        let after = Attempts { count, in_a_row: count, last: Some(AT) };
        storage.commit(vec![AttemptsWrite::Set { pool: pool_id(), name: "ada".to_owned(), before, after }.into()])
    };
    let read = || async { storage.attempts().get(&pool_id(), "ada").await.unwrap() };
    one_won(join_all((1..17).map(|count| set(None, count))).await, AlreadyExists);
    let before = read().await;
    assert!(before.as_ref().is_some_and(|attempts| (1..17).contains(&attempts.count)));
    one_won(join_all((20..36).map(|count| set(before.clone(), count))).await, Conflict);
    assert!(read().await.is_some_and(|attempts| (20..36).contains(&attempts.count)));
    assert!(storage.attempts().get(&pool_id(), "eve").await.unwrap().is_none());
    assert!(storage.attempts().get(&other_pool(), "ada").await.unwrap().is_none());
    commit!(storage, AttemptsWrite::Forget { pool: pool_id(), name: "ada".to_owned() }).unwrap();
    assert!(read().await.is_none());
    set(None, 1).await.unwrap();
}
