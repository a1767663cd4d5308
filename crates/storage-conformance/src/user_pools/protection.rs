//! What is kept to protect accounts.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::ids::UserPoolId;
use userpool_core::model::limits::ProvisionedRates;
use userpool_core::model::sign_in_history::{Known, SignInHistory};
use userpool_core::storage::ProtectionWrite;

use super::fixtures::{AT, other_pool, pool_id, subject};
use crate::macros::commit;
use crate::one_won;

fn known(device: &str) -> SignInHistory {
    let devices = vec![Known { hash: device.to_owned(), last: AT }];
    SignInHistory { devices, ..SignInHistory::default() }
}

fn set(pool: UserPoolId, before: Option<&Versioned<SignInHistory>>, device: &str) -> ProtectionWrite {
    ProtectionWrite::SetHistory { pool, sub: subject(1), before: before.cloned(), after: known(device) }
}

/// Of this user of this pool alone; of 16 that set it from what they read, one wins; it is forgotten without complaint.
pub async fn a_history_is_its_users_and_set_from_what_was_read(storage: &dyn UserPoolStorage) {
    let read = async |pool: UserPoolId| storage.protections().history(&pool, &subject(1)).await.unwrap();
    assert!(read(pool_id()).await.is_none());
    let firsts = (0..16).map(|number| storage.commit(vec![set(pool_id(), None, &number.to_string()).into()]));
    one_won(join_all(firsts).await, AlreadyExists);
    let first = read(pool_id()).await.unwrap();
    let seconds = (0..16).map(|_| storage.commit(vec![set(pool_id(), Some(&first), "second").into()]));
    one_won(join_all(seconds).await, Conflict);
    assert_eq!(read(pool_id()).await.unwrap().record, known("second"));
    assert!(read(other_pool()).await.is_none());
    commit!(storage, set(other_pool(), None, "elsewhere")).unwrap();
    for _ in 0..2 {
        commit!(storage, ProtectionWrite::ForgetHistory { pool: pool_id(), sub: subject(1) }).unwrap();
    }
    assert!(read(pool_id()).await.is_none());
    assert_eq!(read(other_pool()).await.unwrap().record, known("elsewhere"));
}

/// Of 16 that set them from what they read, one wins.
pub async fn rates_are_set_from_what_was_read(storage: &dyn UserPoolStorage) {
    let rates = |rate: u32| ProvisionedRates { rates: [("UserRead".to_owned(), rate)].into() };
    let set = |before: Option<&Versioned<ProvisionedRates>>, rate| {
        storage.commit(vec![ProtectionWrite::SetRates { before: before.cloned(), after: rates(rate) }.into()])
    };
    assert!(storage.protections().rates().await.unwrap().is_none());
    one_won(join_all((0..16).map(|_| set(None, 120))).await, AlreadyExists);
    let first = storage.protections().rates().await.unwrap().unwrap();
    one_won(join_all((0..16).map(|_| set(Some(&first), 240))).await, Conflict);
    assert_eq!(storage.protections().rates().await.unwrap().unwrap().record, rates(240));
}
