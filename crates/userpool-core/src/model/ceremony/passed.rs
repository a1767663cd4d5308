//! Which factors have passed, and what they come to.

use serde::{Deserialize, Serialize};

use crate::model::acr::{Level, Proof};
use crate::model::ceremony::facts::Facts;
use crate::model::client::AllowedFlow;
use crate::model::custom::AnsweredChallenge;
use crate::model::device::DeviceKey;
use crate::model::factors::{Demand, Factor};
use crate::model::ids::ProviderName;

/// The name under which hooks are told that a custom sign-in begins with SRP.
pub const SRP_A: &str = "SRP_A";

/// The proof that a ceremony's factors were judged: made by [`Ceremony::advance`](super::Ceremony::advance), or of a login at an outside
/// provider that leads to the user, and asked for at the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passed {
    pub(super) sign_in: String,
    pub(super) flow: AllowedFlow,
    pub(super) factors: Vec<Factor>,
    pub(super) answered: Vec<AnsweredChallenge>,
    pub(super) device: Option<DeviceKey>,
    pub(super) target: Option<Level>,
    pub(super) provider: Option<ProviderName>,
}

/// What was proved, as it is kept until somebody asks for tokens: made of a [`Passed`] alone.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptProofs {
    sign_in: String,
    flow: AllowedFlow,
    factors: Vec<Factor>,
    target: Option<Level>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderName>,
}

impl KeptProofs {
    /// The proofs as they passed.
    pub(crate) fn passed(&self) -> Passed {
        let Self { sign_in, flow, factors, target, provider } = self.clone();
        Passed { sign_in, flow, factors, answered: Vec::new(), device: None, target, provider }
    }
}

impl Passed {
    /// The proof that a login at this outside provider was verified, and leads to the user who signs in.
    pub(crate) fn federated(sign_in: String, provider: ProviderName) -> Self {
        let (flow, factors) = (AllowedFlow::Federated, vec![Factor::Federated]);
        Self { sign_in, flow, factors, answered: Vec::new(), device: None, target: None, provider: Some(provider) }
    }

    /// The outside provider that the user signed in with; `None` for the pool itself.
    pub fn provider(&self) -> Option<&ProviderName> {
        self.provider.as_ref()
    }

    /// What is kept of it.
    pub(crate) fn kept(&self) -> KeptProofs {
        let Self { sign_in, flow, factors, target, provider, answered: _, device: _ } = self.clone();
        KeptProofs { sign_in, flow, factors, target, provider }
    }

    /// The level that the sign-in is to reach, where one was asked for.
    pub fn target(&self) -> Option<Level> {
        self.target
    }

    /// The level that what has passed is of, where one was asked for.
    pub fn level(&self) -> Option<Level> {
        self.target.and_then(|_| Level::of(&proofs(&self.factors)))
    }

    /// What is demanded beside what has passed.
    pub(super) fn demand(&self, facts: &Facts<'_>) -> Demand {
        demand_beside(facts, self.target, &self.factors)
    }

    /// The sign-in's own id.
    pub fn sign_in(&self) -> &str {
        &self.sign_in
    }

    /// The flow that the sign-in began with.
    pub fn flow(&self) -> AllowedFlow {
        self.flow
    }

    /// The factors, in order.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// The same with one more answer that hooks are told of.
    pub(super) fn with(mut self, answered: Option<AnsweredChallenge>) -> Self {
        self.answered.extend(answered);
        self
    }

    /// What was answered in a sign-in of the application's own making.
    pub fn answered(&self) -> &[AnsweredChallenge] {
        &self.answered
    }

    /// The device that the sign-in says to come from.
    pub fn device(&self) -> Option<&DeviceKey> {
        self.device.as_ref()
    }

    /// Whether that device has proved its secret.
    pub fn is_by_device(&self) -> bool {
        self.factors.contains(&Factor::Device)
    }
}

/// Whether these proofs are of this level, or a second factor of the user's makes them so.
pub fn reaches(facts: &Facts<'_>, target: Level, proofs: &[Proof]) -> bool {
    let with_second = |user| facts.second.demand_of_level(user, proofs, target) != Demand::None;
    Level::of(proofs) >= Some(target) || facts.user.is_some_and(with_second)
}

/// What is demanded beside these factors: what the level needs that is to be reached, or else what pool and user demand.
pub(super) fn demand_beside(facts: &Facts<'_>, target: Option<Level>, factors: &[Factor]) -> Demand {
    let Some(target) = short_of(target, factors) else { return facts.demand() };
    facts.user.map_or(Demand::None, |user| facts.second.demand_of_level(user, &proofs(factors), target))
}

/// The level that these factors have not reached yet.
pub(super) fn short_of(target: Option<Level>, factors: &[Factor]) -> Option<Level> {
    target.filter(|target| Level::of(&proofs(factors)) < Some(*target))
}

/// What these factors count for towards a level.
pub fn proofs(factors: &[Factor]) -> Vec<Proof> {
    factors.iter().filter_map(|factor| factor.proof()).collect()
}
