//! Passkeys.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::passkeys::UserPasskeys;
use userpool_core::storage::PasskeyWrite;

use super::fixtures::{other_pool, passkeys, pool_id, read_passkeys, subject};
use crate::macros::commit;
use crate::{one_won, refused};

/// As they were written, of this user alone; the first ones are added once, and of 16 that change them one wins.
pub async fn passkeys_are_their_users(storage: &dyn UserPoolStorage) {
    assert!(read_passkeys(storage, 1).await.is_none());
    commit!(storage, PasskeyWrite::Insert { passkeys: passkeys(1, &["a"]) }).unwrap();
    let again = PasskeyWrite::Insert { passkeys: passkeys(1, &["b"]) };
    assert_eq!(refused(commit!(storage, again)).0, AlreadyExists);
    let before = read_passkeys(storage, 1).await.unwrap();
    assert_eq!(before.record, passkeys(1, &["a"]));
    assert!(read_passkeys(storage, 2).await.is_none());
    assert!(storage.passkeys().of_user(&other_pool(), &subject(1)).await.unwrap().is_none());

    let add = |number: usize| {
        let after = passkeys(1, &["a", &format!("b{number}")]);
        storage.commit(vec![PasskeyWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((0..16).map(add)).await, Conflict);
    assert_eq!(refused(commit!(storage, PasskeyWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(read_passkeys(storage, 1).await.unwrap().list.len(), 2);
}

/// Nobody gets a passkey that somebody has, not with the first, not later, in any case of the letters; and the refusal says
/// what is taken. One that was removed is free, and in another pool there is another.
pub async fn a_passkey_has_one_owner(storage: &dyn UserPoolStorage) {
    commit!(storage, PasskeyWrite::Insert { passkeys: passkeys(1, &["a", "b"]) }).unwrap();
    let taken = commit!(storage, PasskeyWrite::Insert { passkeys: passkeys(2, &["c", "b"]) }).unwrap_err();
    assert_eq!((taken.kind(), taken.condition()), (AlreadyExists, Some("passkey")));
    commit!(storage, PasskeyWrite::Insert { passkeys: passkeys(2, &["A"]) }).unwrap();
    let before = read_passkeys(storage, 2).await.unwrap();
    let taken = commit!(storage, PasskeyWrite::Update { before: before.clone(), after: passkeys(2, &["A", "a"]) });
    assert_eq!(taken.unwrap_err().condition(), Some("passkey"));
    let elsewhere = UserPasskeys { pool: other_pool(), ..passkeys(3, &["a"]) };
    commit!(storage, PasskeyWrite::Insert { passkeys: elsewhere }).unwrap();

    let of_ada = read_passkeys(storage, 1).await.unwrap();
    commit!(storage, PasskeyWrite::Update { before: of_ada, after: passkeys(1, &["b"]) }).unwrap();
    commit!(storage, PasskeyWrite::Update { before, after: passkeys(2, &["A", "a"]) }).unwrap();
    let of_ada = read_passkeys(storage, 1).await.unwrap();
    commit!(storage, PasskeyWrite::Delete { before: of_ada }).unwrap();
    assert!(read_passkeys(storage, 1).await.is_none());
    commit!(storage, PasskeyWrite::Insert { passkeys: passkeys(4, &["b"]) }).unwrap();
    assert!(storage.passkeys().of_user(&pool_id(), &subject(2)).await.unwrap().is_some());
}
