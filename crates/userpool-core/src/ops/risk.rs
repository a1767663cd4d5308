//! What a pool does about risks, where its logs go, and how many requests are taken: set and shown.

use crate::error::Error;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::limits::{ProvisionedRates, RequestCategory};
use crate::model::pool::UserPool;
use crate::model::risk::{LogDelivery, ProtectionMode, RiskConfiguration};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{ClientWrite, PoolWrite, ProtectionWrite};

impl UserPools {
    /// Sets what is done about risks: of a client, or of the pool for all clients without one of their own. Gives it as it is
    /// kept.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ProtectionOff`] in a pool that does not watch sign-ins; [`Error::InvalidParameter`] for
    /// more than 200 networks, something milder about a higher risk, or a text with links where nobody has said under which address
    /// they lead here; [`Error::Concurrent`].
    pub async fn set_risk_configuration(
        &self,
        pool: &UserPoolId,
        client: Option<&ClientId>,
        configuration: RiskConfiguration,
    ) -> Result<RiskConfiguration, Error> {
        configuration.check()?;
        if configuration.has_links() && self.link_base.is_none() {
            return Err(Invalid::NoLinkBase.into());
        }
        let before = self.pool(pool).await?;
        if before.settings.protection.mode == ProtectionMode::Off {
            return Err(Error::ProtectionOff);
        }
        let set = RiskConfiguration { modified_at: self.now(), ..configuration };
        let write = if let Some(client) = client {
            let before = self.client(pool, client).await?;
            let mut after = before.record.clone();
            after.risk = Some(Box::new(set.clone()));
            ClientWrite::Update { before, after }.into()
        } else {
            let mut after = before.record.clone();
            after.protection.risk = Some(Box::new(set.clone()));
            PoolWrite::Update { before, after }.into()
        };
        self.storage.commit(vec![write]).await?;
        Ok(set)
    }

    /// What is done about risks: as it was set of the client, or of the pool; empty where nothing was.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_risk_configuration(
        &self,
        pool: &UserPoolId,
        client: Option<&ClientId>,
    ) -> Result<RiskConfiguration, Error> {
        let pool = self.pool(pool).await?;
        let found = match client {
            Some(client) => self.client(&pool.id, client).await?.record.risk,
            None => pool.record.protection.risk,
        };
        Ok(found.map(|found| *found).unwrap_or_default())
    }

    /// Sets where a pool's logs go, in the place of what was set before.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for two deliveries of one source; [`Error::Concurrent`].
    pub async fn set_log_delivery(&self, pool: &UserPoolId, logs: Vec<LogDelivery>) -> Result<UserPool, Error> {
        let twice = matches!(logs.as_slice(), [first, second, ..] if first.source == second.source);
        if twice || logs.len() > 2 {
            return Err(Invalid::LogDeliveries.into());
        }
        let before = self.pool(pool).await?;
        let mut after = before.record.clone();
        after.protection.logs = logs;
        self.storage.commit(vec![PoolWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Where a pool's logs go.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn log_delivery(&self, pool: &UserPoolId) -> Result<Vec<LogDelivery>, Error> {
        Ok(self.pool(pool).await?.record.protection.logs)
    }

    /// How many requests of each category are taken in a second, as an operator has set it.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn provisioned_rates(&self) -> Result<ProvisionedRates, Error> {
        Ok(self.storage.protections().rates().await?.map(|rates| rates.record).unwrap_or_default())
    }

    /// Sets how many requests of a category are taken in a second, from the default up to ten times as many. Other nodes hear
    /// of it within a minute.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] below the default; [`Error::QuotaExceeded`] above the most; [`Error::Concurrent`].
    pub async fn set_provisioned_rate(&self, category: RequestCategory, rate: u32) -> Result<(), Error> {
        if rate < category.default_rate() {
            return Err(Invalid::RateTooLow.into());
        }
        if rate > category.highest_rate() {
            return Err(Error::QuotaExceeded { most: category.highest_rate() });
        }
        let before = self.storage.protections().rates().await?;
        let mut after = before.as_ref().map(|rates| rates.record.clone()).unwrap_or_default();
        after.rates.insert(category.name().to_owned(), rate);
        Ok(self.storage.commit(vec![ProtectionWrite::SetRates { before, after }.into()]).await?)
    }
}
