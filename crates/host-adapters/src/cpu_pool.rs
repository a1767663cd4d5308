use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::offload::{Busy, Offload, Work};

use crate::fair_queue::FairQueue;
use crate::source::Source;

/// Computing on tokio's blocking threads, behind permits.
///
/// At most `permits` pieces run at once; at most 63 times as many wait, each [`Source`] in a line of its own, and the lines
/// are served in turn: a flood from one source delays another's work by one piece. Beyond that, [`Busy`] comes at once.
pub struct CpuPool {
    queue: Arc<FairQueue>,
}

impl CpuPool {
    /// A pool that runs `permits` pieces at once (at least 1).
    pub fn new(permits: usize) -> Self {
        let permits = permits.max(1);
        Self { queue: FairQueue::new(permits, permits * 63) }
    }

    /// A pool with as many permits as the machine has processors.
    pub fn for_this_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }
}

#[async_trait]
impl Offload for CpuPool {
    async fn run(&self, source: Option<IpAddr>, work: Work) -> Result<(), Busy> {
        let permit = self.queue.permit(source.map(Source::of)).await.ok_or(Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work();
        });
        done.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use futures::future::join_all;

    use super::*;

    const FLOODER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test]
    async fn line_42_a_flood_from_one_source_neither_fills_the_pool_nor_goes_first() {
        let pool = CpuPool::new(1);
        let (open, gate) = mpsc::channel::<()>();
        let order = Arc::new(Mutex::new(Vec::new()));
        let noting = |whose: &'static str| -> Work {
            let order = Arc::clone(&order);
            Box::new(move || order.lock().unwrap().push(whose))
        };
        let held = pool.run(Some(FLOODER), Box::new(move || gate.recv().unwrap()));
        let flood = (0..64).map(|_| pool.run(Some(FLOODER), noting("flood")));
        let other = pool.run(Some(OTHER), noting("other"));
        let opened = async { open.send(()).unwrap() };

        let (held, flood, other, ()) = tokio::join!(held, join_all(flood), other, opened);

        assert!(held.is_ok() && other.is_ok());
        assert_eq!(
            flood.iter().filter(|outcome| outcome.is_ok()).count(),
            62,
            "one gave its place to the other source"
        );
        assert_eq!(order.lock().unwrap().iter().position(|whose| *whose == "other"), Some(1));
        assert!(pool.run(Some(FLOODER), noting("flood")).await.is_ok(), "places are given back");
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let pool = CpuPool::new(1);

        assert_eq!(pool.run(None, Box::new(|| panic!("broken"))).await, Err(Busy));
        assert_eq!(pool.run(None, Box::new(|| {})).await, Ok(()));
    }
}
