//! A sign-in under way: which factors have passed, what is asked next, and the one place where an answer is judged.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};

use crate::model::client::{AllowedFlow, AppClient};
use crate::model::gate::{Bar, Way, bar_of_client, bar_of_user};
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::{InvalidationMark, UserPool};
use crate::model::user::{Credential, User};

/// A sign-in under way. Between its steps it travels through the client, sealed, so that any node can take the answer.
///
/// The stored form is versioned: a member or version that a node does not know is refused, for it may restrict.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// The version of this form.
    pub v: u8,
    /// Spent when this step is answered: a step has one answer.
    pub id: String,
    /// The pool.
    pub pool: UserPoolId,
    /// The app client that signs in.
    pub client: ClientId,
    /// Who signs in; for a name of nobody, a subject that nobody has.
    pub user: Subject,
    /// 1 if the user is there and has what is asked for, 0 for nobody: then no answer is right. A number, so that both are
    /// written with the same length.
    pub known: u8,
    /// The flow it began with: the client must still allow it at every step.
    pub flow: AllowedFlow,
    /// The factors that have passed, in order.
    pub passed: Vec<Factor>,
    /// What is asked now.
    pub next: Challenge,
    /// The fingerprint of the password that it began under: another password ends it.
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

/// Something that a user has proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Factor {
    /// The password, sent or proved by SRP.
    Password,
    /// A password of their own in the place of a temporary one.
    NewPassword,
}

impl Factor {
    /// The factor's name in `amr` (RFC 8176 §2); `None` for what is no proof of its own.
    pub fn amr(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("pwd"),
            Self::NewPassword => None,
        }
    }
}

/// What is asked of somebody who signs in.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Challenge {
    /// The password itself. It is answered in the call that begins the sign-in.
    Password {},
    /// A proof by SRP that the client knows the password.
    PasswordVerifier {
        /// The key that the proof is made with, in Base64.
        key: String,
        /// The name that goes into the proof.
        user_id: String,
    },
    /// A new password for the temporary one.
    NewPassword {},
}

impl Challenge {
    /// Every challenge's name.
    pub const NAMES: [&str; 3] = ["PASSWORD", "PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED"];

    /// Its name. Never renamed.
    pub fn name(&self) -> &'static str {
        let [password, verifier, new_password] = Self::NAMES;
        match self {
            Self::Password {} => password,
            Self::PasswordVerifier { .. } => verifier,
            Self::NewPassword {} => new_password,
        }
    }
}

/// What an answer was found to be, once the slow work is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Evidence {
    /// A password, and whether it is the user's.
    Password(bool),
    /// A proof by SRP, and whether it is right.
    PasswordProof(bool),
    /// A new password that the pool's policy accepts.
    NewPassword,
}

/// The records that an answer is judged on, as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// The client that the answer came through.
    pub client: &'a AppClient,
    /// The user of the ceremony; `None` for nobody.
    pub user: Option<&'a User>,
    /// The user's password.
    pub password: Option<&'a Credential>,
}

/// Where an answer leads.
#[derive(Debug)]
pub enum Step {
    /// To the gate.
    Done(Passed),
    /// To the next challenge. It has no id and no end yet.
    Ask(Challenge, Passed),
}

/// The proof that a ceremony's factors were judged: made by [`Ceremony::advance`] alone, and asked for at the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passed {
    flow: AllowedFlow,
    factors: Vec<Factor>,
}

impl Passed {
    /// The flow that the sign-in began with.
    pub fn flow(&self) -> AllowedFlow {
        self.flow
    }

    /// The factors, in order.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }
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
        let factor = self.factor(evidence)?;
        let (Some(user), Some(password)) = (facts.user, facts.password) else { return Err(Stop::Wrong) };
        if self.known != 1 || user.sub != self.user {
            return Err(Stop::Wrong);
        }
        if !constant_time_eq(fingerprint(password).as_bytes(), self.bound_to.as_bytes()) {
            return Err(Stop::Foreign);
        }
        let mut factors = self.passed;
        factors.push(factor);
        let passed = Passed { flow: self.flow, factors };
        match bar_of_user(user) {
            Some(Bar::MustChoosePassword) if factor == Factor::NewPassword => Ok(Step::Done(passed)),
            None if factor == Factor::NewPassword => Err(Stop::Foreign),
            None => Ok(Step::Done(passed)),
            Some(Bar::MustChoosePassword) if password.expires_at.is_some_and(|end| now >= end) => {
                Err(Stop::TemporaryPasswordExpired)
            }
            Some(Bar::MustChoosePassword) => Ok(Step::Ask(Challenge::NewPassword {}, passed)),
            Some(bar) => Err(Stop::Barred(bar)),
        }
    }

    /// The factor that the evidence is, if it is right and answers what is asked.
    fn factor(&self, evidence: Evidence) -> Result<Factor, Stop> {
        match (&self.next, evidence) {
            (Challenge::Password {}, Evidence::Password(true))
            | (Challenge::PasswordVerifier { .. }, Evidence::PasswordProof(true)) => Ok(Factor::Password),
            (Challenge::NewPassword {}, Evidence::NewPassword) => Ok(Factor::NewPassword),
            (Challenge::Password {}, Evidence::Password(false))
            | (Challenge::PasswordVerifier { .. }, Evidence::PasswordProof(false)) => Err(Stop::Wrong),
            _ => Err(Stop::Foreign),
        }
    }
}

/// What a ceremony remembers of a password: nothing that helps to guess it. Every password that is set has a salt of its
/// own, so another password has another fingerprint.
pub fn fingerprint(password: &Credential) -> String {
    let hash = digest::digest(&digest::SHA256, password.srp_salt.as_bytes());
    STANDARD.encode(hash)
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("passed", &self.passed).field("next", &self.next).finish_non_exhaustive()
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
