//! The events of users, of pools that want them logged: a JSON line for each, in the form of Amazon's logs.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cenote::logins::http::{HttpPort, HttpRequest};
use cenote::userpool::model::risk::{LogDestination, RiskLevel};
use cenote::userpool::model::sign_in_history::AuthEvent;
use cenote::userpool::ports::{Action, Event, Events, Outcome};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, channel};
use url::Url;

use crate::otlp::{self, Collector};

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
/// [`WAITING`], and how many did not fit is told with the next post. What waits when the process ends is lost.
pub(crate) struct UserEventWebhook {
    waiting: Sender<Value>,
    /// How many did not fit since that was told last.
    lost: Arc<AtomicU64>,
}

/// The most events that wait to be posted.
const WAITING: usize = 1024;
/// The most events of one post to a collector.
const MOST_AT_ONCE: usize = 100;

impl UserEventWebhook {
    /// Posts to this address, in a task of the runtime in which this is called.
    pub(crate) fn begin(http: Arc<dyn HttpPort>, url: Url) -> Self {
        let request = move |lines: &[Value]| {
            let body = lines.first().map(ToString::to_string).unwrap_or_default().into_bytes();
            HttpRequest::post(url.clone(), "application/json", body)
        };
        Self::posting(http, 1, request, |_| None)
    }

    /// Posts to an OpenTelemetry collector, up to 100 events at once.
    pub(crate) fn begin_otlp(http: Arc<dyn HttpPort>, collector: Collector) -> Self {
        Self::posting(http, MOST_AT_ONCE, move |lines| collector.request(lines), otlp::rejected)
    }

    /// `refused` says how many events an answer of success has not taken, and why.
    fn posting(
        http: Arc<dyn HttpPort>,
        most: usize,
        request: impl Fn(&[Value]) -> HttpRequest + Send + 'static,
        refused: fn(&[u8]) -> Option<String>,
    ) -> Self {
        let (sender, mut waiting) = channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&lost);
        tokio::spawn(async move {
            let mut lines = Vec::new();
            while waiting.recv_many(&mut lines, most).await > 0 {
                match http.send(request(&lines)).await {
                    Ok(answer) if answer.status.is_success() => {
                        if let Some(why) = refused(&answer.body) {
                            tracing::error!(%why, "events of users were not taken");
                        }
                    }
                    Ok(answer) => {
                        tracing::error!(status = %answer.status, events = lines.len(), "events of users were not taken");
                    }
                    Err(error) => tracing::error!(%error, events = lines.len(), "events of users could not be posted"),
                }
                lines.clear();
                let events = told.swap(0, Ordering::Relaxed);
                if events > 0 {
                    tracing::error!(events, "too many events of users waited to be posted; these are lost");
                }
            }
        });
        Self { waiting: sender, lost }
    }

    /// Takes an event if there is room for it; never waits.
    fn wait(&self, line: Value) {
        if self.waiting.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl Events for UserEventWebhook {
    async fn record(&self, event: &Event) {
        if let Some(line) = line(event) {
            self.wait(line);
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

#[cfg(test)]
mod tests {
    use cenote::logins::http::{HttpError, HttpResponse};
    use tokio::sync::Semaphore;
    use tokio::sync::mpsc::UnboundedSender;

    use super::*;

    /// Hands on what is posted, and takes it as often as it has a permit.
    struct Taker {
        posted: UnboundedSender<HttpRequest>,
        permits: Semaphore,
    }

    #[async_trait]
    impl HttpPort for Taker {
        async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
            let _ = self.posted.send(request);
            self.permits.acquire().await.unwrap().forget();
            let headers = axum::http::HeaderMap::new();
            Ok(HttpResponse { status: axum::http::StatusCode::OK, headers, body: Vec::new() })
        }
    }

    fn numbers(request: &HttpRequest) -> Vec<String> {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let records = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().unwrap();
        let text = |record: &Value| record["timeUnixNano"].as_str().unwrap().trim_end_matches("000000").to_owned();
        records.iter().map(text).collect()
    }

    #[tokio::test]
    async fn while_a_collector_does_not_answer_so_many_events_wait_and_the_others_are_lost_and_none_is_waited_for() {
        let (posted, mut requests) = tokio::sync::mpsc::unbounded_channel();
        let taker = Arc::new(Taker { posted, permits: Semaphore::new(0) });
        let collector = Collector::at("http://localhost:4318", Some("t0ken")).unwrap();
        let log = UserEventWebhook::begin_otlp(Arc::clone(&taker) as Arc<dyn HttpPort>, collector);
        let event = |number: usize| json!({"eventTimestamp": number.to_string()});

        log.wait(event(1));
        let first = requests.recv().await.unwrap();
        for number in 2..2 + WAITING + 10 {
            log.wait(event(number));
        }

        assert_eq!(first.url.as_str(), "http://localhost:4318/v1/logs");
        assert_eq!(first.headers["authorization"], "Bearer t0ken");
        assert_eq!(numbers(&first), ["1"]);
        assert_eq!(log.lost.load(Ordering::Relaxed), 10);
        taker.permits.add_permits(100);
        let mut taken = Vec::new();
        while taken.len() < WAITING {
            let request = requests.recv().await.unwrap();
            assert!(numbers(&request).len() <= MOST_AT_ONCE);
            taken.extend(numbers(&request));
        }
        let expected: Vec<String> = (2..2 + WAITING).map(|number| number.to_string()).collect();
        assert_eq!(taken, expected, "in their order, each once");
    }
}
