use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;

use crate::error::Error;
use crate::ports::Inline;

/// Work under way. How it failed is for logs: what could not be done stays in the storage for the next run.
pub type Running = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// Work that outlasts the call that asked for it.
///
/// What is still to do stands in the storage, so that a job which dies with its process goes on elsewhere: running one
/// twice, or two at once, must do no harm.
pub struct Job {
    /// What is done, for logs: `clean-up`.
    pub name: &'static str,
    /// The work.
    pub work: Running,
}

/// Work that is done again and again.
pub struct Routine {
    /// What is done, for logs: `maintain`.
    pub name: &'static str,
    /// Seconds from the end of a round to the beginning of the next.
    pub every_seconds: u64,
    /// The next round; `None` once nobody wants one any more.
    pub round: Box<dyn Fn() -> Option<Running> + Send + Sync>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Routine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, every_seconds, round: _ } = self;
        f.debug_struct("Routine").field("name", name).field("every_seconds", every_seconds).finish_non_exhaustive()
    }
}

/// Runs jobs in the background.
#[async_trait]
pub trait Background: Send + Sync {
    /// Takes a job over. Returns when it is in other hands; of [`Inline`], which has no other hands, when it has run.
    async fn start(&self, job: Job);

    /// Has a routine's rounds run, the first one now, until there is none. Returns when it is in other hands. [`Inline`] runs
    /// none: whoever takes it calls what is due.
    async fn repeat(&self, routine: Routine);
}

#[async_trait]
impl Background for Inline {
    async fn start(&self, job: Job) {
        // Nobody keeps logs here.
        let _ = job.work.await;
    }

    async fn repeat(&self, _: Routine) {}
}
