use userpool_core::Error;
use userpool_core::model::client::ClientSettings;
use userpool_core::model::ids::UserPoolId;
use userpool_core::model::pool::UserPool;
use userpool_core::ops::clients::{ClientWithSecret, CreateClient};
use userpool_core::ops::pools::CreateUserPool;

use crate::Cenote;

impl Cenote {
    /// The user pool of this name: made at the first start with what `change` says, found at every later one and on every
    /// other node. One that is there stays as it is ([`UserPools::ensure_user_pool`](userpool_core::UserPools::ensure_user_pool)).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a setting out of its range, and [`Error::Storage`].
    pub async fn ensure_user_pool(
        &self,
        name: &str,
        change: impl FnOnce(&mut CreateUserPool),
    ) -> Result<UserPool, Error> {
        let mut pool = CreateUserPool::named(name, &self.user_pools);
        change(&mut pool);
        self.user_pools.ensure_user_pool(pool).await
    }

    /// The public client of this name in a pool: made at the first start with what `change` says, found at every later one.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] without such a pool, [`Error::InvalidParameter`] for a setting out of its range, and
    /// [`Error::Storage`].
    pub async fn ensure_client(
        &self,
        pool: &UserPoolId,
        name: &str,
        change: impl FnOnce(&mut ClientSettings),
    ) -> Result<ClientWithSecret, Error> {
        let mut settings = self.user_pools.default_client_settings(name);
        change(&mut settings);
        self.user_pools.ensure_client(CreateClient { pool: pool.clone(), settings, with_secret: false }).await
    }
}
