#![doc = include_str!("../README.md")]

mod backup;
mod beside;
mod durable;
mod readers;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Batch, Direction, Document, DocumentStore, Key, Range, check_batch};
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

pub use rusqlite;

pub use crate::backup::{back_up, restore};
pub use crate::beside::{apply, connect_beside};
use crate::readers::Readers;
use crate::writer::Writer;

/// The version of the file's layout; a newer file is refused.
const LAYOUT: i64 = 2;

/// The steps to each layout from the one before it. What has been released is never changed.
const STEPS: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS document (key BLOB PRIMARY KEY, version INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID",
    // Bodies apart from the index: a tree of keys alone is half as deep.
    "ALTER TABLE document RENAME TO document_before; \
     CREATE TABLE document (key BLOB NOT NULL UNIQUE, version INTEGER NOT NULL, body BLOB NOT NULL); \
     INSERT INTO document SELECT key, version, body FROM document_before ORDER BY key; DROP TABLE document_before",
];

/// A [`DocumentStore`] in one SQLite file (with its `-wal` and `-shm` beside it).
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, making it if it is not there, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the file cannot be opened or made, is no database, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        Self::open_limited(path, None)
    }

    /// As [`open`](Self::open), refusing with `Unavailable` what would make the file larger than so many pages of 4 KiB:
    /// a quota.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with_most_pages(path: &Path, pages: u32) -> Result<Self, StorageError> {
        Self::open_limited(path, Some(pages))
    }

    fn open_limited(path: &Path, pages: Option<u32>) -> Result<Self, StorageError> {
        create_private(path).map_err(|error| StorageError::unavailable(format!("{}: {error}", path.display())))?;
        let mut connection = connect(path)?;
        migrate(&mut connection)?;
        if let Some(pages) = pages {
            connection.pragma_update(None, "max_page_count", pages).map_err(StorageError::unavailable)?;
        }
        Ok(Self { readers: Readers::new(path.to_path_buf()), writer: Writer::start(connection)? })
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    std::fs::OpenOptions::new().create(true).append(true).open(path).map(drop)
}

fn connect(path: &Path) -> Result<Connection, StorageError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(StorageError::unavailable)?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = OFF; PRAGMA cache_size = -16384;",
        )
        .map_err(StorageError::unavailable)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(StorageError::unavailable)?;
    let found: i64 =
        transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(StorageError::unavailable)?;
    if found > LAYOUT {
        return Err(StorageError::unavailable("the database was written by a newer version"));
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        transaction.execute_batch(step).map_err(StorageError::unavailable)?;
    }
    transaction.execute_batch(&format!("PRAGMA user_version = {LAYOUT}")).map_err(StorageError::unavailable)?;
    transaction.commit().map_err(StorageError::unavailable)
}

const FORWARD: &str = "SELECT key, version, body FROM document WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
const BACKWARD: &str =
    "SELECT key, version, body FROM document WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3";

fn find(connection: &Connection, key: &Key) -> Result<Option<Document>, rusqlite::Error> {
    let mut query = connection.prepare_cached("SELECT version, body FROM document WHERE key = ?1")?;
    query
        .query_row([key.as_bytes()], |row| Ok(Document { key: key.clone(), version: row.get(0)?, body: row.get(1)? }))
        .optional()
}

/// Reads take microseconds, so they run where they are called; a hop to another thread would cost more.
#[async_trait]
impl DocumentStore for SqliteStore {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.readers.with(|connection| find(connection, key))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.readers.with(|connection| {
            // One snapshot for all of them.
            let moment = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
            let found = keys.iter().map(|key| find(&moment, key)).collect::<Result<_, _>>()?;
            moment.commit()?;
            Ok(found)
        })
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        let (low, high) = range.bounds();
        let limit = i64::try_from(range.limit).unwrap_or(i64::MAX);
        let query = match range.direction {
            Direction::Forward => FORWARD,
            Direction::Backward => BACKWARD,
        };
        self.readers.with(|connection| {
            let mut query = connection.prepare_cached(query)?;
            let rows = query.query_map((low, high, limit), |row| {
                Ok(Document { key: Key::from_bytes(row.get(0)?), version: row.get(1)?, body: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        check_batch(&batch)?;
        self.writer.commit(batch).await
    }
}
