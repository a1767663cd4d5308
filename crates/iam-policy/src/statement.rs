use crate::condition::Condition;
use crate::context::Context;
use crate::pattern::Pattern;
use crate::principal::{Meant, Named, Principal};

/// What a statement does when it applies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// A list, or everything but a list.
#[derive(Clone, Debug)]
pub(crate) enum Choice<T> {
    In(Vec<T>),
    NotIn(Vec<T>),
}

/// One statement of a policy.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Its `Sid`, or its place in the policy, counted from 1.
    pub(crate) name: String,
    pub(crate) effect: Effect,
    pub(crate) principals: Option<Choice<Named>>,
    pub(crate) actions: Choice<Pattern>,
    /// `None` in trust policies, which speak of the role they belong to.
    pub(crate) resources: Option<Choice<Pattern>>,
    pub(crate) conditions: Vec<Condition>,
}

impl Statement {
    /// Whether the statement speaks of this action on this resource under these circumstances, whoever asks.
    pub(crate) fn covers(&self, action: &str, resource: &str, context: &Context) -> bool {
        self.covers_action(action)
            && self.covers_resource(resource, context)
            && self.conditions.iter().all(|condition| condition.holds(context))
    }

    /// How the statement means `principal`, if it does. A statement without principals means whoever it is attached to.
    pub(crate) fn means(&self, principal: &Principal) -> Option<Meant> {
        match &self.principals {
            None => Some(Meant::Itself),
            Some(Choice::In(named)) => named.iter().filter_map(|named| named.means(principal)).max(),
            Some(Choice::NotIn(named)) => (!principal.is_excepted_by(named)).then_some(Meant::Itself),
        }
    }

    /// Whether it denies all but some: `Deny` with `NotPrincipal`.
    pub(crate) fn denies_all_but(&self) -> bool {
        self.effect == Effect::Deny && matches!(self.principals, Some(Choice::NotIn(_)))
    }

    /// Actions have no case: patterns were read, and `action` is given, in lower case.
    pub(crate) fn covers_action(&self, action: &str) -> bool {
        static NONE: Context = Context::new();
        let hit = |pattern: &Pattern| pattern.matches(action, &NONE) == Some(true);
        match &self.actions {
            Choice::In(patterns) => patterns.iter().any(hit),
            Choice::NotIn(patterns) => !patterns.iter().any(hit),
        }
    }

    /// "The resource that includes a policy variable with no value will not match any resource" (IAM user guide, "Policy
    /// variables with no value"). So such an entry of `NotResource` excepts nothing,
    /// and a denying statement applies. To an allowing one the same reading would open everything to whoever lacks a
    /// value: it covers nothing where the entry could match with some value.
    pub(crate) fn covers_resource(&self, resource: &str, context: &Context) -> bool {
        match &self.resources {
            None => true,
            Some(Choice::In(patterns)) => patterns.iter().any(|own| own.matches(resource, context) == Some(true)),
            Some(Choice::NotIn(patterns)) => {
                let mut matches = patterns.iter().map(|own| own.matches(resource, context));
                matches.all(|matches| matches == Some(false) || (matches.is_none() && self.effect == Effect::Deny))
            }
        }
    }
}
