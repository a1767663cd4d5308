//! What an answer is judged on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;

use crate::model::client::AppClient;
use crate::model::device::{Device, DeviceKey};
use crate::model::factors::{Demand, SecondFactors};
use crate::model::pool::UserPool;
use crate::model::risk::RiskAction;
use crate::model::user::{Credential, User};

/// The records that an answer is judged on, as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// The client that the answer came through.
    pub client: &'a AppClient,
    /// The user of the ceremony; `None` for nobody.
    pub user: Option<&'a User>,
    /// The user's password; `None` for a user without.
    pub password: Option<&'a Credential>,
    /// The user's second factors.
    pub second: &'a SecondFactors,
    /// Whether the user has a passkey for the pool's domain; asked only where a sign-in may begin with one.
    pub passkey: bool,
    /// What is done about how risky the sign-in is.
    pub risk: RiskAction,
    /// The device that the sign-in comes from, if it is the user's and was not forgotten.
    pub device: Option<&'a Device>,
}

impl Facts<'_> {
    pub(super) fn is_from(&self, key: &DeviceKey) -> bool {
        self.device.is_some_and(|device| device.key == *key)
    }

    /// The device whose proof is asked for in the place of what is demanded: of a known device where nothing is demanded, and
    /// where it stands for a second factor that the user has.
    pub(super) fn device_for(&self, demand: &Demand) -> Option<&Device> {
        // What a risky sign-in must prove, no device stands for.
        let device = self.device.filter(|_| self.risk != RiskAction::MfaRequired);
        let (device, settings) = device.zip(self.pool.settings.devices)?;
        let is_asked = match demand {
            Demand::None => true,
            Demand::One(_) | Demand::OneOf(_) => device.stands_for_second_factor(settings),
            Demand::SetUp(_) => false,
        };
        is_asked.then_some(device)
    }

    /// What is demanded of the user beside the first factor.
    pub fn demand(&self) -> Demand {
        let Some(user) = self.user else { return Demand::None };
        match self.second.demand(&self.pool.settings.mfa, user) {
            Demand::None if self.risk >= RiskAction::MfaIfConfigured => self.second.demand_of_risk(),
            demand => demand,
        }
    }
}

/// What is remembered of a password: nothing that helps to guess it. Every password that is set has a salt of its own, so
/// another password has another fingerprint, and none has one of its own.
pub fn fingerprint(password: Option<&Credential>) -> String {
    let Some(password) = password else { return "0".repeat(44) };
    let hash = digest::digest(&digest::SHA256, password.srp_salt.as_bytes());
    STANDARD.encode(hash)
}

/// What a ceremony is bound to: the password, if the user has one, and the user's epoch. For nobody it has the same length.
pub fn binding(user: Option<&User>, password: Option<&Credential>) -> String {
    let Some(user) = user else { return "0".repeat(44) };
    let hash = digest::digest(&digest::SHA256, format!("{}\n{}", user.epoch, fingerprint(password)).as_bytes());
    STANDARD.encode(hash)
}
