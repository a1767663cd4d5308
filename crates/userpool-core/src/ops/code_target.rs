//! Whose code it is, for what, and on which budgets it draws.

use crate::model::code::CodePurpose;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::message_limits::{Allowance, MessageLimits};
use crate::model::pool::Contact;

/// The sign-in that a code is for.
#[derive(Clone, Copy)]
pub(crate) struct Within<'a> {
    pub(crate) sign_in: &'a str,
    pub(crate) digits: usize,
}

/// Whose codes, for what, and the names under which their budgets are kept.
pub(crate) struct CodeTarget {
    pub(crate) pool: UserPoolId,
    /// Who: for nobody, a subject that nobody has, the same for the same name on any node.
    pub(crate) sub: Subject,
    pub(crate) purpose: CodePurpose,
    /// The address that its budget is of; where there is none, a text that stands for it.
    pub(crate) counted_at: String,
    pub(crate) names: Names,
    /// The sign-in that the code is for; empty for codes that are for none.
    pub(crate) within: String,
    /// How long the code is.
    pub(crate) digits: usize,
    /// What a message draws on in the pool, and whether it is counted there: one that is only pretended is not.
    pub(crate) volume: Option<(Allowance, Counting)>,
}

impl CodeTarget {
    /// The same, for a code that is good in this sign-in alone.
    pub(crate) fn within(self, Within { sign_in, digits }: Within<'_>) -> Self {
        Self { within: sign_in.to_owned(), digits, ..self }
    }

    /// The same for a message of this kind, which is sent.
    #[must_use]
    pub(crate) fn leaving(self, limits: &MessageLimits, contact: Contact) -> Self {
        self.of_kind(limits, contact, Counting::Sent)
    }

    /// The same for a message of this kind that is only pretended: refused where one that is sent would be, and not counted.
    #[must_use]
    pub(crate) fn pretending(self, limits: &MessageLimits, contact: Contact) -> Self {
        self.of_kind(limits, contact, Counting::Pretended)
    }

    fn of_kind(self, limits: &MessageLimits, contact: Contact, counting: Counting) -> Self {
        let volume = Allowance::of(limits, contact, &self.sub).map(|allowance| (allowance, counting));
        Self { volume, ..self }
    }

    /// The same, counted at another address, under this name.
    pub(crate) fn at(&self, counted_at: &str, address: String) -> Self {
        let (pool, sub, purpose, counted_at) =
            (self.pool.clone(), self.sub.clone(), self.purpose, counted_at.to_owned());
        let names = Names { address, ..self.names.clone() };
        Self { pool, sub, purpose, counted_at, names, within: self.within.clone(), digits: self.digits, volume: None }
    }
}

/// Whether a message is one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Counting {
    Sent,
    Pretended,
}

#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) source: Option<String>,
    pub(crate) pool: String,
}

impl Names {
    pub(crate) fn all(&self) -> Vec<String> {
        let three = [&self.user, &self.address, &self.pool].into_iter().chain(&self.source);
        three.cloned().collect()
    }
}
