use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use userpool_core::ports::{Busy, Offload, Work};

/// Computing on tokio's blocking threads, behind permits.
///
/// At most `permits` pieces run at once and at most 64 times as many run or wait; of these, one source has a quarter at
/// most, so that a flood from one address leaves places to the others. Beyond either bound, [`Busy`] comes at once.
#[derive(Debug)]
pub struct CpuPool {
    permits: Arc<Semaphore>,
    most: usize,
    places: Mutex<Places>,
}

/// Who runs or waits.
#[derive(Debug, Default)]
struct Places {
    all: usize,
    by_source: HashMap<IpAddr, usize>,
}

impl CpuPool {
    /// A pool that runs `permits` pieces at once (at least 1).
    pub fn new(permits: usize) -> Self {
        let permits = permits.max(1);
        Self { permits: Arc::new(Semaphore::new(permits)), most: permits * 64, places: Mutex::default() }
    }

    /// A pool with as many permits as the machine has processors.
    pub fn for_this_machine() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn enter(&self, source: Option<IpAddr>) -> Result<Place<'_>, Busy> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let own = source.map_or(0, |source| places.by_source.get(&source).copied().unwrap_or(0));
        if places.all >= self.most || own >= self.most / 4 {
            return Err(Busy);
        }
        places.all += 1;
        if let Some(source) = source {
            places.by_source.insert(source, own + 1);
        }
        Ok(Place { pool: self, source })
    }
}

/// A place among those who run or wait, given back when dropped.
struct Place<'a> {
    pool: &'a CpuPool,
    source: Option<IpAddr>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut places = self.pool.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.all = places.all.saturating_sub(1);
        let Some(source) = self.source else { return };
        match places.by_source.get_mut(&source) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                places.by_source.remove(&source);
            }
        }
    }
}

#[async_trait]
impl Offload for CpuPool {
    async fn run(&self, source: Option<IpAddr>, work: Work) -> Result<(), Busy> {
        let _place = self.enter(source)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work();
        });
        done.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::future::join_all;

    use super::*;

    const FLOODER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test]
    async fn line_42_a_flood_from_one_source_is_shed_and_leaves_places_to_others() {
        let pool = CpuPool::new(1);
        let (open, gate) = mpsc::channel::<()>();
        let held = pool.run(Some(FLOODER), Box::new(move || gate.recv().unwrap()));
        let flood = (0..63).map(|_| pool.run(Some(FLOODER), Box::new(|| {})));
        let other = pool.run(Some(OTHER), Box::new(|| {}));
        let opened = async { open.send(()).unwrap() };

        let (held, flood, other, ()) = tokio::join!(held, join_all(flood), other, opened);

        assert!(held.is_ok() && other.is_ok());
        assert_eq!(flood.iter().filter(|outcome| outcome.is_ok()).count(), 15);
        assert!(pool.run(Some(FLOODER), Box::new(|| {})).await.is_ok(), "places are given back");
        assert!(pool.places.lock().unwrap().by_source.is_empty());
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back() {
        let pool = CpuPool::new(1);

        assert_eq!(pool.run(None, Box::new(|| panic!("broken"))).await, Err(Busy));
        assert_eq!(pool.run(None, Box::new(|| {})).await, Ok(()));
    }
}
