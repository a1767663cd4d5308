//! Devices that users sign in from, and what a remembered one stands for.

use std::fmt;
use std::net::IpAddr;

use identity_kernel::secret::constant_time_eq;
use identity_kernel::text_id;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{ClientId, Subject, UserPoolId};

text_id! {
    /// A device of a user: `<region>_<uuid>`, at most 55 bytes.
    DeviceKey, "device key", |text| {
        let region = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let uuid = |part: &str| part.len() == 36 && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        text.len() <= 55 && text.split_once('_').is_some_and(|(first, second)| region(first) && uuid(second))
    }
}

/// What a pool does about the devices of its users.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct DeviceSettings {
    /// Whether a remembered device stands for the second factor. Default no.
    pub stands_for_second_factor: bool,
    /// Whether a device is remembered only once the user says so. Default no: a confirmed device is remembered.
    pub remembered_on_prompt: bool,
}

/// The most devices that a user keeps: one more takes the place of the one that has signed in least lately.
pub const MOST_DEVICES: usize = 50;

/// A device that has proved to hold a secret of its own.
#[derive(Clone, Eq, PartialEq)]
pub struct Device {
    /// The pool.
    pub pool: UserPoolId,
    /// The user that it belongs to.
    pub sub: Subject,
    /// Its key.
    pub key: DeviceKey,
    /// What it calls itself.
    pub name: Option<String>,
    /// The app client through which it was confirmed.
    pub client: ClientId,
    /// The salt of its secret, in hexadecimal.
    pub salt: String,
    /// The SRP verifier of its secret, under seal.
    pub sealed_verifier: Vec<u8>,
    /// The fingerprint of the password that the user had when it was confirmed: with another password the device is
    /// forgotten.
    pub bound_to: String,
    /// Whether the sign-in in which it was confirmed had passed two factors: elsewhere it stands for no second one.
    pub by_two_factors: bool,
    /// Whether it is remembered.
    pub remembered: bool,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When its name or status was last changed.
    pub modified_at: Timestamp,
    /// When it last signed in.
    pub authenticated_at: Timestamp,
    /// From where.
    pub address: Option<IpAddr>,
}

impl Device {
    /// Whether it was confirmed under the password of this fingerprint.
    pub fn is_bound_to(&self, fingerprint: &str) -> bool {
        constant_time_eq(self.bound_to.as_bytes(), fingerprint.as_bytes())
    }

    /// Whether it stands for the second factor of its user, in a pool with these settings.
    pub fn stands_for_second_factor(&self, settings: DeviceSettings) -> bool {
        settings.stands_for_second_factor && self.remembered && self.by_two_factors
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("key", &self.key).field("remembered", &self.remembered).finish_non_exhaustive()
    }
}
