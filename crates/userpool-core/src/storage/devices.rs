//! What is asked of a backend about devices.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::device::{Device, DeviceKey};
use crate::model::ids::{Subject, UserPoolId};

/// Looks devices up.
#[async_trait]
pub trait Devices: Send + Sync {
    /// A user's device of this key.
    async fn get(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        key: &DeviceKey,
    ) -> Result<Option<Versioned<Device>>, StorageError>;
    /// A user's devices by key.
    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Device>>, StorageError>;
}

/// A change of a device.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum DeviceWrite {
    /// Adds a device. `AlreadyExists` if the user has one of this key.
    Insert {
        /// The device.
        device: Device,
    },
    /// Replaces a device. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<Device>,
        /// As it is to be.
        after: Device,
    },
    /// Removes a device. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<Device>,
    },
}
