//! The tables, version by version; forward only.

use document_store::error::StorageError;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

/// Each layout from the one before it. What has been released is never changed.
const LAYOUTS: [&str; 1] =
    ["CREATE TABLE document (key bytea PRIMARY KEY, version bigint NOT NULL, body bytea NOT NULL)"];

/// Brings the tables to the newest layout. Nodes that start together may call it together.
pub(crate) async fn run(client: &mut Client) -> Result<(), StorageError> {
    for _ in 0..10 {
        match upgrade(client).await {
            Ok(newest) if newest > LAYOUTS.len() => {
                return Err(StorageError::unavailable("the database was written by a newer version"));
            }
            Ok(_) => return Ok(()),
            // Another node was faster with the same step.
            Err(error) if another_was_faster(&error) => {}
            Err(error) => return Err(StorageError::unavailable(error)),
        }
    }
    Err(StorageError::unavailable("another node keeps changing the tables"))
}

fn another_was_faster(error: &Error) -> bool {
    const FASTER: [SqlState; 4] = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::DUPLICATE_TABLE,
        // A table is a type too, and that of a table made at the same time may be seen first.
        SqlState::DUPLICATE_OBJECT,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ];
    error.code().is_some_and(|code| FASTER.contains(code))
}

async fn upgrade(client: &mut Client) -> Result<usize, Error> {
    client
        .batch_execute(
            // The notice that the table is there already is none to an operator.
            "SET client_min_messages = warning; \
             CREATE TABLE IF NOT EXISTS cenote_layout (version integer PRIMARY KEY, applied_at timestamptz NOT NULL)",
        )
        .await?;
    let row = client.query_one("SELECT coalesce(max(version), 0) FROM cenote_layout", &[]).await?;
    let found: i32 = row.try_get(0)?;
    let found = usize::try_from(found).unwrap_or_default();
    for (at, layout) in LAYOUTS.iter().enumerate().skip(found) {
        let version = i32::try_from(at + 1).unwrap_or(i32::MAX);
        let transaction = client.transaction().await?;
        // The row first: whoever comes second waits here, and then learns that the step is done.
        transaction.execute("INSERT INTO cenote_layout VALUES ($1, now())", &[&version]).await?;
        transaction.batch_execute(layout).await?;
        transaction.commit().await?;
    }
    Ok(found.max(LAYOUTS.len()))
}
