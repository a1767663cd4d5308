//! What is gathered of an attempt while it runs, and told when it has ended.

use std::sync::Arc;
use std::time::Duration;

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::ops::outcome::{AuthOutcome, event_id_of};
use crate::ops::pacing::is_told_by_time_alone;
use crate::ops::watched::Watched;
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
    /// What is watched of it, in pools that ask for that.
    pub(crate) watched: Watched,
    /// When it began, where its time must not tell who exists.
    pub(crate) paced_from: Option<Duration>,
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
            watched: Watched::default(),
            paced_from: None,
        }
    }
}

impl Case {
    /// What an administrator does to a user.
    pub(crate) fn of_administrator(action: Action, pool: &UserPoolId, user: &Subject) -> Self {
        let (pool, user) = (Some(pool.clone()), Some(user.clone()));
        Self {
            action,
            actor: Actor::Administrator,
            client: None,
            pool,
            username: None,
            user,
            source: None,
            watched: Watched::default(),
            paced_from: None,
        }
    }
}

/// What an operation's answer is to those who hear of it.
pub(crate) trait Told {
    /// The outcome.
    fn told(&self) -> Outcome;

    /// Whom it was about, if the answer tells it.
    fn user(&self) -> Option<Subject> {
        None
    }

    /// The id of the event that the answer's tokens name, if it has any.
    fn event_id(&self) -> Option<String> {
        None
    }
}

impl<T: Told> Told for Result<T, Error> {
    fn told(&self) -> Outcome {
        match self {
            Ok(answer) => answer.told(),
            Err(error) => Outcome::refused(error),
        }
    }

    fn user(&self) -> Option<Subject> {
        self.as_ref().ok().and_then(Told::user)
    }

    fn event_id(&self) -> Option<String> {
        self.as_ref().ok().and_then(Told::event_id)
    }
}

impl Told for Option<SecretString> {
    fn told(&self) -> Outcome {
        Outcome::Success
    }
}

impl Told for () {
    fn told(&self) -> Outcome {
        Outcome::Success
    }
}

impl Told for crate::model::user::User {
    fn told(&self) -> Outcome {
        Outcome::Success
    }

    fn user(&self) -> Option<Subject> {
        Some(self.sub.clone())
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

impl Told for crate::model::passkeys::Passkey {
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

    fn event_id(&self) -> Option<String> {
        event_id_of(self)
    }
}

impl UserPools {
    /// Does what an administrator asks for, and tells of it.
    pub(crate) async fn by_administrator<T: Told + Send + Sync>(
        &self,
        action: Action,
        (pool, username): (&UserPoolId, &str),
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        let mut case = Case::by_administrator(action, pool, username);
        let outcome = work.await;
        case.user = outcome.user();
        self.record(case, &outcome).await;
        outcome
    }

    /// Notes through which client an attempt is made, before anything of it depends on a user.
    pub(crate) fn note_client(&self, case: &mut Case, pool: &UserPool, client: &AppClient) {
        case.pool = Some(pool.id.clone());
        case.paced_from = client.settings.prevent_user_existence_errors.then(|| self.pace.moment());
    }

    /// Tells of an attempt that has ended, and waits until its answer may leave.
    pub(crate) async fn record(&self, case: Case, outcome: &(impl Told + Sync)) {
        let id = outcome.event_id().filter(|_| case.watched.is_on()).unwrap_or_else(|| self.uuid());
        let (time, context) = (self.now(), Arc::clone(&self.context));
        let outcome = outcome.told();
        let (kept, log_to) = self.keep_event(&case, &outcome, &id).await;
        let began = case.paced_from.filter(|_| is_told_by_time_alone(case.action, &outcome));
        let Case { action, actor, client, pool, username, user, source: _, watched: _, paced_from: _ } = case;
        let event = Event { id, time, pool, client, actor, username, user, action, outcome, context, kept, log_to };
        self.events.record(&event).await;
        if let Some(began) = began {
            self.wait_for_step(began).await;
        }
    }
}
