//! The events of users, of pools that want them logged: a JSON line for each, in the form of Amazon's logs.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cenote::logins::http::{HttpPort, HttpRequest};
use cenote::userpool::model::risk::{LogDestination, RiskLevel};
use cenote::userpool::model::sign_in_history::AuthEvent;
use cenote::userpool::ports::{Action, Event, Events, Outcome};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, channel};
use url::Url;

/// Tells each of these of each event.
pub(crate) struct All(pub(crate) Vec<Arc<dyn Events>>);

#[async_trait]
impl Events for All {
    async fn record(&self, event: &Event) {
        for events in &self.0 {
            events.record(event).await;
        }
    }
}

/// Appends the events of users to a file.
pub(crate) struct UserEventLog(Mutex<File>);

impl UserEventLog {
    /// Appends to the file at `path`, which is made for its owner alone if it is not there.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(Mutex::new(options.open(path)?)))
    }
}

#[async_trait]
impl Events for UserEventLog {
    async fn record(&self, event: &Event) {
        let Some(line) = line(event) else { return };
        let line = format!("{line}\n");
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
        if let Err(error) = written {
            tracing::error!(%error, "an event of a user could not be logged");
        }
    }
}

/// Posts the events of users to an address, each as JSON. The caller's answer does not wait for that: events wait in a line of
/// [`WAITING`], and what does not fit is told of and lost.
pub(crate) struct UserEventWebhook(Sender<Vec<u8>>);

/// The most events that wait to be posted.
const WAITING: usize = 1024;

impl UserEventWebhook {
    /// Posts to this address, in a task of the runtime in which this is called.
    pub(crate) fn begin(http: Arc<dyn HttpPort>, url: Url) -> Self {
        let (sender, mut waiting) = channel(WAITING);
        tokio::spawn(async move {
            while let Some(body) = waiting.recv().await {
                let answer = http.send(HttpRequest::post(url.clone(), "application/json", body)).await;
                match answer {
                    Ok(answer) if answer.status.is_success() => {}
                    Ok(answer) => tracing::error!(status = %answer.status, "an event of a user was not taken"),
                    Err(error) => tracing::error!(%error, "an event of a user could not be posted"),
                }
            }
        });
        Self(sender)
    }
}

#[async_trait]
impl Events for UserEventWebhook {
    async fn record(&self, event: &Event) {
        let Some(line) = line(event) else { return };
        let body = line.to_string().into_bytes();
        if self.0.try_send(body).is_err() {
            tracing::error!("too many events of users wait to be posted; one is lost");
        }
    }
}

/// What is logged of an event; `None` where its pool wants nothing logged of it.
fn line(event: &Event) -> Option<Value> {
    let destination = match event.log_to.as_ref()? {
        LogDestination::LogGroup(arn) | LogDestination::Bucket(arn) | LogDestination::Stream(arn) => arn,
    };
    match (&event.kept, event.action, &event.outcome) {
        (Some(kept), ..) => Some(activity(event, kept, destination)),
        (None, Action::SendMessage, Outcome::Refused(_, why)) => Some(notification(event, why, destination)),
        _ => None,
    }
}

/// A message that was not handed over, and why.
fn notification(event: &Event, why: &str, destination: &str) -> Value {
    json!({
        "eventTimestamp": event.time.epoch_millis().to_string(),
        "eventSource": "USER_NOTIFICATION",
        "logLevel": "ERROR",
        "logSourceId": {"userPoolId": event.pool.as_ref().map(ToString::to_string)},
        "destination": destination,
        "message": {
            "details": why,
            "userSub": event.user.as_ref().map(ToString::to_string),
            "requestId": event.context.request_id,
        },
    })
}

/// What a user did: who, what, when, from where and how it ended, and no secret.
fn activity(event: &Event, kept: &AuthEvent, destination: &str) -> Value {
    let pool = event.pool.as_ref().map(ToString::to_string);
    json!({
        "eventTimestamp": kept.at.epoch_millis().to_string(),
        "eventSource": "USER_ACTIVITY",
        "logLevel": "INFO",
        "logSourceId": {"userPoolId": pool},
        "destination": destination,
        "message": {
            "version": "1",
            "eventId": kept.id,
            "eventType": format!("{:?}", kept.kind),
            "userSub": event.user.as_ref().map(ToString::to_string),
            "userName": event.username,
            "userPoolId": pool,
            "clientId": kept.client,
            "creationDate": kept.at.to_iso8601(),
            "eventResponse": format!("{:?}", kept.response),
            "riskLevel": kept.risk.map(RiskLevel::name),
            "riskDecision": if kept.blocked { "BLOCK" } else if kept.risk.is_some() { "ACCOUNT_TAKEOVER" } else { "PASS" },
            "challenges": kept.challenge.iter().collect::<Vec<_>>(),
            "deviceName": kept.device_name,
            "ipAddress": kept.address,
            "requestId": event.context.request_id,
            "compromisedCredentialDetected": kept.compromised,
            "city": kept.city,
            "country": kept.country,
            "hasContextData": event.context.device_data.is_some(),
        },
    })
}
