//! Devices, over documents.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Match, Records, Versioned};

use super::DocumentUserPools;
use crate::model::device::{Device, DeviceKey};
use crate::model::ids::{Subject, UserPoolId};
use crate::storage::{DeviceWrite, Devices};
use crate::stored::{DEVICES_BY_USER, tenant};

#[async_trait]
impl<S: DocumentStore> Devices for DocumentUserPools<S> {
    async fn get(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        key: &DeviceKey,
    ) -> Result<Option<Versioned<Device>>, StorageError> {
        self.0.record(&tenant(pool), &[sub.as_str(), key.as_str()]).await
    }

    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Device>>, StorageError> {
        self.0.search(&tenant(pool), &DEVICES_BY_USER, Match::Exactly(sub.as_str()), page).await
    }
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &DeviceWrite) -> Result<(), StorageError> {
    match write {
        DeviceWrite::Insert { device } => changes.insert(&tenant(&device.pool), device),
        DeviceWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        DeviceWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}
