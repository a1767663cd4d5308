use std::time::Duration;

use async_trait::async_trait;

use crate::ports::Inline;

/// A clock that only runs on, and can be waited for: answers that must not tell by their time who exists leave at its steps.
#[async_trait]
pub trait Pace: Send + Sync {
    /// How long this has run. Never less than before, whatever is done to the time of day.
    fn moment(&self) -> Duration;

    /// Returns when this has run for so long; at once if it has already. [`Inline`] returns at once always.
    async fn until(&self, moment: Duration);
}

#[async_trait]
impl Pace for Inline {
    fn moment(&self) -> Duration {
        Duration::ZERO
    }

    async fn until(&self, _: Duration) {}
}
