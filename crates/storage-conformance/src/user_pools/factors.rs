//! Second factors.

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::factors::{SecondFactor, SecondFactors, SoftwareToken};
use userpool_core::storage::FactorWrite;

use super::fixtures::{AT, other_pool, pool_id, subject};
use crate::macros::commit;
use crate::{one_won, refused};

fn factors(last_step: i64) -> SecondFactors {
    let token = SoftwareToken { sealed_seed: vec![0, 255, 7], name: "phone".to_owned(), last_step, proved_at: AT };
    SecondFactors {
        software_token: Some(token),
        pending_seed: Some(vec![1, 2]),
        active: [SecondFactor::SoftwareToken, SecondFactor::Sms].into(),
        preferred: Some(SecondFactor::Sms),
        passkey: true,
    }
}

fn set(number: u32, before: Option<Versioned<SecondFactors>>, after: SecondFactors) -> FactorWrite {
    FactorWrite::SetSecond { pool: pool_id(), sub: subject(number), before, after }
}

async fn read(storage: &dyn UserPoolStorage, number: u32) -> Option<Versioned<SecondFactors>> {
    storage.factors().second(&pool_id(), &subject(number)).await.unwrap()
}

/// As they were written, of this user alone; removed, they are gone, and removing none is nothing.
pub async fn second_factors_are_their_users(storage: &dyn UserPoolStorage) {
    assert!(read(storage, 1).await.is_none());
    commit!(storage, set(1, None, factors(7))).unwrap();
    commit!(storage, set(2, None, SecondFactors::default())).unwrap();

    assert_eq!(read(storage, 1).await.unwrap().record, factors(7));
    assert_eq!(read(storage, 2).await.unwrap().record, SecondFactors::default());
    assert!(storage.factors().second(&other_pool(), &subject(1)).await.unwrap().is_none());
    for _ in 0..2 {
        commit!(storage, FactorWrite::DeleteSecond { pool: pool_id(), sub: subject(1) }).unwrap();
        assert!(read(storage, 1).await.is_none());
    }
    assert!(read(storage, 2).await.is_some());
}

/// Of 16 that take a time step of an app, one wins; so of 16 that are the first to write.
pub async fn second_factors_are_set_as_they_were_read(storage: &dyn UserPoolStorage) {
    let first = (0..16).map(|step| storage.commit(vec![set(1, None, factors(step)).into()]));
    one_won(join_all(first).await, AlreadyExists);
    let before = read(storage, 1).await;
    let next = (0..16).map(|_| storage.commit(vec![set(1, before.clone(), factors(100)).into()]));
    one_won(join_all(next).await, Conflict);

    assert_eq!(refused(storage.commit(vec![set(1, before, factors(200)).into()]).await).0, Conflict);
    assert_eq!(read(storage, 1).await.unwrap().record, factors(100));
}
