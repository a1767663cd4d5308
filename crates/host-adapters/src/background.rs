use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use userpool_core::ports::{Background, Job, Routine, Running};

/// Runs each job as a task of tokio's, and logs what fails. Where no runtime of tokio's is, jobs run where they stand, and
/// routines do not. A runtime needs its timer for routines (`enable_time`).
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioBackground;

#[async_trait]
impl Background for TokioBackground {
    async fn start(&self, job: Job) {
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(logged(job.name, job.work))),
            Err(_) => logged(job.name, job.work).await,
        }
    }

    async fn repeat(&self, routine: Routine) {
        if let Ok(runtime) = Handle::try_current() {
            drop(runtime.spawn(rounds(routine)));
        }
    }
}

async fn logged(name: &'static str, work: Running) {
    if let Err(error) = work.await {
        tracing::warn!(job = name, error = &error as &dyn std::error::Error, "work in the background failed");
    }
}

async fn rounds(routine: Routine) {
    while let Some(round) = (routine.round)() {
        logged(routine.name, round).await;
        let mut next = tokio::time::interval(Duration::from_secs(routine.every_seconds.max(1)));
        // The first tick is at once.
        next.tick().await;
        next.tick().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Waker};

    use super::*;

    /// Counts its rounds, and wants `most` of them.
    fn counting(rounds: &Arc<AtomicUsize>, most: usize) -> Routine {
        let rounds = Arc::clone(rounds);
        let round = move || {
            let number = rounds.fetch_add(1, Ordering::SeqCst);
            (number < most).then(|| Box::pin(async { Ok(()) }) as Running)
        };
        Routine { name: "count", every_seconds: 60, round: Box::new(round) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_routine_runs_at_once_and_after_each_pause_until_nobody_wants_it() {
        let rounds = Arc::new(AtomicUsize::new(0));
        TokioBackground.repeat(counting(&rounds, 3)).await;
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        let mut began = Vec::new();

        for second in 0..600 {
            seconds.tick().await;
            tokio::task::yield_now().await;
            if rounds.load(Ordering::SeqCst) > began.len() {
                began.push(second);
            }
        }

        assert_eq!(began.len(), 4, "three rounds, and the question for a fourth");
        assert!(began[0] == 0 && began.windows(2).all(|two| (60..=62).contains(&(two[1] - two[0]))), "{began:?}");
    }

    #[test]
    fn without_a_runtime_a_job_runs_where_it_stands_and_a_routine_does_not() {
        let (done, rounds) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&done);
        let work = async move {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };

        let mut both = std::pin::pin!(async {
            TokioBackground.start(Job { name: "once", work: Box::pin(work) }).await;
            TokioBackground.repeat(counting(&rounds, 3)).await;
        });

        assert!(both.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        assert_eq!((done.load(Ordering::SeqCst), rounds.load(Ordering::SeqCst)), (1, 0));
    }
}
