//! What comes after what has passed.

use identity_kernel::time::Timestamp;

use crate::model::ceremony::facts::Facts;
use crate::model::ceremony::passed::{Passed, SRP_A, short_of};
use crate::model::challenge::Challenge;
use crate::model::client::AllowedFlow;
use crate::model::factors::{Demand, Factor, are_multi_factor};
use crate::model::gate::{Bar, bar_of_user};
use crate::model::risk::RiskAction;
use crate::model::user::User;

/// Where an answer leads.
#[derive(Debug)]
pub enum Step {
    /// To the gate.
    Done(Passed),
    /// To the next challenge. It has no id and no end yet.
    Ask(Challenge, Passed),
    /// To the application's hook, which says what is next.
    Define(Passed),
}

/// Why a ceremony ends here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
    /// Proved, and kept out by the state of user or client.
    Barred(Bar),
    /// Too late, or an operator declared it void.
    Expired,
    /// Another pool's, client's, user's or password's, or an answer to another challenge.
    Foreign,
    /// A factor was chosen that is not offered.
    NotOffered,
    /// The temporary password has expired.
    TemporaryPasswordExpired,
    /// The answer is wrong.
    Wrong,
}

impl Passed {
    /// Goes on with somebody of whom the application's hook asks no more: a second factor that is demanded is asked for all the
    /// same.
    ///
    /// # Errors
    ///
    /// [`Stop::Wrong`] for nobody, and for somebody who has answered nothing rightly yet: a hook alone proves nothing.
    pub fn defined(mut self, facts: &Facts<'_>, now: Timestamp) -> Result<Step, Stop> {
        let proved = self.answered.iter().any(|challenge| challenge.right && challenge.name != SRP_A);
        let Some(user) = facts.user.filter(|_| proved) else { return Err(Stop::Wrong) };
        self.factors.push(Factor::Custom);
        after_factor(user, Factor::Custom, self, facts, now)
    }
}

/// What is asked after a factor that was just proved.
pub(super) fn after_factor(
    user: &User,
    factor: Factor,
    passed: Passed,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Step, Stop> {
    let dead = |end: Timestamp| now >= end;
    match bar_of_user(user) {
        Some(Bar::MustChoosePassword) if factor == Factor::NewPassword => after_all(passed, facts),
        None if factor == Factor::NewPassword => Err(Stop::Foreign),
        None => after_all(passed, facts),
        Some(Bar::MustChoosePassword) if facts.password.and_then(|kept| kept.expires_at).is_some_and(dead) => {
            Err(Stop::TemporaryPasswordExpired)
        }
        Some(Bar::MustChoosePassword) => Ok(Step::Ask(Challenge::NewPassword {}, passed)),
        Some(bar) => Err(Stop::Barred(bar)),
    }
}

/// Whether these factors are enough, or which second one is asked for.
pub(super) fn after_all(passed: Passed, facts: &Facts<'_>) -> Result<Step, Stop> {
    if facts.risk == RiskAction::Block {
        return Err(Stop::Barred(Bar::RiskTooHigh));
    }
    if passed.flow == AllowedFlow::Custom && !passed.factors.contains(&Factor::Custom) {
        return Ok(Step::Define(passed));
    }
    let is_short = short_of(passed.target, &passed.factors).is_some();
    if !is_short && are_multi_factor(passed.factors()) {
        return Ok(Step::Done(passed));
    }
    let demand = passed.demand(facts);
    // No device stands for a level.
    if let Some(device) = facts.device_for(&demand).filter(|_| !is_short) {
        let proved = passed.is_by_device();
        let ask = Challenge::DeviceSrp { key: device.key.clone() };
        return Ok(if proved { Step::Done(passed) } else { Step::Ask(ask, passed) });
    }
    Ok(match demand {
        // Whoever sets a factor up now may be the somebody else.
        Demand::None | Demand::SetUp(_) if facts.risk == RiskAction::MfaRequired => {
            return Err(Stop::Barred(Bar::RiskTooHigh));
        }
        Demand::None if is_short => return Err(Stop::NotOffered),
        Demand::None => Step::Done(passed),
        Demand::One(factor) => Step::Ask(Challenge::of_second(factor), passed),
        Demand::OneOf(_) => Step::Ask(Challenge::SelectSecond {}, passed),
        Demand::SetUp(_) => Step::Ask(Challenge::SetUp {}, passed),
    })
}
