//! What has ended.

use document_store::Versioned;
use document_store::error::StorageErrorKind::AlreadyExists;
use userpool_core::UserPoolStorage;
use userpool_core::model::attempts::Attempts;
use userpool_core::model::code::{Code, CodePurpose};
use userpool_core::model::code_budget::CodeBudget;
use userpool_core::model::rate::Spent;
use userpool_core::model::session::Session;
use userpool_core::storage::{AttemptsWrite, ChallengeWrite, CodeWrite, SessionWrite};

use super::fixtures::{
    AT, code, insert, other_pool, pool_id, put_password, read_password, session, sessions_of, subject,
};
use crate::macros::commit;
use crate::refused;

/// What has ended by then goes, bit by bit: sessions, codes, forgiven attempts and budgets, spent challenges. Nothing that
/// goes on does, and nothing of another pool.
pub async fn what_has_ended_is_swept(storage: &dyn UserPoolStorage) {
    let [purpose, ..] = CodePurpose::ALL;
    let spend = |pool, id: &str| ChallengeWrite::Spend { pool, id: id.to_owned(), until: AT };
    let attempts = |name: &str, count| {
        let after = Attempts { count, in_a_row: count, last: Some(AT) };
        AttemptsWrite::Set { pool: pool_id(), name: name.to_owned(), before: None, after }
    };
    let spent = Spent { count: 1, since: AT, last: AT };
    let after = CodeBudget { guesses: spent, sends: spent, ..CodeBudget::default() };
    let budget = CodeWrite::SetBudget { pool: pool_id(), name: "b".to_owned(), before: None, after };
    let lasting = Session { expires_at: AT.plus_seconds(1_000_000), ..session("lasting", 1) };
    let elsewhere = Session { pool: other_pool(), ..session("elsewhere", 1) };
    insert(storage, 1, "ada").await;
    for session in [session("one", 1), session("two", 1), lasting, elsewhere] {
        commit!(storage, SessionWrite::Insert { session }).unwrap();
    }
    commit!(storage, CodeWrite::Put { code: code(1, purpose, 1) }, budget, put_password(1, "ada's")).unwrap();
    commit!(storage, attempts("few", 1), attempts("many", 500), spend(pool_id(), "spent")).unwrap();

    assert!(!storage.sweep(&pool_id(), AT, 100).await.unwrap());
    assert_eq!(
        refused(commit!(storage, spend(pool_id(), "spent"))).0,
        AlreadyExists,
        "it has not ended before its end"
    );
    assert_eq!(sessions_of(storage, 1).await, ["lasting", "one", "two"]);

    let mut rounds = 1;
    while storage.sweep(&pool_id(), AT.plus_seconds(300_000), 2).await.unwrap() {
        rounds += 1;
    }

    assert!(rounds >= 3, "two at a time: {rounds}");
    assert_eq!(sessions_of(storage, 1).await, ["lasting"]);
    assert!(storage.sessions().get(&other_pool(), "elsewhere").await.unwrap().is_some());
    assert!(storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap().is_none());
    assert_eq!(storage.codes().budgets(&pool_id(), &["b".to_owned()]).await.unwrap(), [None]);
    assert!(storage.attempts().get(&pool_id(), "few").await.unwrap().is_none());
    assert!(storage.attempts().get(&pool_id(), "many").await.unwrap().is_some(), "500 are not forgiven so soon");
    commit!(storage, spend(pool_id(), "spent")).unwrap();
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_some());
    assert!(read_password(storage, 1).await.is_some());
}

/// A code that was sent anew, and attempts that went on, are not swept at the end of what they were before.
pub async fn what_goes_on_is_not_swept_at_its_former_end(storage: &dyn UserPoolStorage) {
    let [purpose, ..] = CodePurpose::ALL;
    let anew = Code { expires_at: AT.plus_seconds(500_000), ..code(1, purpose, 2) };
    for code in [code(1, purpose, 1), anew.clone()] {
        commit!(storage, CodeWrite::Put { code }).unwrap();
    }
    let set = |before: Option<Versioned<Attempts>>, last| {
        let after = Attempts { count: 1, in_a_row: 1, last: Some(last) };
        storage.commit(vec![AttemptsWrite::Set { pool: pool_id(), name: "ada".to_owned(), before, after }.into()])
    };
    let read = || async { storage.attempts().get(&pool_id(), "ada").await.unwrap() };
    set(None, AT).await.unwrap();
    set(read().await, AT.plus_seconds(500_000)).await.unwrap();

    while storage.sweep(&pool_id(), AT.plus_seconds(400_000), 100).await.unwrap() {}

    let found = storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap();
    assert_eq!(found.map(|code| code.record), Some(anew));
    assert!(read().await.is_some());
}
