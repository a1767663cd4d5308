//! One batch, as one transaction.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use document_store::error::StorageError;
use document_store::{Batch, Change, Effect, judge};
use futures::future::{join, join_all, join4};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// In the transaction and not at the connection's start: a pooler between may give each transaction another session.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit TO on";
/// Locks the documents of a batch, always in the same order, so that two batches never wait for each other.
const LOCK: &str = "SELECT key, version FROM document WHERE key = ANY($1) ORDER BY key FOR UPDATE";
const INSERT: &str =
    "INSERT INTO document (key, version, body) SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::bytea[]) ORDER BY 1";
const UPDATE: &str = "UPDATE document SET version = new.version, body = new.body \
     FROM UNNEST($1::bytea[], $2::bigint[], $3::bytea[]) AS new (key, version, body) WHERE document.key = new.key";
const DELETE: &str = "DELETE FROM document WHERE key = ANY($1)";

/// A batch that was disturbed by others so many times gives up, about two seconds after it began.
const MOST_TRIES: u32 = 20;
/// The longest pause before a batch is tried again.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Applies a batch. When another node inserts the same document between the lock and the insert, or the server asks for
/// it (40001, 40P01), nothing was written and the batch is judged anew.
#[expect(clippy::disallowed_methods, reason = "what another node does to a row tells nobody when it has ended")]
pub(crate) async fn run(connection: &ClientWrapper, batch: &Batch) -> Result<(), StorageError> {
    for tries in 0..MOST_TRIES {
        match attempt(connection, batch).await {
            Err(Failure::Disturbed) => tokio::time::sleep(pause(batch, tries)).await,
            Err(Failure::Final(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(StorageError::unavailable("the batch was disturbed by others every time"))
}

/// How long to wait after so many tries: nothing after the first, then up to a bound that doubles. Two batches that
/// disturb each other differ in what they write, so they do not meet again and again.
fn pause(batch: &Batch, tries: u32) -> Duration {
    if tries == 0 {
        return Duration::ZERO;
    }
    let bound = LONGEST_PAUSE.min(Duration::from_millis(1 << tries.min(16)));
    let mut hasher = DefaultHasher::new();
    tries.hash(&mut hasher);
    for (key, change) in batch {
        key.hash(&mut hasher);
        if let Change::Insert(body) | Change::Put(body) | Change::Replace(_, body) = change {
            body.hash(&mut hasher);
        }
    }
    let share = u32::try_from(hasher.finish() % 1000).unwrap_or_default();
    bound * share / 1000
}

enum Failure {
    Disturbed,
    Final(StorageError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let disturbed =
            [SqlState::UNIQUE_VIOLATION, SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        match error.code() {
            Some(code) if disturbed.contains(code) => Self::Disturbed,
            _ => Self::Final(StorageError::unavailable(error)),
        }
    }
}

/// What a batch does, sorted by statement.
#[derive(Default)]
struct Effects<'a> {
    inserts: Rows<'a>,
    updates: Rows<'a>,
    deletes: Vec<&'a [u8]>,
}

#[derive(Default)]
struct Rows<'a> {
    keys: Vec<&'a [u8]>,
    versions: Vec<i64>,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, key: &'a [u8], version: u64, body: &'a [u8]) {
        self.keys.push(key);
        self.versions.push(i64::try_from(version).unwrap_or(i64::MAX));
        self.bodies.push(body);
    }
}

/// One transaction in two round trips: what follows the lock is sent at once, and a failure in it undoes all of it.
async fn attempt(connection: &ClientWrapper, batch: &Batch) -> Result<(), Failure> {
    let prepared = join_all([LOCK, INSERT, UPDATE, DELETE].map(|statement| connection.prepare_cached(statement)));
    let prepared = prepared.await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let [lock, insert, update, delete] = prepared.as_slice() else {
        return Err(Failure::Final(StorageError::unavailable("statements were not prepared")));
    };

    let keys: Vec<&[u8]> = batch.iter().map(|(key, _)| key.as_bytes()).collect();
    let transaction = Open::begin(connection);
    let (begun, locked) = join(connection.batch_execute(BEGIN), connection.query(lock, &[&keys])).await;
    begun?;
    let mut stored = HashMap::new();
    for row in locked? {
        let (key, version): (Vec<u8>, i64) = (row.try_get(0)?, row.try_get(1)?);
        stored.insert(key, version.unsigned_abs());
    }
    let effects = match judge_all(batch, &stored) {
        Ok(effects) => effects,
        Err(refused) => {
            transaction.roll_back().await?;
            return Err(Failure::Final(refused));
        }
    };

    let Effects { inserts, updates, deletes } = effects;
    let written = join4(
        execute_rows(connection, insert, &inserts),
        execute_rows(connection, update, &updates),
        async { if deletes.is_empty() { Ok(0) } else { connection.execute(delete, &[&deletes]).await } },
        connection.batch_execute("COMMIT"),
    );
    let (inserted, updated, deleted, committed) = written.await;
    // After an error the server answers COMMIT by rolling back.
    transaction.ended();
    for outcome in [inserted, updated, deleted] {
        outcome?;
    }
    Ok(committed?)
}

async fn execute_rows(
    connection: &ClientWrapper,
    statement: &tokio_postgres::Statement,
    rows: &Rows<'_>,
) -> Result<u64, Error> {
    if rows.keys.is_empty() {
        return Ok(0);
    }
    connection.execute(statement, &[&rows.keys, &rows.versions, &rows.bodies]).await
}

fn judge_all<'a>(batch: &'a Batch, stored: &HashMap<Vec<u8>, u64>) -> Result<Effects<'a>, StorageError> {
    let mut effects = Effects::default();
    for (at, (key, change)) in batch.iter().enumerate() {
        let version = stored.get(key.as_bytes()).copied();
        match judge(change, version).map_err(|kind| StorageError::refused(kind, at, None))? {
            Effect::Write(new, body) if version.is_none() => effects.inserts.push(key.as_bytes(), new, body),
            Effect::Write(new, body) => effects.updates.push(key.as_bytes(), new, body),
            Effect::Remove => effects.deletes.push(key.as_bytes()),
            Effect::Nothing => {}
        }
    }
    Ok(effects)
}

/// A transaction that may not outlive its caller: one that is dropped half way is rolled back before the connection
/// serves anybody else.
struct Open<'a>(Option<&'a ClientWrapper>);

impl<'a> Open<'a> {
    fn begin(connection: &'a ClientWrapper) -> Self {
        Self(Some(connection))
    }

    fn ended(mut self) {
        self.0 = None;
    }

    async fn roll_back(mut self) -> Result<(), Error> {
        match self.0.take() {
            Some(connection) => connection.batch_execute("ROLLBACK").await,
            None => Ok(()),
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.0 {
            // Sent on the first poll, answered whenever: what is sent on this connection later comes behind it.
            let mut sent = Box::pin(connection.batch_execute("ROLLBACK"));
            let _ = futures::FutureExt::now_or_never(&mut sent);
        }
    }
}

#[cfg(test)]
mod tests {
    use document_store::Key;

    use super::*;

    #[test]
    fn two_batches_over_one_key_wait_for_different_times_within_a_bound_that_grows() {
        let batch = |body: &str| vec![(Key::new(&["a"]), Change::Insert(body.into()))];
        let waits = |body: &str| (0..MOST_TRIES).map(|tries| pause(&batch(body), tries)).collect::<Vec<_>>();

        let (one, two) = (waits("one"), waits("two"));

        assert_eq!((one[0], two[0]), (Duration::ZERO, Duration::ZERO));
        assert!(one[1..].iter().zip(&two[1..]).all(|(one, two)| one != two), "{one:?} {two:?}");
        assert!(one.iter().enumerate().all(|(tries, wait)| *wait <= Duration::from_millis(1 << tries)));
        assert!(one.iter().chain(&two).all(|wait| *wait <= LONGEST_PAUSE));
    }
}
