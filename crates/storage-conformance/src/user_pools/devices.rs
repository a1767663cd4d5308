//! Users' devices.

use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use userpool_core::UserPoolStorage;
use userpool_core::model::device::{Device, DeviceKey};
use userpool_core::storage::DeviceWrite;

use super::fixtures::{AT, other_pool, pool_id, subject};
use crate::macros::{commit, walk};
use crate::{one_won, refused};

fn key(number: u32) -> DeviceKey {
    format!("us-east-1_00000000-0000-4000-a000-{number:012x}").parse().unwrap()
}

fn device(user: u32, number: u32) -> Device {
    Device {
        pool: pool_id(),
        sub: subject(user),
        key: key(number),
        name: Some("Ünï's phone".to_owned()),
        client: "client1".parse().unwrap(),
        salt: "0f".to_owned(),
        sealed_verifier: vec![0, 127, 255],
        bound_to: "fingerprint".to_owned(),
        by_two_factors: true,
        remembered: true,
        created_at: AT,
        modified_at: AT,
        authenticated_at: AT,
        address: Some("192.0.2.1".parse().unwrap()),
    }
}

/// As it was written, to its user alone; one key is taken once by each user.
pub async fn a_device_is_its_users(storage: &dyn UserPoolStorage) {
    let get =
        |user, number| async move { storage.devices().get(&pool_id(), &subject(user), &key(number)).await.unwrap() };
    commit!(storage, DeviceWrite::Insert { device: device(1, 1) }).unwrap();
    let again = Device { name: None, ..device(1, 1) };
    assert_eq!(refused(commit!(storage, DeviceWrite::Insert { device: again })).0, AlreadyExists);
    commit!(storage, DeviceWrite::Insert { device: device(2, 1) }).unwrap();
    assert_eq!(get(1, 1).await.unwrap().record, device(1, 1));
    assert_eq!(get(2, 1).await.unwrap().record, device(2, 1));
    assert!(get(3, 1).await.is_none() && get(1, 2).await.is_none());
    assert!(storage.devices().get(&other_pool(), &subject(1), &key(1)).await.unwrap().is_none());
}

/// Of many who change it at once one wins; one that was removed is not there, and no other goes with it.
pub async fn a_device_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    let get = |user| async move { storage.devices().get(&pool_id(), &subject(user), &key(1)).await.unwrap() };
    for user in [1, 2] {
        commit!(storage, DeviceWrite::Insert { device: device(user, 1) }).unwrap();
    }
    let before = get(1).await.unwrap();
    let update = |_| {
        let after = Device { remembered: false, ..before.record.clone() };
        storage.commit(vec![DeviceWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((0..16).map(update)).await, Conflict);
    assert_eq!(refused(commit!(storage, DeviceWrite::Delete { before: before.clone() })).0, Conflict);
    let changed = get(1).await.unwrap();
    assert!(!changed.remembered && get(2).await.unwrap().remembered);
    commit!(storage, DeviceWrite::Delete { before: changed }).unwrap();
    assert!(get(1).await.is_none() && get(2).await.is_some());
    assert!(storage.devices().of_user(&pool_id(), &subject(1), &crate::everything()).await.unwrap().items.is_empty());
}

/// By key, in pages, of one user alone.
pub async fn devices_of_a_user_come_in_pages(storage: &dyn UserPoolStorage) {
    for number in [3, 1, 5, 2, 4] {
        commit!(storage, DeviceWrite::Insert { device: device(1, number) }).unwrap();
    }
    commit!(storage, DeviceWrite::Insert { device: device(2, 9) }).unwrap();
    let found = walk!(|page| storage.devices().of_user(&pool_id(), &subject(1), &page));
    let found: Vec<DeviceKey> = found.into_iter().map(|device| device.record.key).collect();
    assert_eq!(found, [1, 2, 3, 4, 5].map(key));
    let elsewhere = storage.devices().of_user(&other_pool(), &subject(1), &crate::everything()).await.unwrap();
    assert!(elsewhere.items.is_empty());
}
