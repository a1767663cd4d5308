//! What is gathered of an attempt while it runs, and told when it has ended.

use std::sync::Arc;

use crate::error::Error;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::ops::outcome::AuthOutcome;
use crate::ports::{Action, Actor, Event, Outcome};
use crate::service::UserPools;

/// An attempt, as far as it is known.
pub(crate) struct Case {
    pub(crate) action: Action,
    pub(crate) actor: Actor,
    pub(crate) client: Option<ClientId>,
    pub(crate) pool: Option<UserPoolId>,
    pub(crate) username: Option<String>,
    pub(crate) user: Option<Subject>,
    /// The counter of the source, where failures count against one.
    pub(crate) source: Option<String>,
}

impl Case {
    pub(crate) fn new(action: Action, client: &ClientId) -> Self {
        Self {
            action,
            actor: Actor::User,
            client: Some(client.clone()),
            pool: None,
            username: None,
            user: None,
            source: None,
        }
    }
}

/// What an operation's answer is to those who hear of it.
pub(crate) trait Told {
    /// The outcome.
    fn told(&self) -> Outcome;
}

impl<T: Told> Told for Result<T, Error> {
    fn told(&self) -> Outcome {
        match self {
            Ok(answer) => answer.told(),
            Err(error) => Outcome::refused(error),
        }
    }
}

impl Told for () {
    fn told(&self) -> Outcome {
        Outcome::Success
    }
}

impl Told for crate::model::delivery::Delivery {
    fn told(&self) -> Outcome {
        Outcome::Success
    }
}

impl Told for crate::ops::outcome::Tokens {
    fn told(&self) -> Outcome {
        Outcome::Success
    }
}

impl Told for AuthOutcome {
    fn told(&self) -> Outcome {
        match self.challenge() {
            Some(name) => Outcome::Challenged(name),
            None => Outcome::Success,
        }
    }
}

impl UserPools {
    /// Tells of an attempt that has ended.
    pub(crate) async fn record(&self, case: Case, outcome: &(impl Told + Sync)) {
        let Case { action, actor, client, pool, username, user, source: _ } = case;
        let (id, time, context) = (self.uuid(), self.now(), Arc::clone(&self.context));
        let outcome = outcome.told();
        self.events.record(&Event { id, time, pool, client, actor, username, user, action, outcome, context }).await;
    }
}
