//! Whether a pool tracks sessions, and how long clients use a sign-in of the managed login again.

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session_tracking::{MOST_SSO_MINUTES, SessionTracking};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{ClientWrite, PoolWrite};

impl UserPools {
    /// Whether and how a pool tracks its users' sessions.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn get_user_pool_session_configuration(&self, pool: &UserPoolId) -> Result<SessionTracking, Error> {
        Ok(self.pool(pool).await?.session_tracking)
    }

    /// Sets whether and how a pool tracks its users' sessions. It holds from the next sign-in on: a lower number of sessions
    /// ends none before it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for a number of sessions that is not from 1 to 100;
    /// [`Error::Concurrent`].
    pub async fn set_user_pool_session_configuration(
        &self,
        pool: &UserPoolId,
        session_tracking: SessionTracking,
    ) -> Result<(), Error> {
        if !(1..=SessionTracking::MOST_PER_USER).contains(&session_tracking.max_per_user) {
            return Err(Invalid::SessionsPerUser.into());
        }
        let before = self.pool(pool).await?;
        let after = UserPool { session_tracking, modified_at: self.now(), ..before.record.clone() };
        Ok(self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?)
    }

    /// How many minutes a client uses a sign-in of the managed login again without asking.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn get_user_pool_client_session_configuration(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
    ) -> Result<i64, Error> {
        self.pool(pool).await?;
        Ok(self.client(pool, client).await?.sso_minutes)
    }

    /// Sets how many minutes a client uses a sign-in of the managed login again without asking: 0 to 129,600, which is 90 days;
    /// with 0 it asks each time.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for another number, and while the pool does not track sessions;
    /// [`Error::Concurrent`].
    pub async fn set_user_pool_client_session_configuration(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        sso_minutes: i64,
    ) -> Result<(), Error> {
        if !(0..=MOST_SSO_MINUTES).contains(&sso_minutes) {
            return Err(Invalid::SsoMinutes.into());
        }
        let pool = self.pool(pool).await?;
        if !pool.session_tracking.enabled {
            return Err(Invalid::SessionsNotTracked.into());
        }
        let before = self.client(&pool.id, client).await?;
        let after = AppClient { sso_minutes, modified_at: self.now(), ..before.record.clone() };
        Ok(self.storage.commit(vec![ClientWrite::Update { before, after }.into()]).await?)
    }
}
