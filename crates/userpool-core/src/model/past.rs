//! What stood before changes, what stands now, and what follows from both for a moment in between.

use std::collections::BTreeMap;

use document_store::Versioned;
use identity_kernel::time::Timestamp;

use crate::model::factors::SecondFactors;
use crate::model::group::Group;
use crate::model::ids::{GroupName, RestorationId, Subject, UserPoolId};
use crate::model::passkeys::UserPasskeys;
use crate::model::user::{Credential, User};

/// What stood before a change: nothing, where the change added it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Past {
    /// Of a user.
    User(Subject, Option<User>),
    /// Of a user's password.
    Password(Subject, Option<Credential>),
    /// Of a user's passkeys.
    Passkeys(Subject, Option<UserPasskeys>),
    /// Of a user's second factors.
    Factors(Subject, Option<SecondFactors>),
    /// Of a group.
    Group(GroupName, Option<Group>),
}

/// A change, by when it was made and what stood before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PastChange {
    /// When it was made.
    pub at: Timestamp,
    /// What stood before it.
    pub before: Past,
}

/// What stands of a user now.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The user.
    pub user: Option<Versioned<User>>,
    /// The password.
    pub password: Option<Versioned<Credential>>,
    /// The passkeys.
    pub passkeys: Option<Versioned<UserPasskeys>>,
    /// The second factors.
    pub factors: Option<Versioned<SecondFactors>>,
}

/// A record that was changed since a moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span<T> {
    /// As it was at the moment.
    pub then: Option<T>,
    /// As it was before the last change.
    pub last: Option<T>,
}

/// Somebody or something that was changed since the moment of a restoration, with what is needed to set it back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Plan {
    /// The pool.
    pub pool: UserPoolId,
    /// The restoration that it belongs to.
    pub restoration: RestorationId,
    /// Who or what.
    pub subject: PlanSubject,
}

/// Who or what was changed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a page of them is held at once")]
pub enum PlanSubject {
    /// A group, as it was.
    Group(GroupName, Option<Group>),
    /// A user.
    User(UserPlan),
}

/// A user who was changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserPlan {
    /// Who.
    pub sub: Subject,
    /// The user's record, if that was changed.
    pub user: Option<Span<User>>,
    /// The password, if that was changed.
    pub password: Option<Span<Credential>>,
    /// The passkeys, if they were changed.
    pub passkeys: Option<Span<UserPasskeys>>,
    /// The second factors, if they were changed.
    pub factors: Option<Span<SecondFactors>>,
    /// The highest epoch that was ever left behind: no session of it or of one before comes back.
    pub epoch: u64,
    /// The highest counter that was ever seen of a passkey, by its id.
    pub sign_counts: BTreeMap<String, u32>,
    /// The last time step whose code of an authenticator app was ever taken.
    pub last_step: i64,
}

impl Past {
    /// The key parts of the plan that it belongs to, behind the restoration's.
    pub fn plan(&self) -> PlanKey {
        match self {
            Self::User(sub, _) | Self::Password(sub, _) | Self::Passkeys(sub, _) | Self::Factors(sub, _) => {
                PlanKey::User(sub.clone())
            }
            Self::Group(name, _) => PlanKey::Group(name.clone()),
        }
    }
}

/// Whom or what a plan is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PlanKey {
    /// A group.
    Group(GroupName),
    /// A user.
    User(Subject),
}

impl Plan {
    /// A plan that a change is the first of.
    pub fn of(pool: &UserPoolId, restoration: &RestorationId, first: Past) -> Self {
        let subject = match first {
            Past::Group(name, then) => PlanSubject::Group(name, then),
            Past::User(ref sub, _)
            | Past::Password(ref sub, _)
            | Past::Passkeys(ref sub, _)
            | Past::Factors(ref sub, _) => {
                let mut plan = UserPlan {
                    sub: sub.clone(),
                    user: None,
                    password: None,
                    passkeys: None,
                    factors: None,
                    epoch: 0,
                    sign_counts: BTreeMap::new(),
                    last_step: 0,
                };
                plan.learn(first);
                PlanSubject::User(plan)
            }
        };
        Self { pool: pool.clone(), restoration: restoration.clone(), subject }
    }

    /// Learns of a later change.
    pub fn learn(&mut self, later: Past) {
        if let PlanSubject::User(plan) = &mut self.subject {
            plan.learn(later);
        }
    }

    /// Whom or what it is about.
    pub fn key(&self) -> PlanKey {
        match &self.subject {
            PlanSubject::Group(name, _) => PlanKey::Group(name.clone()),
            PlanSubject::User(plan) => PlanKey::User(plan.sub.clone()),
        }
    }
}

impl UserPlan {
    fn learn(&mut self, past: Past) {
        match past {
            Past::User(_, before) => {
                self.epoch = self.epoch.max(before.as_ref().map_or(0, |user| user.epoch));
                extend(&mut self.user, before);
            }
            Past::Password(_, before) => extend(&mut self.password, before),
            Past::Passkeys(_, before) => {
                for passkey in before.iter().flat_map(|passkeys| &passkeys.list) {
                    let seen = self.sign_counts.entry(passkey.id.clone()).or_default();
                    *seen = (*seen).max(passkey.sign_count);
                }
                extend(&mut self.passkeys, before);
            }
            Past::Factors(_, before) => {
                self.last_step = self.last_step.max(last_step(before.as_ref()));
                extend(&mut self.factors, before);
            }
            Past::Group(..) => {}
        }
    }
}

/// The last time step whose code was taken.
pub(crate) fn last_step(factors: Option<&SecondFactors>) -> i64 {
    factors.and_then(|factors| factors.software_token.as_ref()).map_or(0, |token| token.last_step)
}

fn extend<T: Clone>(span: &mut Option<Span<T>>, before: Option<T>) {
    match span {
        Some(span) => span.last = before,
        None => *span = Some(Span { then: before.clone(), last: before }),
    }
}
