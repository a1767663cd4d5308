//! Codes, and what is counted.

use document_store::Stored;
use document_store::error::StorageError;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::attempts::Attempts;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::limits::ProvisionedRates;
use crate::model::pool::{Contact, InvalidationMark};
use crate::model::sign_in_history::SignInHistory;

/// How a one-time code is stored.
#[derive(Serialize, Deserialize)]
pub struct CodeForm {
    pool: UserPoolId,
    sub: Subject,
    purpose: CodePurpose,
    contact: Contact,
    address: String,
    hash: Bytes,
    mark: InvalidationMark,
    requested_from: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Stored for Code {
    type Form = CodeForm;
    const KIND: &'static str = "code";
    const VERSION: u32 = 1;

    fn to_form(&self) -> CodeForm {
        let Self { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at } =
            self.clone();
        let hash = Bytes(hash);
        CodeForm { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at }
    }

    fn from_form(form: CodeForm) -> Result<Self, StorageError> {
        let CodeForm { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at } =
            form;
        let Bytes(hash) = hash;
        Ok(Self { pool, sub, purpose, contact, address, hash, mark, requested_from, created_at, expires_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str(), self.purpose.label()]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.expires_at.epoch_millis())
    }
}

/// What is counted under a name.
pub(crate) struct Counted<T> {
    pub(crate) name: String,
    pub(crate) count: T,
}

/// What is counted, with the name that it stands under.
#[derive(Serialize, Deserialize)]
pub(crate) struct CountedForm<T> {
    name: String,
    #[serde(flatten)]
    count: T,
}

/// A count that is stored under its name, and of no use from some time on.
macro_rules! counted {
    ($count:ty, $kind:literal, |$it:ident| $ends:expr) => {
        impl Stored for Counted<$count> {
            type Form = CountedForm<$count>;
            const KIND: &'static str = $kind;
            const VERSION: u32 = 1;

            fn to_form(&self) -> Self::Form {
                CountedForm { name: self.name.clone(), count: self.count.clone() }
            }

            fn from_form(form: Self::Form) -> Result<Self, StorageError> {
                Ok(Self { name: form.name, count: form.count })
            }

            fn id(&self) -> Vec<&str> {
                vec![&self.name]
            }

            fn ends_at_millis(&self) -> Option<i64> {
                let $it = &self.count;
                $ends
            }
        }
    };
}

counted!(Attempts, "attempts", |attempts| attempts.forgiven_at().map(end_of_day));
counted!(SignInHistory, "sign-in-history", |history| history.ends_at().map(Timestamp::epoch_millis));
counted!(ProvisionedRates, "request-rates", |_rates| None);
counted!(CodeBudget, "code-budget", |budget| Some(budget.whole_at().epoch_millis()));

/// The end of the day, in milliseconds: tries of one day under one name end at one time, however often they are forgotten
/// and begin anew. What says when they end is one document then, and not one for each sign-in.
pub(super) fn end_of_day(time: Timestamp) -> i64 {
    const DAY: i64 = 86_400_000;
    time.epoch_millis().div_euclid(DAY).saturating_add(1).saturating_mul(DAY)
}
