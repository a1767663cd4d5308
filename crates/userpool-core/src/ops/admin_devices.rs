//! What administrators do with users' devices.

use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::device::DeviceKey;
use crate::model::ids::UserPoolId;
use crate::ops::devices::{DeviceInfo, RememberedStatus};
use crate::service::UserPools;

impl UserPools {
    /// A user's device.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] where the pool knows no devices.
    pub async fn admin_get_device(
        &self,
        pool: &UserPoolId,
        username: &str,
        key: &DeviceKey,
    ) -> Result<DeviceInfo, Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        Ok(self.device_to_change(&pool, &user.sub, key).await?.record.into())
    }

    /// A user's devices by key.
    ///
    /// # Errors
    ///
    /// As [`admin_get_device`](Self::admin_get_device).
    pub async fn admin_list_devices(
        &self,
        pool: &UserPoolId,
        username: &str,
        page: PageRequest,
    ) -> Result<Page<DeviceInfo>, Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        self.devices_of_user(&pool, &user.sub, page).await
    }

    /// Says whether a user's device is remembered.
    ///
    /// # Errors
    ///
    /// As [`admin_get_device`](Self::admin_get_device), and [`Error::Concurrent`].
    pub async fn admin_update_device_status(
        &self,
        pool: &UserPoolId,
        username: &str,
        key: &DeviceKey,
        status: RememberedStatus,
    ) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        self.set_device_status(&pool, &user.sub, key, status).await
    }

    /// Forgets a user's device: it signs in and refreshes no more.
    ///
    /// # Errors
    ///
    /// As [`admin_get_device`](Self::admin_get_device), and [`Error::Concurrent`].
    pub async fn admin_forget_device(&self, pool: &UserPoolId, username: &str, key: &DeviceKey) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        self.remove_device(&pool, &user.sub, key).await
    }
}
