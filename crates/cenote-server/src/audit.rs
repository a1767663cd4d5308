//! What happened, for whoever has to know later: a line of the log for each event, under the target `audit`.

use async_trait::async_trait;
use cenote::kernel::context::RequestContext;
use cenote::{federation, userpool, vending};

/// Writes each event into the log at `info`.
pub(crate) struct AuditLog;

/// Writes one event: what every event has, and what it alone has.
macro_rules! audit {
    ($event:expr, $context:expr, $outcome:expr, $($own:tt)*) => {{
        let context: &RequestContext = $context;
        let (outcome, reason): (&'static str, String) = $outcome;
        tracing::info!(
            target: "audit",
            id = %$event.id,
            request = context.request_id,
            source = context.source.map(tracing::field::display),
            principal = context.principal,
            action = $event.action.as_str(),
            $($own)*
            outcome,
            reason,
        );
    }};
}

#[async_trait]
impl userpool::ports::Events for AuditLog {
    async fn record(&self, event: &userpool::ports::Event) {
        use userpool::ports::{Action, Actor, Outcome};

        if let (Action::SendMessage, Outcome::Refused(_, why)) = (event.action, &event.outcome) {
            let pool = event.pool.as_ref().map(tracing::field::display);
            let user = event.user.as_ref().map(tracing::field::display);
            tracing::warn!(id = %event.id, request = event.context.request_id, pool, user, because = why, "undelivered");
        }

        let outcome = match &event.outcome {
            Outcome::Success => ("success", String::new()),
            Outcome::Challenged(challenge) => ("challenged", (*challenge).to_owned()),
            Outcome::Refused(code, _) => ("refused", code.to_string()),
            _ => ("other", String::new()),
        };
        let actor = match event.actor {
            Actor::Administrator => "administrator",
            _ => "user",
        };
        audit!(
            event,
            &event.context,
            outcome,
            actor,
            pool = event.pool.as_ref().map(tracing::field::display),
            client = event.client.as_ref().map(tracing::field::display),
            user = event.user.as_ref().map(tracing::field::display),
            username = event.username,
        );
    }
}

#[async_trait]
impl federation::ports::Events for AuditLog {
    async fn record(&self, event: &federation::ports::Event) {
        use federation::ports::Outcome;

        let outcome = match &event.outcome {
            Outcome::Success => ("success", String::new()),
            Outcome::Refused(code, _) => ("refused", code.to_string()),
            _ => ("other", String::new()),
        };
        let details = &event.details;
        for warning in &details.warnings {
            let pool = details.pool.as_ref().map(tracing::field::display);
            tracing::warn!(id = %event.id, request = event.context.request_id, pool, "{warning}");
        }
        audit!(
            event,
            &event.context,
            outcome,
            pool = details.pool.as_ref().map(tracing::field::display),
            identity = details.identity.as_ref().map(tracing::field::display),
            providers = details.providers.join(" "),
            role = details.role_arn,
            key = details.access_key_id,
            audiences = details.audiences.join(" "),
            linked = details.linked.join(" "),
            merged = details.merged.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        );
    }
}

#[async_trait]
impl vending::ports::Events for AuditLog {
    async fn record(&self, event: &vending::ports::Event) {
        use vending::ports::Outcome;

        let outcome = match &event.outcome {
            Outcome::Success => ("success", String::new()),
            Outcome::Refused(code, _) => ("refused", code.to_string()),
            _ => ("other", String::new()),
        };
        audit!(
            event,
            &event.context,
            outcome,
            on = event.target,
            key = event.access_key_id,
            what_for = event.description,
        );
    }
}
