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

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};

use crate::model::acr::{Level, Proof};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::custom::AnsweredChallenge;
use crate::model::device::{Device, DeviceKey};
use crate::model::factors::{Demand, MfaMode, SecondFactor, SecondFactors, are_multi_factor};
use crate::model::gate::{Bar, Way, bar_of_client, bar_of_user};
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::passkeys::PasskeyFactor;
use crate::model::pool::{Contact, InvalidationMark, UserPool};
use crate::model::risk::RiskAction;
use crate::model::user::{Credential, User, UserStatus};

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
    fn is_from(&self, key: &DeviceKey) -> bool {
        self.device.is_some_and(|device| device.key == *key)
    }

    /// The device whose proof is asked for in the place of what is demanded: of a known device where nothing is demanded, and
    /// where it stands for a second factor that the user has.
    fn device_for(&self, demand: &Demand) -> Option<&Device> {
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

/// The proof that a ceremony's factors were judged: made by [`Ceremony::advance`] alone, and asked for at the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passed {
    sign_in: String,
    flow: AllowedFlow,
    factors: Vec<Factor>,
    answered: Vec<AnsweredChallenge>,
    device: Option<DeviceKey>,
    target: Option<Level>,
}

impl Passed {
    /// The level that the sign-in is to reach, where one was asked for.
    pub fn target(&self) -> Option<Level> {
        self.target
    }

    /// The level that what has passed is of, where one was asked for.
    pub fn level(&self) -> Option<Level> {
        self.target.and_then(|_| Level::of(&proofs(&self.factors)))
    }

    /// What is demanded beside what has passed.
    fn demand(&self, facts: &Facts<'_>) -> Demand {
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
    fn with(mut self, answered: Option<AnsweredChallenge>) -> Self {
        self.answered.extend(answered);
        self
    }

    /// What was answered in a sign-in of the application's own making.
    pub fn answered(&self) -> &[AnsweredChallenge] {
        &self.answered
    }

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

    /// The device that the sign-in says to come from.
    pub fn device(&self) -> Option<&DeviceKey> {
        self.device.as_ref()
    }

    /// Whether that device has proved its secret.
    pub fn is_by_device(&self) -> bool {
        self.factors.contains(&Factor::Device)
    }
}

/// The name under which hooks are told that a custom sign-in begins with SRP.
pub const SRP_A: &str = "SRP_A";

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
        Passed { sign_in, flow, factors, answered, device, target }
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

/// Whether a choice leads to this challenge.
fn leads_to(choice: FirstFactor, next: &Challenge) -> bool {
    let code = |contact| Challenge::Code { contact, place: Place::First };
    match choice {
        FirstFactor::Password => *next == Challenge::Password {},
        FirstFactor::PasswordSrp => matches!(next, Challenge::PasswordVerifier { .. }),
        FirstFactor::EmailCode => *next == code(Contact::Email),
        FirstFactor::SmsCode => *next == code(Contact::PhoneNumber),
        FirstFactor::Passkey => matches!(next, Challenge::Passkey { .. }),
    }
}

/// What a sign-in of the user's choice can begin with, in the order of [`FirstFactor::ALL`].
///
/// A code is sent to an address that the user has proved, and not to somebody of whom a second factor is demanded, or who
/// must choose a password: the code would be the only proof. Nobody is offered what an ordinary user is: one with a password
/// and a proved e-mail address, and a telephone number where the pool proves those.
pub fn first_factors(facts: &Facts<'_>, target: Option<Level>) -> Vec<FirstFactor> {
    let allowed = &facts.pool.settings.first_factors.allowed;
    let has = |factor: FirstFactor| match (factor, facts.user) {
        (FirstFactor::Password | FirstFactor::PasswordSrp, Some(_)) => facts.password.is_some(),
        (FirstFactor::Password | FirstFactor::PasswordSrp, None) => true,
        (FirstFactor::EmailCode, user) => takes_code(facts, user, Contact::Email),
        (FirstFactor::SmsCode, user) => takes_code(facts, user, Contact::PhoneNumber),
        (FirstFactor::Passkey, user) => user.is_some_and(|user| takes_passkey(facts, user)),
    };
    let leads = |factor: FirstFactor| target.is_none_or(|target| reaches(facts, target, &[factor.into()]));
    FirstFactor::ALL.into_iter().filter(|factor| allowed.contains(factor) && has(*factor) && leads(*factor)).collect()
}

/// Whether these proofs are of this level, or a second factor of the user's makes them so.
pub fn reaches(facts: &Facts<'_>, target: Level, proofs: &[Proof]) -> bool {
    let with_second = |user| facts.second.demand_of_level(user, proofs, target) != Demand::None;
    Level::of(proofs) >= Some(target) || facts.user.is_some_and(with_second)
}

/// What is demanded beside these factors: what the level needs that is to be reached, or else what pool and user demand.
fn demand_beside(facts: &Facts<'_>, target: Option<Level>, factors: &[Factor]) -> Demand {
    let Some(target) = short_of(target, factors) else { return facts.demand() };
    facts.user.map_or(Demand::None, |user| facts.second.demand_of_level(user, &proofs(factors), target))
}

/// The level that these factors have not reached yet.
fn short_of(target: Option<Level>, factors: &[Factor]) -> Option<Level> {
    target.filter(|target| Level::of(&proofs(factors)) < Some(*target))
}

/// What these factors count for towards a level.
pub fn proofs(factors: &[Factor]) -> Vec<Proof> {
    factors.iter().filter_map(|factor| factor.proof()).collect()
}

fn takes_code(facts: &Facts<'_>, user: Option<&User>, contact: Contact) -> bool {
    let settings = &facts.pool.settings;
    let Some(user) = user else {
        let is_usual = match contact {
            Contact::Email => true,
            Contact::PhoneNumber => {
                let by_mail = settings.first_factors.allowed.contains(&FirstFactor::EmailCode);
                !by_mail || settings.auto_verified.contains(&contact)
            }
        };
        return is_usual && settings.mfa.mode != MfaMode::On;
    };
    let code_is_enough = user.status != UserStatus::ForceChangePassword && facts.demand() == Demand::None;
    code_is_enough && user.address(contact).is_some() && user.has_verified(contact)
}

/// Where a second factor is demanded, only a passkey that can stand for two is of use, to users who want that. Nobody is offered
/// one, as most users are not.
fn takes_passkey(facts: &Facts<'_>, user: &User) -> bool {
    let is_enough = facts.demand() == Demand::None || passkeys_stand_for_two(facts);
    facts.passkey && is_enough && user.status != UserStatus::ForceChangePassword
}

fn passkeys_stand_for_two(facts: &Facts<'_>) -> bool {
    facts.second.passkey && facts.pool.settings.passkeys.factor == PasskeyFactor::MultiWhenVerified
}

/// What is asked after a factor that was just proved.
fn after_factor(user: &User, factor: Factor, passed: Passed, facts: &Facts<'_>, now: Timestamp) -> Result<Step, Stop> {
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
fn after_all(passed: Passed, facts: &Facts<'_>) -> Result<Step, Stop> {
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

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("passed", &self.passed).field("next", &self.next).finish_non_exhaustive()
    }
}
