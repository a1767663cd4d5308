use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};
use userpool_core::ports::Pace;

/// The monotonic clock of tokio's runtime, whose timer it needs (`enable_time`). Where no runtime of tokio's is, nothing waits.
#[derive(Clone, Copy, Debug)]
pub struct TokioPace(Instant);

impl TokioPace {
    /// A clock that begins to run now.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for TokioPace {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Pace for TokioPace {
    fn moment(&self) -> Duration {
        self.0.elapsed()
    }

    async fn until(&self, moment: Duration) {
        if Handle::try_current().is_ok() {
            sleep_until(self.0 + moment).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_moment_to_come_is_waited_for_and_one_that_has_gone_is_not() {
        let pace = TokioPace::new();
        let began = pace.moment();

        pace.until(began + Duration::from_millis(5)).await;
        let after = pace.moment();
        pace.until(began).await;

        assert!(after >= began + Duration::from_millis(5));
        assert_eq!(pace.moment(), after);
    }

    #[test]
    fn without_a_runtime_nothing_waits() {
        let pace = TokioPace::new();
        let mut waiting = pace.until(Duration::from_hours(1));

        let polled = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));

        assert_eq!(polled, Poll::Ready(()));
    }
}
