//! Which configuration of risks counts at a client, and what it says.

use std::net::IpAddr;

use crate::model::client::AppClient;
use crate::model::network::Network;
use crate::model::pool::UserPool;
use crate::model::risk::{CredentialEvent, ProtectionMode, RiskConfiguration};

/// What is done about risks at this client: its own configuration, or else the pool's.
pub fn configuration<'a>(pool: &'a UserPool, client: Option<&'a AppClient>) -> Option<&'a RiskConfiguration> {
    client.and_then(|client| client.risk.as_deref()).or(pool.protection.risk.as_deref())
}

/// Whether nobody signs in from this address.
pub fn is_blocked(pool: &UserPool, client: &AppClient, source: Option<IpAddr>) -> bool {
    let enforced = pool.settings.protection.mode == ProtectionMode::Enforced;
    let lists = configuration(pool, Some(client)).filter(|_| enforced).map(|risk| &risk.exceptions);
    lists.zip(source).is_some_and(|(lists, source)| Network::any_contains(&lists.blocked, source))
}

/// What is to be done about a password that others know, when it comes up so.
pub fn compromised_action(pool: &UserPool, client: Option<&AppClient>, event: CredentialEvent) -> Option<bool> {
    if pool.settings.protection.mode == ProtectionMode::Off {
        return None;
    }
    let compromised = configuration(pool, client)?.compromised.as_ref()?;
    let enforced = pool.settings.protection.mode == ProtectionMode::Enforced;
    compromised.events.contains(&event).then_some(compromised.block && enforced)
}
