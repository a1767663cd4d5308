//! Restorations, and what they were made of.

use std::collections::BTreeMap;

use document_store::Stored;
use document_store::error::StorageError;
use serde::{Deserialize, Serialize};

use super::factors::{SecondFactorsForm, StoredSecondFactors};
use super::passkeys::PasskeysForm;
use super::user::{PasswordForm, StoredPassword, UserForm};
use crate::model::group::Group;
use crate::model::ids::{GroupName, RestorationId, Subject, UserPoolId};
use crate::model::past::{Plan, PlanKey, PlanSubject, Span, UserPlan};
use crate::model::restoration::Restoration;

/// A restoration that has ended stays so long, in seconds: 90 days.
const KEPT_SECONDS: i64 = 90 * 86_400;

impl Stored for Restoration {
    type Form = Self;
    const KIND: &'static str = "restoration";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![self.id.as_str()]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        let cleared = self.step == crate::model::restoration::Step::Nothing;
        self.ended_at.filter(|_| cleared).map(|at| at.plus_seconds(KEPT_SECONDS).epoch_millis())
    }
}

/// A plan, under whom or what it is about.
pub(crate) struct StoredPlan {
    kind: &'static str,
    about: String,
    pub(crate) plan: Plan,
}

/// The key parts of a plan behind its restoration's.
pub(crate) fn plan_id(key: &PlanKey) -> (&'static str, String) {
    match key {
        PlanKey::Group(name) => ("group", name.to_string()),
        PlanKey::User(sub) => ("user", sub.to_string()),
    }
}

impl From<Plan> for StoredPlan {
    fn from(plan: Plan) -> Self {
        let (kind, about) = plan_id(&plan.key());
        Self { kind, about, plan }
    }
}

/// How a plan is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct PlanForm {
    pool: UserPoolId,
    restoration: RestorationId,
    subject: SubjectForm,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "it is made and written")]
enum SubjectForm {
    Group(GroupName, Option<Group>),
    User(UserPlanForm),
}

#[derive(Serialize, Deserialize)]
struct UserPlanForm {
    sub: Subject,
    user: Option<SpanForm<UserForm>>,
    password: Option<SpanForm<PasswordForm>>,
    passkeys: Option<SpanForm<PasskeysForm>>,
    factors: Option<SpanForm<SecondFactorsForm>>,
    epoch: u64,
    sign_counts: BTreeMap<String, u32>,
    last_step: i64,
}

#[derive(Serialize, Deserialize)]
struct SpanForm<F> {
    then: Option<F>,
    last: Option<F>,
}

fn form<T, F>(span: Option<Span<T>>, turn: impl Fn(T) -> F) -> Option<SpanForm<F>> {
    span.map(|Span { then, last }| SpanForm { then: then.map(&turn), last: last.map(&turn) })
}

fn span<T, F>(
    form: Option<SpanForm<F>>,
    turn: impl Fn(F) -> Result<T, StorageError>,
) -> Result<Option<Span<T>>, StorageError> {
    let Some(SpanForm { then, last }) = form else { return Ok(None) };
    Ok(Some(Span { then: then.map(&turn).transpose()?, last: last.map(&turn).transpose()? }))
}

impl Stored for StoredPlan {
    type Form = PlanForm;
    const KIND: &'static str = "restoration-plan";
    const VERSION: u32 = 1;

    fn to_form(&self) -> PlanForm {
        let Plan { pool, restoration, subject } = self.plan.clone();
        let subject = match subject {
            PlanSubject::Group(name, then) => SubjectForm::Group(name, then),
            PlanSubject::User(UserPlan { sub, user, password, passkeys, factors, epoch, sign_counts, last_step }) => {
                let own = sub.clone();
                SubjectForm::User(UserPlanForm {
                    sub,
                    user: form(user, |user| user.to_form()),
                    password: form(password, |credential| StoredPassword { sub: own.clone(), credential }.to_form()),
                    passkeys: form(passkeys, |passkeys| passkeys.to_form()),
                    factors: form(factors, |factors| StoredSecondFactors { sub: own.clone(), factors }.to_form()),
                    last_step,
                    epoch,
                    sign_counts,
                })
            }
        };
        PlanForm { pool, restoration, subject }
    }

    fn from_form(PlanForm { pool, restoration, subject }: PlanForm) -> Result<Self, StorageError> {
        let subject = match subject {
            SubjectForm::Group(name, then) => PlanSubject::Group(name, then),
            SubjectForm::User(form) => {
                let UserPlanForm { sub, user, password, passkeys, factors, epoch, sign_counts, last_step } = form;
                PlanSubject::User(UserPlan {
                    sub,
                    user: span(user, Stored::from_form)?,
                    password: span(password, |form| Ok(StoredPassword::from_form(form)?.credential))?,
                    passkeys: span(passkeys, Stored::from_form)?,
                    factors: span(factors, |form| Ok(StoredSecondFactors::from_form(form)?.factors))?,
                    last_step,
                    epoch,
                    sign_counts,
                })
            }
        };
        Ok(Plan { pool, restoration, subject }.into())
    }

    fn id(&self) -> Vec<&str> {
        vec![self.plan.restoration.as_str(), self.kind, &self.about]
    }
}
