//! What happened, for whoever has to know later: a line of the log for each event of the user pools, under the target `audit`.

use async_trait::async_trait;
use cenote::userpool::ports::{Actor, Event, Events, Outcome};

/// Writes each event into the log at `info`.
pub(crate) struct AuditLog;

#[async_trait]
impl Events for AuditLog {
    async fn record(&self, event: &Event) {
        let (outcome, reason) = match &event.outcome {
            Outcome::Success => ("success", String::new()),
            Outcome::Challenged(challenge) => ("challenged", (*challenge).to_owned()),
            Outcome::Refused(code, _) => ("refused", code.to_string()),
            _ => ("other", String::new()),
        };
        let actor = match event.actor {
            Actor::Administrator => "administrator",
            _ => "user",
        };
        tracing::info!(
            target: "audit",
            id = %event.id,
            request = event.context.request_id,
            source = event.context.source.map(tracing::field::display),
            actor,
            action = event.action.as_str(),
            pool = event.pool.as_ref().map(tracing::field::display),
            client = event.client.as_ref().map(tracing::field::display),
            user = event.user.as_ref().map(tracing::field::display),
            username = event.username,
            outcome,
            reason,
        );
    }
}
