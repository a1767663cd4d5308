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
    pub(crate) resources: Option<Choice<ResourcePattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// A resource pattern: variables only in the part behind the fifth colon.
#[derive(Clone, Debug)]
pub(crate) struct ResourcePattern {
    pub(crate) pattern: Pattern,
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
            Some(Choice::NotIn(named)) => {
                named.iter().all(|named| named.means(principal).is_none()).then_some(Meant::Itself)
            }
        }
    }

    /// Actions have no case: patterns were read, and `action` is given, in lower case.
    pub(crate) fn covers_action(&self, action: &str) -> bool {
        let none = Context::default();
        let hit = |pattern: &Pattern| pattern.matches(action, &none) == Some(true);
        match &self.actions {
            Choice::In(patterns) => patterns.iter().any(hit),
            Choice::NotIn(patterns) => !patterns.iter().any(hit),
        }
    }

    pub(crate) fn covers_resource(&self, resource: &str, context: &Context) -> bool {
        match &self.resources {
            None => true,
            Some(Choice::In(patterns)) => patterns.iter().any(|own| own.matches(resource, context) == Some(true)),
            // A variable without a value leaves the set unknown: then the statement covers nothing.
            Some(Choice::NotIn(patterns)) => patterns.iter().all(|own| own.matches(resource, context) == Some(false)),
        }
    }
}

impl ResourcePattern {
    fn matches(&self, resource: &str, context: &Context) -> Option<bool> {
        self.pattern.matches(resource, context)
    }
}
