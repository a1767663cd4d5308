//! Calls of functions, each try of them: sent, logged, and tried again.

use std::sync::Arc;
use std::time::Duration;

use identity_kernel::entropy::{self, Entropy};
use login_providers::http::{HttpError, HttpPort, HttpRequest, HttpResponse, Limits};
use userpool_core::ports::HookError;

/// How often one event is sent at most.
pub(super) const TRIES: u32 = 3;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read: as much as a function can give (6 MB).
const LARGEST_ANSWER: usize = 6 * 1024 * 1024;

/// One try to deliver an event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The function, by its ARN.
    pub function: &'a str,
    /// The event's own id, the same in each try.
    pub id: &'a str,
    /// The first is 1.
    pub number: u32,
    /// The answer's status; `None` if none came.
    pub status: Option<u16>,
    /// Why none came.
    pub problem: Option<String>,
}

/// Hears of each try to deliver an event. No event and no answer is in it: both may hold secrets.
pub trait DeliveryLog: Send + Sync {
    /// Hears of `attempt`.
    fn record(&self, attempt: &Attempt<'_>);
}

/// Writes each try to the log: what was answered with a status below 400 at the level of information, everything else as a warning.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracedDeliveries;

impl DeliveryLog for TracedDeliveries {
    fn record(&self, attempt: &Attempt<'_>) {
        let Attempt { function, id, number, status, problem } = attempt;
        if status.is_some_and(|status| status < 400) {
            tracing::info!(function, id, attempt = number, status, "a function was called");
        } else {
            tracing::warn!(function, id, attempt = number, status, problem, "a function did not answer");
        }
    }
}

/// What sends events.
#[derive(Clone)]
pub(super) struct Courier {
    pub(super) http: Arc<dyn HttpPort>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) log: Arc<dyn DeliveryLog>,
}

impl Courier {
    /// Sends what `request` makes for each try, until one is answered with a status below 500 that is not 429.
    pub(super) async fn deliver(
        &self,
        function: &str,
        id: &str,
        request: impl Fn() -> Result<HttpRequest, HookError> + Send + Sync,
    ) -> Result<HttpResponse, HookError> {
        let limits = Limits { body_bytes: LARGEST_ANSWER, timeout: PATIENCE };
        let mut number = 1;
        loop {
            let answer = self.http.send(request()?.within(limits)).await;
            let (status, problem) = match &answer {
                Ok(answer) => (Some(answer.status.as_u16()), None),
                Err(error) => (None, Some(causes(error))),
            };
            self.log.record(&Attempt { function, id, number, status, problem });
            match answer {
                Ok(answer) if answer.status.as_u16() != 429 && !answer.status.is_server_error() => return Ok(answer),
                Ok(answer) if number == TRIES => {
                    return Err(HookError::Failed(format!("it was answered with {}", answer.status).into()));
                }
                Err(error) if number == TRIES || !may_pass(&error) => return Err(HookError::Failed(Box::new(error))),
                _ => {}
            }
            self.pause(number).await;
            number += 1;
        }
    }

    /// Waits before the next try: about a tenth of a second, then twice that, half of it drawn by lot, so that many who were refused
    /// together do not come again together.
    async fn pause(&self, number: u32) {
        let [lot] = entropy::bytes::<1>(self.entropy.as_ref());
        let most = 100 << (number - 1);
        let wait = Duration::from_millis(most / 2 + most / 2 * u64::from(lot) / 255);
        // Nothing happens that could be waited for: the other side recovers by itself.
        let mut ticks = tokio::time::interval(wait.max(Duration::from_millis(1)));
        ticks.tick().await;
        ticks.tick().await;
    }
}

/// Whether the same may go well a moment later.
fn may_pass(error: &HttpError) -> bool {
    matches!(error, HttpError::TimedOut { .. } | HttpError::Connection(_))
}

fn causes(error: &dyn std::error::Error) -> String {
    let beneath = std::iter::successors(error.source(), |error| error.source()).map(ToString::to_string);
    std::iter::once(error.to_string()).chain(beneath).collect::<Vec<_>>().join(": ")
}
