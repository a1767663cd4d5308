//! Second factors, passkeys and devices.

use std::collections::BTreeSet;

use document_store::page::PageRequest;
use userpool_core::model::device::Device;
use userpool_core::model::factors::{SecondFactor, SecondFactors, SoftwareToken};
use userpool_core::model::passkeys::{Passkey, UserPasskeys};
use userpool_core::storage::{DeviceWrite, FactorWrite, PasskeyWrite, UserPoolStorage, Write};

use crate::pool::client;
use crate::{AT, pool_id, sub};

pub(crate) fn second_factors() -> SecondFactors {
    let token =
        SoftwareToken { sealed_seed: vec![9, 8], name: "phone".to_owned(), last_step: 56_666_666, proved_at: AT };
    SecondFactors {
        software_token: Some(token),
        pending_seed: Some(vec![7, 6]),
        active: BTreeSet::from([SecondFactor::SoftwareToken, SecondFactor::Email]),
        preferred: Some(SecondFactor::SoftwareToken),
        passkey: true,
    }
}

pub(crate) fn passkeys() -> UserPasskeys {
    let passkey = Passkey {
        id: "AAEC".to_owned(),
        public_key: vec![0xa5, 1, 2],
        relying_party: "example.com".to_owned(),
        name: "Security key".to_owned(),
        transports: vec!["usb".to_owned(), "nfc".to_owned()],
        attachment: Some("cross-platform".to_owned()),
        aaguid: "00".repeat(16),
        sign_count: 7,
        backup_eligible: true,
        backed_up: false,
        created_at: AT,
        last_used_at: Some(AT),
    };
    UserPasskeys { pool: pool_id(), sub: sub(), list: vec![passkey] }
}

pub(crate) fn device() -> Device {
    Device {
        pool: pool_id(),
        sub: sub(),
        key: "eu-west-1_00000000-0000-4000-a000-000000000001".parse().unwrap(),
        name: Some("phone".to_owned()),
        client: client().id,
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

/// Of what a user signs in with beside a password.
pub(crate) fn writes() -> Vec<Write> {
    vec![
        PasskeyWrite::Insert { passkeys: passkeys() }.into(),
        FactorWrite::SetSecond { pool: pool_id(), sub: sub(), before: None, after: second_factors() }.into(),
        DeviceWrite::Insert { device: device() }.into(),
    ]
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (id, page) = (pool_id(), PageRequest::default());
    assert_eq!(storage.passkeys().of_user(&id, &sub()).await.unwrap().unwrap().record, passkeys());
    assert_eq!(storage.factors().second(&id, &sub()).await.unwrap().unwrap().record, second_factors());
    assert_eq!(storage.devices().of_user(&id, &sub(), &page).await.unwrap().items[0].record, device());
}
