//! What is watched of an attempt.

use crate::model::client::AppClient;
use crate::model::network::Network;
use crate::model::pool::UserPool;
use crate::model::protection;
use crate::model::risk::{AccountTakeover, LogDestination, LogSource, ProtectionMode, RiskLevel, TakeoverAction};

/// What is watched of an attempt. Nothing, in pools that do not ask for it.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) mode: ProtectionMode,
    /// Whether the caller is a server: then where it stands says nothing of the user.
    pub(crate) by_server: bool,
    pub(crate) log_to: Option<LogDestination>,
    pub(crate) takeover: Option<AccountTakeover>,
    pub(crate) skipped: Vec<Network>,
    pub(crate) compromised: bool,
}

impl Watched {
    pub(crate) fn of(pool: &UserPool, client: Option<&AppClient>) -> Self {
        if pool.settings.protection.mode == ProtectionMode::Off {
            return Self::default();
        }
        let log = pool.protection.logs.iter().find(|log| log.source == LogSource::UserAuthEvents);
        let configured = protection::configuration(pool, client);
        Self {
            mode: pool.settings.protection.mode,
            by_server: client.is_some_and(AppClient::is_confidential),
            log_to: log.and_then(|log| log.destination.clone()),
            takeover: configured.and_then(|risk| risk.takeover.clone()),
            skipped: configured.map(|risk| risk.exceptions.skipped.clone()).unwrap_or_default(),
            compromised: false,
        }
    }

    /// What is done at this level of risk, and whether the user is told.
    pub(crate) fn action_at(&self, level: Option<RiskLevel>) -> TakeoverAction {
        let said = level.zip(self.takeover.as_ref()).map(|(level, takeover)| takeover.at(level));
        said.filter(|_| self.mode == ProtectionMode::Enforced).unwrap_or_default()
    }

    pub(crate) fn is_on(&self) -> bool {
        self.mode != ProtectionMode::Off
    }
}
