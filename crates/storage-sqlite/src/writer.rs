//! The one thread that writes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use document_store::error::StorageError;
use document_store::{Batch, Effect, judge};
use futures::channel::oneshot;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::durable;

/// The most batches that are committed as one group.
const LARGEST_GROUP: usize = 256;

struct Job {
    batch: Batch,
    answer: oneshot::Sender<Result<(), StorageError>>,
}

/// Hands batches to the writing thread; the thread ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, on a connection whose commits are durable and on no other.
    pub(crate) fn start(connection: Connection) -> Result<Self, StorageError> {
        durable::check(&connection)?;
        let (jobs, queue) = channel();
        let thread = thread::Builder::new()
            .name("cenote-sqlite".to_owned())
            .spawn(move || run(connection, &queue))
            .map_err(StorageError::unavailable)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let gone = || StorageError::unavailable("the writing thread has ended");
        let (answer, answered) = oneshot::channel();
        self.jobs.as_ref().ok_or_else(gone)?.send(Job { batch, answer }).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already answered its callers by dropping their channels.
            let _ = thread.join();
        }
    }
}

fn run(mut connection: Connection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        while group.len() < LARGEST_GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        let outcomes = write_group(&mut connection, &group);
        for (job, outcome) in group.into_iter().zip(outcomes) {
            // Whoever asked may have gone; the write stands all the same.
            let _ = job.answer.send(outcome);
        }
    }
}

/// Writes a group durably, and says of each batch whether it holds. If the group cannot be committed, none does.
fn write_group(connection: &mut Connection, group: &[Job]) -> Vec<Result<(), StorageError>> {
    match try_group(connection, group) {
        Ok(outcomes) => outcomes,
        Err(error) => {
            let text = error.to_string();
            group.iter().map(|_| Err(StorageError::unavailable(text.clone()))).collect()
        }
    }
}

fn try_group(connection: &mut Connection, group: &[Job]) -> Result<Vec<Result<(), StorageError>>, rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        outcomes.push(write_batch(&transaction, &job.batch)?);
    }
    transaction.commit()?;
    Ok(outcomes)
}

/// Judges every condition of a batch first, so that a refused batch has written nothing and the group goes on.
pub(crate) fn write_batch(connection: &Connection, batch: &Batch) -> Result<Result<(), StorageError>, rusqlite::Error> {
    let mut effects = Vec::with_capacity(batch.len());
    for (at, (key, change)) in batch.iter().enumerate() {
        let mut query = connection.prepare_cached("SELECT version FROM document WHERE key = ?1")?;
        let stored: Option<u64> = query.query_row([key.as_bytes()], |row| row.get(0)).optional()?;
        match judge(change, stored) {
            Ok(effect) => effects.push((key, effect)),
            Err(kind) => return Ok(Err(StorageError::refused(kind, at, None))),
        }
    }
    for (key, effect) in effects {
        match effect {
            Effect::Write(version, body) => {
                let mut write = connection.prepare_cached(
                    "INSERT INTO document (key, version, body) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body",
                )?;
                write.execute((key.as_bytes(), version, body))?;
            }
            Effect::Remove => {
                connection.prepare_cached("DELETE FROM document WHERE key = ?1")?.execute([key.as_bytes()])?;
            }
            Effect::Nothing => {}
        }
    }
    Ok(Ok(()))
}
