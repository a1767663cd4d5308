//! A sign-in under way: which factors have passed, what is asked next, and the one place where an answer is judged.
//!
//! # How a kind of step is added
//!
//! A step is a variant of [`Challenge`], and what its answers are found to be a variant of [`Evidence`]. Then:
//!
//! - `judged` says which evidence answers which challenge, and to what: a [`Factor`] that is proved, or a choice. Whatever it
//!   does not name is [`Stop::Foreign`]: a step is answered by its own kind of answer alone.
//! - A new first factor is a variant of [`FirstFactor`], with a line in [`first_factors`] that says who has it (what is known of
//!   the user is a member of [`Facts`]), and in `leads_to` which challenge its choice leads to.
//! - What takes the place of the second factor, or is asked beside it (a remembered device), stands in
//!   `after_factor`, before the demand of a second factor: it is either asked for there or counts as a [`Factor`].
//! - A challenge of the application's own making is a variant whose evidence says what the application decided: another challenge
//!   (`Judged::Chose`), or a proved factor. The demand of a second factor stands behind it as behind any other.
//! - In `ops/ceremonies.rs`, `ask` makes the challenge's question (its parameters on the wire), and `stopped` says what a
//!   wrong answer is told; in `ops/sign_in.rs`, a variant of `Answer` leads to the function that judges it.

mod facts;
mod first;
mod next;
mod passed;

use std::fmt;

use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::acr::Level;
use crate::model::ceremony::first::{leads_to, passkeys_stand_for_two};
use crate::model::ceremony::next::{after_all, after_factor};
use crate::model::ceremony::passed::demand_beside;
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::custom::AnsweredChallenge;
use crate::model::device::DeviceKey;
use crate::model::factors::{Demand, SecondFactor};
use crate::model::gate::{Bar, Way, bar_of_client, bar_of_user};
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::{InvalidationMark, UserPool};

pub use crate::model::ceremony::facts::{Facts, binding, fingerprint};
pub use crate::model::ceremony::first::first_factors;
pub use crate::model::ceremony::next::{Step, Stop};
pub use crate::model::ceremony::passed::{KeptProofs, Passed, SRP_A, proofs, reaches};
pub use crate::model::challenge::{Challenge, Evidence, Place};
pub use crate::model::factors::{Factor, FirstFactor};

/// A sign-in under way. Between its steps it travels through the client, sealed, so that any node can take the answer.
///
/// The stored form is versioned: a member or version that a node does not know is refused, for it may restrict.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// The version of this form.
    pub v: u8,
    /// Spent when this step is answered: a step has one answer. One that takes another try after a wrong answer is spent by
    /// the right one.
    pub id: String,
    /// The same in all steps of one sign-in: what is made for one is of no use in another.
    pub sign_in: String,
    /// The pool.
    pub pool: UserPoolId,
    /// The app client that signs in.
    pub client: ClientId,
    /// Who signs in; for a name of nobody, a subject that nobody has.
    pub user: Subject,
    /// 1 if the user is there, 0 for nobody: then no answer is right. A number, so that both are written with the same
    /// length.
    pub known: u8,
    /// The flow it began with: the client must still allow it at every step.
    pub flow: AllowedFlow,
    /// The factors that have passed, in order.
    pub passed: Vec<Factor>,
    /// What was answered in a sign-in of the application's own making, for its hooks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered: Vec<AnsweredChallenge>,
    /// The device that it says to come from, where the pool knows devices.
    pub device: Option<DeviceKey>,
    /// The level that the sign-in is to reach, where one was asked for.
    pub target: Option<Level>,
    /// What is asked now.
    pub next: Challenge,
    /// The fingerprint of the password that it began under, and of the user's epoch: another password ends it, and so does
    /// signing out everywhere.
    pub bound_to: String,
    /// The pool's mark when it began.
    pub mark: InvalidationMark,
    /// When it began.
    pub begun_at: Timestamp,
    /// From when on this step is not answered any more.
    pub expires_at: Timestamp,
}

/// The version of the stored form.
pub const CEREMONY_VERSION: u8 = 1;

impl Ceremony {
    /// Whether the ceremony goes on at all: of this pool and client, in time, and by a flow that the client still allows.
    ///
    /// # Errors
    ///
    /// [`Stop::Foreign`], [`Stop::Expired`], [`Stop::Barred`].
    pub fn check(&self, pool: &UserPool, client: &AppClient, now: Timestamp) -> Result<(), Stop> {
        if self.pool != pool.id || self.client != client.id {
            return Err(Stop::Foreign);
        }
        // One that was begun in the future was begun before the clock was set back: how old it is, nobody knows.
        let lives = self.expires_at.seconds_since(self.begun_at);
        if !now.is_within(self.begun_at, lives) || !pool.is_valid_since(self.mark, self.begun_at) {
            return Err(Stop::Expired);
        }
        bar_of_client(client, Way::SignIn(self.flow)).map_or(Ok(()), |bar| Err(Stop::Barred(bar)))
    }

    /// Judges an answer: the one place where any answer of any sign-in is judged.
    ///
    /// # Errors
    ///
    /// [`Stop`].
    pub fn advance(self, evidence: Evidence, facts: &Facts<'_>, now: Timestamp) -> Result<Step, Stop> {
        self.check(facts.pool, facts.client, now)?;
        let judged = self.judged(evidence, facts)?;
        let is_nobody = self.known == 0 && facts.user.is_none();
        let Some(user) = facts.user.filter(|user| self.known == 1 && user.sub == self.user) else {
            // What nobody chooses is asked of them as of anybody, and no answer to it is right.
            return match judged {
                Judged::Define(answered) if is_nobody => Ok(Step::Define(self.passed(None).with(answered))),
                Judged::Chose(next) if is_nobody => Ok(Step::Ask(next, self.passed(None))),
                _ => Err(Stop::Wrong),
            };
        };
        // Told to somebody who has proved a factor alone.
        if !self.passed.is_empty() && bar_of_user(user) == Some(Bar::Disabled) {
            return Err(Stop::Barred(Bar::Disabled));
        }
        let bound_to = binding(facts.user, facts.password);
        if !constant_time_eq(bound_to.as_bytes(), self.bound_to.as_bytes()) {
            return Err(Stop::Foreign);
        }
        match judged {
            Judged::Chose(next) => Ok(Step::Ask(next, self.passed(None))),
            Judged::Define(answered) => Ok(Step::Define(self.passed(None).with(answered))),
            Judged::Kept(factor, next) => Ok(Step::Ask(next, self.passed(Some(factor)))),
            Judged::Proved(factor) => {
                let answered = self.answer_for_hooks();
                after_factor(user, factor, self.passed(Some(factor)).with(answered), facts, now)
            }
            Judged::GoOn => after_all(self.passed(None), facts),
        }
    }

    /// What is demanded beside what has passed.
    pub fn demand(&self, facts: &Facts<'_>) -> Demand {
        demand_beside(facts, self.target, &self.passed)
    }

    /// The right answer to this step as hooks are told of it, in a sign-in of the application's making.
    fn answer_for_hooks(&self) -> Option<AnsweredChallenge> {
        let told = AnsweredChallenge { name: self.next.name().to_owned(), right: true, metadata: None };
        (self.flow == AllowedFlow::Custom).then_some(told)
    }

    /// The factors that have passed with this one.
    fn passed(self, factor: Option<Factor>) -> Passed {
        let factors = self.passed.into_iter().chain(factor).collect();
        let Self { sign_in, flow, answered, device, target, .. } = self;
        Passed { sign_in, flow, factors, answered, device, target, provider: None }
    }

    /// What the evidence comes to, if it is right and answers what is asked.
    fn judged(&self, evidence: Evidence, facts: &Facts<'_>) -> Result<Judged, Stop> {
        let proved = |right: bool, factor| if right { Ok(Judged::Proved(factor)) } else { Err(Stop::Wrong) };
        match (&self.next, evidence) {
            (Challenge::Password {}, Evidence::Password(right))
            | (Challenge::PasswordVerifier { .. }, Evidence::PasswordProof(right)) => proved(right, Factor::Password),
            (Challenge::NewPassword {}, Evidence::NewPassword) => Ok(Judged::Proved(Factor::NewPassword)),
            (Challenge::SelectFirst {}, Evidence::FirstChoice(choice, next)) => {
                let offered = first_factors(facts, self.target).contains(&choice) && leads_to(choice, &next);
                if offered { Ok(Judged::Chose(next)) } else { Err(Stop::NotOffered) }
            }
            (Challenge::Code { contact, .. }, Evidence::Code(right)) => proved(right, Factor::Code(*contact)),
            (Challenge::SoftwareToken {}, Evidence::SoftwareToken(right)) => proved(right, Factor::SoftwareToken),
            (Challenge::SelectSecond {}, Evidence::SecondChoice(choice)) => match self.demand(facts) {
                Demand::OneOf(offered) if offered.contains(&choice) => Ok(Judged::Chose(Challenge::of_second(choice))),
                _ => Err(Stop::NotOffered),
            },
            (Challenge::SetUp {}, Evidence::SetUp(factor)) => match facts.demand() {
                Demand::SetUp(offered) if offered.contains(&factor) => Ok(set_up(factor)),
                _ => Err(Stop::NotOffered),
            },
            (Challenge::SetUpDone {}, Evidence::SetUpDone)
            | (Challenge::StepUp {}, Evidence::SteppingUp)
            | (Challenge::SignedUp { confirmed: true }, Evidence::SignedUp) => Ok(Judged::GoOn),
            (Challenge::SignedUp { confirmed: false }, Evidence::Confirmed(contact)) => {
                Ok(Judged::Kept(Factor::Code(contact), Challenge::SignedUp { confirmed: true }))
            }
            (Challenge::Define {}, Evidence::Begun) => Ok(Judged::Define(None)),
            (Challenge::Custom { challenge }, Evidence::Custom(right)) => {
                let (name, metadata) = (self.next.name().to_owned(), challenge.metadata.clone());
                Ok(Judged::Define(Some(AnsweredChallenge { name, right: right && facts.user.is_some(), metadata })))
            }
            (Challenge::DeviceSrp { key }, Evidence::DevicePublic(next))
                if facts.is_from(key) && next.is_proof_of(key) =>
            {
                Ok(Judged::Chose(next))
            }
            (Challenge::DeviceVerifier { key, .. }, Evidence::DeviceProof(right)) if facts.is_from(key) => {
                proved(right, Factor::Device)
            }
            (Challenge::Passkey { .. }, Evidence::Passkey(proof)) => {
                let proof = proof.ok_or(Stop::Wrong)?;
                let multi_factor = proof.verified && passkeys_stand_for_two(facts);
                Ok(Judged::Proved(Factor::Passkey { platform: proof.platform, multi_factor }))
            }
            _ => Err(Stop::Foreign),
        }
    }
}

/// What an answer comes to.
enum Judged {
    /// The application's hook says what is next.
    Define(Option<AnsweredChallenge>),
    /// A factor is proved.
    Proved(Factor),
    /// Nothing is proved; what is asked next was chosen.
    Chose(Challenge),
    /// A factor is proved, and the sign-in goes on with this step in another call.
    Kept(Factor, Challenge),
    /// Nothing is proved that was not before.
    GoOn,
}

fn set_up(factor: SecondFactor) -> Judged {
    match factor {
        SecondFactor::SoftwareToken => Judged::Kept(Factor::SoftwareToken, Challenge::SetUpDone {}),
        // An address is set up by the code that is sent to it.
        SecondFactor::Sms | SecondFactor::Email => Judged::Chose(Challenge::of_second(factor)),
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("passed", &self.passed).field("next", &self.next).finish_non_exhaustive()
    }
}
