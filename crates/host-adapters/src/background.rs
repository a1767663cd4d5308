use async_trait::async_trait;
use userpool_core::ports::{Background, Job};

/// Runs each job as a task of tokio's.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioBackground;

#[async_trait]
impl Background for TokioBackground {
    async fn start(&self, job: Job) {
        tokio::spawn(job.work);
    }
}
