#![doc = include_str!("../README.md")]

mod commit;
mod connect;
mod migrations;

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use deadpool_postgres::{Object, Pool};
use document_store::error::StorageError;
use document_store::{Batch, Direction, Document, DocumentStore, Key, Range, check_batch};
use tokio_postgres::{Client, Row};

pub use connect::{Options, Unflushed};

/// A [`DocumentStore`] in the table `document` of one PostgreSQL database.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
}

impl PostgresStore {
    /// Opens the database and brings its tables to this version's layout.
    ///
    /// `url` is a libpq connection URL or string. With `sslmode=require` the connection is encrypted and the server's
    /// certificate checked; with any other mode it is not encrypted.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the URL is malformed, the database cannot be reached, was written by a newer version, or does not
    /// flush what it commits ([`Options::unflushed`]).
    pub async fn open(url: &str, options: Options) -> Result<Self, StorageError> {
        let store = Self { pool: connect::pool(url, &options)? };
        let mut connection = store.connection().await?;
        if options.unflushed == Unflushed::Refused {
            refuse_unflushed(&connection).await?;
        }
        migrations::run(&mut connection).await?;
        Ok(store)
    }

    pub(crate) async fn connection(&self) -> Result<Object, StorageError> {
        self.pool.get().await.map_err(StorageError::unavailable)
    }
}

async fn refuse_unflushed(connection: &Client) -> Result<(), StorageError> {
    let row = connection.query_one("SHOW fsync", &[]).await.map_err(StorageError::unavailable)?;
    match row.try_get(0).map_err(StorageError::unavailable)? {
        "on" => Ok(()),
        _ => Err(StorageError::unavailable("the server does not flush what it commits to its disk (fsync = off)")),
    }
}

fn document(row: &Row) -> Result<Document, StorageError> {
    let read = || -> Result<Document, tokio_postgres::Error> {
        let (key, version, body): (Vec<u8>, i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        Ok(Document { key: Key::from_bytes(key), version: version.unsigned_abs(), body })
    };
    read().map_err(StorageError::corrupt)
}

const FORWARD: &str = "SELECT key, version, body FROM document WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3";
const BACKWARD: &str =
    "SELECT key, version, body FROM document WHERE key >= $1 AND key < $2 ORDER BY key DESC LIMIT $3";

#[async_trait]
impl DocumentStore for PostgresStore {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        let connection = self.connection().await?;
        let statement = connection.prepare_cached("SELECT key, version, body FROM document WHERE key = $1").await;
        let statement = statement.map_err(StorageError::unavailable)?;
        let found = connection.query_opt(&statement, &[&key.as_bytes()]).await.map_err(StorageError::unavailable)?;
        found.as_ref().map(document).transpose()
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        let connection = self.connection().await?;
        let statement = connection.prepare_cached("SELECT key, version, body FROM document WHERE key = ANY($1)").await;
        let statement = statement.map_err(StorageError::unavailable)?;
        let wanted: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
        let rows = connection.query(&statement, &[&wanted]).await.map_err(StorageError::unavailable)?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let document = document(row)?;
            found.insert(document.key.clone(), document);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        let connection = self.connection().await?;
        let query = match range.direction {
            Direction::Forward => FORWARD,
            Direction::Backward => BACKWARD,
        };
        let statement = connection.prepare_cached(query).await.map_err(StorageError::unavailable)?;
        let (low, high) = range.bounds();
        let limit = i64::try_from(range.limit).unwrap_or(i64::MAX);
        let rows = connection.query(&statement, &[&low, &high, &limit]).await;
        rows.map_err(StorageError::unavailable)?.iter().map(document).collect()
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        check_batch(&batch)?;
        commit::run(&*self.connection().await?, &batch).await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("connections", &self.pool.status().size).finish()
    }
}
