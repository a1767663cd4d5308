use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;

use crate::ports::Inline;

/// Work that outlasts the call that asked for it.
///
/// What is still to do stands in the storage, so that a job which dies with its process goes on elsewhere: running one
/// twice, or two at once, must do no harm.
pub struct Job {
    /// What is done, for logs: `remove-pool`.
    pub name: &'static str,
    /// The work. It tells nobody how it ended; what could not be done stays in the storage for the next run.
    pub work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Runs jobs in the background.
///
/// # Contract
///
/// [`start`](Self::start) returns when the job is in other hands; [`Inline`], which has no other hands, when it has run.
#[async_trait]
pub trait Background: Send + Sync {
    /// Takes a job over.
    async fn start(&self, job: Job);
}

#[async_trait]
impl Background for Inline {
    async fn start(&self, job: Job) {
        job.work.await;
    }
}
