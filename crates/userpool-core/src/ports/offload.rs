use std::net::IpAddr;

use async_trait::async_trait;

use crate::ports::Busy;

/// A piece of computing, ready to run on any thread.
pub type Work = Box<dyn FnOnce() + Send>;

/// Takes computing that lasts longer than 100 us (SRP, RSA keys) off the threads that serve.
///
/// # Contract
///
/// - [`run`](Self::run) returns `Ok` when `work` has run to its end, on whatever thread.
/// - The work that runs and waits is bounded. Beyond the bound [`Busy`] comes at once, and `work` is dropped.
/// - No source takes all places while others wait; `None` stands for callers inside the process.
#[async_trait]
pub trait Offload: Send + Sync {
    /// Runs `work`, asked for by a caller at `source`.
    async fn run(&self, source: Option<IpAddr>, work: Work) -> Result<(), Busy>;
}

/// Runs the work where it stands: for programs without a runtime, and tests. Nothing bounds it but the caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inline;

#[async_trait]
impl Offload for Inline {
    async fn run(&self, _: Option<IpAddr>, work: Work) -> Result<(), Busy> {
        work();
        Ok(())
    }
}
