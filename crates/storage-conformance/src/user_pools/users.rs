//! Users and the names that lead to them.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::attempts::Attempts;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::code::CodePurpose;
use userpool_core::model::user::{NameKind, User};
use userpool_core::ops::removal::removal_of;
use userpool_core::storage::{AttemptsWrite, CodeWrite, GroupWrite, PasskeyWrite, UserWrite};

use super::fixtures::{
    cleanups, code, found, group, group_id, insert, insert_user, login, members, other_pool, passkeys, pool_id,
    put_password, read_group, read_passkeys, read_password, subject, user,
};
use crate::macros::commit;
use crate::{one_won, refused};

/// By every name it has, and by its subject.
pub async fn a_name_leads_to_one_user(storage: &dyn UserPoolStorage) {
    let mut known = user(1, "ada");
    known.names.insert(NameKind::UsernameOtherwise, "aDa".to_owned());
    let ada = insert_user(storage, known.clone()).await;
    assert_eq!(ada.record, known);
    for name in ["ada", "aDa", "ada@example.com"] {
        assert_eq!(storage.users().named(&pool_id(), name).await.unwrap().as_deref(), Some(&ada.record));
    }
    assert!(storage.users().named(&pool_id(), "Ada").await.unwrap().is_none());
    assert!(storage.users().named(&other_pool(), "ada").await.unwrap().is_none());
    assert!(storage.users().get(&other_pool(), &subject(1)).await.unwrap().is_none());
}

/// `AlreadyExists`, with the kind of name as condition; nothing of the refused user is there.
pub async fn a_taken_name_is_refused_with_its_kind(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    let mut same_name = user(2, "ada");
    same_name.names.remove(&NameKind::Email);
    let mut same_mail = user(3, "eve");
    same_mail.names.insert(NameKind::Email, "ada@example.com".to_owned());

    let mut same_otherwise = user(4, "ann");
    same_otherwise.names.insert(NameKind::UsernameOtherwise, "ada".to_owned());

    for (user, condition) in [(same_name, "username"), (same_mail, "email"), (same_otherwise, "username")] {
        let write = UserWrite::Insert { user: user.clone() };
        let error = commit!(storage, GroupWrite::Insert { group: group("g") }, write).unwrap_err();
        assert_eq!((error.kind(), error.write()), (AlreadyExists, Some(1)));
        assert_eq!(error.condition(), Some(condition));
        assert!(storage.users().get(&pool_id(), &user.sub).await.unwrap().is_none());
    }
    assert!(storage.users().named(&pool_id(), "eve").await.unwrap().is_none());
    assert!(read_group(storage, "g").await.is_none(), "nothing of a refused commit is there");
}

/// The same subject is refused, too, and the user who has it stays.
pub async fn a_subject_is_given_once(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    assert_eq!(refused(commit!(storage, UserWrite::Insert { user: user(1, "eve") })).0, AlreadyExists);
    assert_eq!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().unwrap().username.as_str(), "ada");
    assert!(storage.users().named(&pool_id(), "eve").await.unwrap().is_none());
}

/// The old name and value lead nowhere, and another may have them.
pub async fn a_changed_user_is_found_by_new_values_only(storage: &dyn UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let mut after = before.record.clone();
    after.attributes.insert("email".to_owned(), "new@example.com".to_owned());
    after.names.insert(NameKind::Email, "new@example.com".to_owned());
    commit!(storage, UserWrite::Update { before, after: after.clone() }).unwrap();

    assert_eq!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().as_deref(), Some(&after));
    assert!(storage.users().named(&pool_id(), "ada@example.com").await.unwrap().is_none());
    assert!(storage.users().named(&pool_id(), "new@example.com").await.unwrap().is_some());
    assert!(found(storage, "email", "ada@example.com", false).await.is_empty());
    assert_eq!(found(storage, "email", "new@example.com", false).await, ["ada"]);
    insert(storage, 2, "ada@example.com").await;
}

/// In one commit one user gives a name up and another takes it; without the first, the second is refused.
pub async fn a_name_moves_from_one_user_to_another(storage: &dyn UserPoolStorage) {
    let (ada, eve) = (insert(storage, 1, "ada").await, insert(storage, 2, "eve").await);
    let with_email = |user: &User, email: Option<&str>| {
        let mut user = user.clone();
        user.names.remove(&NameKind::Email);
        user.names.extend(email.map(|email| (NameKind::Email, email.to_owned())));
        user
    };
    let read = |number| async move { storage.users().get(&pool_id(), &subject(number)).await.unwrap().unwrap() };
    let takes = || UserWrite::Update { before: eve.clone(), after: with_email(&eve, Some("ada@example.com")) };
    let gives_up = || UserWrite::Update { before: ada.clone(), after: with_email(&ada, None) };

    let refusal = commit!(storage, takes()).unwrap_err();
    assert_eq!((refusal.kind(), refusal.condition()), (AlreadyExists, Some("email")));
    commit!(storage, gives_up(), takes()).unwrap();

    let found = storage.users().named(&pool_id(), "ada@example.com").await.unwrap().unwrap();
    assert_eq!(found.sub, subject(2));
    assert_eq!(refused(commit!(storage, gives_up(), takes())), (Conflict, Some(0)));

    let (ada, eve) = (read(1).await, found);
    let takes_back = UserWrite::Update { before: ada.clone(), after: with_email(&ada, Some("ada@example.com")) };
    commit!(storage, takes_back, UserWrite::Update { before: eve.clone(), after: with_email(&eve, None) }).unwrap();
    let found = storage.users().named(&pool_id(), "ada@example.com").await.unwrap().unwrap();
    assert_eq!(found.sub, subject(1), "whichever of the two writes comes first");
}

/// Of two changes of one version, one wins.
pub async fn a_user_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let change = |epoch| {
        let after = User { epoch, ..before.record.clone() };
        storage.commit(vec![UserWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((1..=16).map(change)).await, Conflict);
    assert_eq!(refused(commit!(storage, UserWrite::Delete { before })).0, Conflict);
    assert!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_some_and(|user| user.epoch > 0));
}

/// With all the writes that remove a user, names, index, record, password, codes and counts are gone, and the sessions are to
/// go; those of others stay.
pub async fn a_deleted_user_leaves_no_trace(storage: &dyn UserPoolStorage) {
    let mut ada = user(1, "ada");
    ada.memberships.insert("staff".parse().unwrap(), group_id(1));
    let ada = insert_user(storage, ada).await;
    commit!(storage, put_password(1, "ada's"), put_password(2, "other's")).unwrap();
    for purpose in CodePurpose::ALL {
        commit!(storage, CodeWrite::Put { code: code(1, purpose, 1) }).unwrap();
        commit!(storage, CodeWrite::Put { code: code(2, purpose, 1) }).unwrap();
    }
    for number in [1, 2] {
        let (pool, name) = (pool_id(), subject(number).to_string());
        commit!(storage, AttemptsWrite::Set { pool, name, before: None, after: Attempts::default() }).unwrap();
    }

    for number in [1, 2] {
        let passkeys = passkeys(number, &[&format!("passkey {number}")]);
        commit!(storage, PasskeyWrite::Insert { passkeys }).unwrap();
    }

    let of_ada = read_passkeys(storage, 1).await;
    storage.commit(removal_of(ada, of_ada)).await.unwrap();

    assert!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_none());
    assert!(found(storage, "username", "a", true).await.is_empty());
    assert!(members(storage, 1).await.is_empty());
    assert!(read_password(storage, 1).await.is_none() && read_password(storage, 2).await.is_some());
    for purpose in CodePurpose::ALL {
        assert!(storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap().is_none());
        assert!(storage.codes().get(&pool_id(), &subject(2), purpose).await.unwrap().is_some());
    }
    assert!(storage.attempts().get(&pool_id(), subject(1).as_str()).await.unwrap().is_none());
    assert!(storage.attempts().get(&pool_id(), subject(2).as_str()).await.unwrap().is_some());
    assert!(read_passkeys(storage, 1).await.is_none() && read_passkeys(storage, 2).await.is_some());
    commit!(storage, PasskeyWrite::Insert { passkeys: passkeys(3, &["passkey 1"]) }).unwrap();
    assert_eq!(cleanups(storage).await, [Cleanup { pool: pool_id(), task: CleanupTask::Sessions(subject(1)) }]);
    insert(storage, 3, "ada").await;
}

/// A login leads to one user of its pool, whatever names there are, and is free again when that lets it go.
pub async fn a_login_leads_to_one_user(storage: &dyn UserPoolStorage) {
    let with = |number, name: &str, logins: &[&str]| {
        let logins = logins.iter().map(|value| login(value)).collect();
        User { logins, ..user(number, name) }
    };
    let leads_to = |value: &str| {
        let key = login(value).key;
        async move { storage.users().of_login(&pool_id(), &key).await.unwrap().map(|user| user.sub.clone()) }
    };
    commit!(storage, UserWrite::Insert { user: with(1, "ada", &["1", "A"]) }).unwrap();
    assert_eq!(leads_to("1").await, Some(subject(1)));
    assert_eq!(leads_to("a").await, None, "case counts");
    assert!(storage.users().named(&pool_id(), "1").await.unwrap().is_none());
    let taken = commit!(storage, UserWrite::Insert { user: with(2, "eve", &["1"]) }).unwrap_err();
    assert_eq!((taken.kind(), taken.condition()), (AlreadyExists, Some("login")));
    let elsewhere = User { pool: other_pool(), ..with(2, "eve", &["1"]) };
    commit!(storage, UserWrite::Insert { user: elsewhere }).unwrap();
    let before = storage.users().get(&pool_id(), &subject(1)).await.unwrap().unwrap();
    commit!(storage, UserWrite::Update { before, after: with(1, "ada", &["A"]) }).unwrap();
    assert_eq!(leads_to("1").await, None);
    commit!(storage, UserWrite::Insert { user: with(2, "eve", &["1"]) }).unwrap();
    assert_eq!(leads_to("1").await, Some(subject(2)));
    let before = storage.users().get(&pool_id(), &subject(2)).await.unwrap().unwrap();
    commit!(storage, UserWrite::Delete { before }).unwrap();
    assert_eq!(leads_to("1").await, None);
}
