//! Devices.

use std::net::IpAddr;

use document_store::error::StorageError;
use document_store::{Index, Stored};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::device::{Device, DeviceKey};
use crate::model::ids::{ClientId, Subject, UserPoolId};

/// How a device is stored.
#[derive(Serialize, Deserialize)]
pub struct DeviceForm {
    pool: UserPoolId,
    sub: Subject,
    key: DeviceKey,
    name: Option<String>,
    client: ClientId,
    salt: String,
    sealed_verifier: Bytes,
    bound_to: String,
    by_two_factors: bool,
    remembered: bool,
    created_at: Timestamp,
    modified_at: Timestamp,
    authenticated_at: Timestamp,
    address: Option<IpAddr>,
}

/// The devices of a user.
pub(crate) const DEVICES_BY_USER: Index<Device> =
    Index { name: "user", since: 1, values: |device| vec![device.sub.to_string()] };

impl Stored for Device {
    type Form = DeviceForm;
    const KIND: &'static str = "device";
    const VERSION: u32 = 1;

    fn to_form(&self) -> DeviceForm {
        let Self {
            pool,
            sub,
            key,
            name,
            client,
            salt,
            sealed_verifier,
            bound_to,
            by_two_factors,
            remembered,
            created_at,
            modified_at,
            authenticated_at,
            address,
        } = self.clone();
        DeviceForm {
            pool,
            sub,
            key,
            name,
            client,
            salt,
            sealed_verifier: Bytes(sealed_verifier),
            bound_to,
            by_two_factors,
            remembered,
            created_at,
            modified_at,
            authenticated_at,
            address,
        }
    }

    fn from_form(form: DeviceForm) -> Result<Self, StorageError> {
        let DeviceForm {
            pool,
            sub,
            key,
            name,
            client,
            salt,
            sealed_verifier: Bytes(sealed_verifier),
            bound_to,
            by_two_factors,
            remembered,
            created_at,
            modified_at,
            authenticated_at,
            address,
        } = form;
        Ok(Self {
            pool,
            sub,
            key,
            name,
            client,
            salt,
            sealed_verifier,
            bound_to,
            by_two_factors,
            remembered,
            created_at,
            modified_at,
            authenticated_at,
            address,
        })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str(), self.key.as_str()]
    }

    fn indexes() -> &'static [Index<Self>] {
        &[DEVICES_BY_USER]
    }
}
