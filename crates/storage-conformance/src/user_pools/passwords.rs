//! Passwords.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::user::Credential;
use userpool_core::storage::{PasswordWrite, UserWrite};

use super::fixtures::{insert, other_pool, password, pool_id, put_password, read_password, subject};
use crate::macros::commit;
use crate::{one_won, refused};

/// As it was written, of this user alone; a new one takes its place, whatever stood there.
pub async fn a_password_is_its_users(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    assert!(read_password(storage, 1).await.is_none());
    commit!(storage, put_password(1, "first")).unwrap();
    commit!(storage, put_password(2, "other")).unwrap();
    assert_eq!(read_password(storage, 1).await.unwrap().record, password("first"));
    commit!(storage, put_password(1, "second")).unwrap();
    assert_eq!(read_password(storage, 1).await.unwrap().record, password("second"));
    assert_eq!(read_password(storage, 2).await.unwrap().record, password("other"));
    assert!(storage.passwords().get(&other_pool(), &subject(1)).await.unwrap().is_none());
}

/// By a write of its own, with or without the user, and nobody else's; what is gone is removed again without complaint.
pub async fn a_password_is_removed(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    commit!(storage, put_password(1, "ada's"), put_password(2, "other's")).unwrap();
    let before = read_password(storage, 1).await.unwrap();
    for _ in 0..2 {
        commit!(storage, PasswordWrite::Delete { pool: pool_id(), sub: subject(1) }).unwrap();
        commit!(storage, PasswordWrite::Delete { pool: other_pool(), sub: subject(2) }).unwrap();
    }
    assert!(read_password(storage, 1).await.is_none());
    assert_eq!(read_password(storage, 2).await.unwrap().record, password("other's"));
    assert!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_some());
    let update = PasswordWrite::Update { pool: pool_id(), sub: subject(1), before, after: password("late") };
    assert_eq!(refused(commit!(storage, update)).0, Conflict);
}

/// Of 16 that add the first, one wins; and it is removed as it was read, or not at all.
pub async fn a_first_password_is_added_once_and_removed_as_it_was_read(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    let first = |_| {
        let insert = PasswordWrite::Insert { pool: pool_id(), sub: subject(1), password: password("first") };
        storage.commit(vec![insert.into()])
    };
    one_won(join_all((0..16).map(first)).await, AlreadyExists);
    let before = read_password(storage, 1).await.unwrap();
    assert_eq!(before.record, password("first"));
    commit!(storage, put_password(1, "second")).unwrap();
    let remove = |before| PasswordWrite::Remove { pool: pool_id(), sub: subject(1), before };
    assert_eq!(refused(commit!(storage, remove(before))).0, Conflict);
    let before = read_password(storage, 1).await.unwrap();
    commit!(storage, remove(before)).unwrap();
    assert!(read_password(storage, 1).await.is_none());
}

/// Of 16 that replace it, one wins; one that was set anew meanwhile is not replaced.
pub async fn a_password_is_replaced_as_it_was_read(storage: &dyn UserPoolStorage) {
    let update = |before: &Versioned<Credential>, hash: &str| {
        let (before, after) = (before.clone(), password(hash));
        storage.commit(vec![PasswordWrite::Update { pool: pool_id(), sub: subject(1), before, after }.into()])
    };
    commit!(storage, put_password(1, "old")).unwrap();
    let old = read_password(storage, 1).await.unwrap();
    commit!(storage, put_password(1, "new")).unwrap();
    assert_eq!(refused(update(&old, "stale").await).0, Conflict);
    let new = read_password(storage, 1).await.unwrap();
    assert_eq!(new.record, password("new"));
    one_won(join_all((0..16).map(|_| update(&new, "rehashed"))).await, Conflict);
    assert_eq!(read_password(storage, 1).await.unwrap().record, password("rehashed"));
}

/// By subject and by every name, each with their own, or with none.
pub async fn users_are_read_with_their_passwords(storage: &dyn UserPoolStorage) {
    let (ada, bob) = (insert(storage, 1, "ada").await, insert(storage, 2, "bob").await);
    commit!(storage, put_password(1, "ada's")).unwrap();
    let passwords = storage.passwords();

    for found in [
        passwords.with_user(&pool_id(), &subject(1)).await.unwrap(),
        passwords.with_named_user(&pool_id(), "ada").await.unwrap(),
        passwords.with_named_user(&pool_id(), "ada@example.com").await.unwrap(),
    ] {
        let (user, found) = found.unwrap();
        assert_eq!((user, found.unwrap().record), (ada.clone(), password("ada's")));
    }
    let none = passwords.with_named_user(&pool_id(), "bob").await.unwrap();
    assert_eq!(none, Some((bob, None)));
    assert!(passwords.with_user(&pool_id(), &subject(3)).await.unwrap().is_none());
    assert!(passwords.with_named_user(&pool_id(), "Ada").await.unwrap().is_none());
    assert!(passwords.with_named_user(&other_pool(), "ada").await.unwrap().is_none());
    let (user, found) = passwords.with_user(&pool_id(), &subject(1)).await.unwrap().unwrap();
    let update = UserWrite::Update { after: user.record.clone(), before: user };
    let (pool, sub) = (pool_id(), subject(1));
    let rehash = PasswordWrite::Update { pool, sub, before: found.unwrap(), after: password("new") };
    commit!(storage, update, rehash).unwrap();
}
