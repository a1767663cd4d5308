//! Computing off the threads that serve.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

/// A piece of computing, ready to run on any thread.
pub type Work = Box<dyn FnOnce() + Send>;

/// Takes computing that lasts longer than 100 us (SRP, keys and signatures of RSA) off the threads that serve.
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

/// Too much work is waiting already: try again later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too much work is waiting already")
    }
}

impl std::error::Error for Busy {}

/// What `work` gives, done by `offload` for a caller at `source`.
///
/// # Errors
///
/// [`Busy`], also of an implementation that says the work is done and has not done it.
pub async fn compute<T: Send + 'static>(
    offload: &dyn Offload,
    source: Option<IpAddr>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Busy> {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    let work = move || *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(work());
    offload.run(source, Box::new(work)).await?;
    let done = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    done.ok_or(Busy)
}
