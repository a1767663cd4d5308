//! What a connection that writes has to be set to.

use document_store::error::StorageError;
use rusqlite::Connection;

/// SQLite's number for `FULL`: every commit waits for the disk. `EXTRA` is above it, `NORMAL` and `OFF` below.
const FULL: i64 = 2;

/// Asks the connection itself, whatever it was told: SQLite passes over a setting that it does not take.
///
/// # Errors
///
/// `Unavailable` if what it commits could be lost when the power fails, or readers would wait for the writer.
pub(crate) fn check(connection: &Connection) -> Result<(), StorageError> {
    let journal: String = ask(connection, "journal_mode")?;
    if journal != "wal" {
        return Err(StorageError::unavailable(format!(
            "the file system takes no write-ahead log (journal_mode is {journal})"
        )));
    }
    let synchronous: i64 = ask(connection, "synchronous")?;
    if synchronous < FULL {
        return Err(StorageError::unavailable(format!("commits would not be durable (synchronous is {synchronous})")));
    }
    Ok(())
}

fn ask<T: rusqlite::types::FromSql>(connection: &Connection, setting: &str) -> Result<T, StorageError> {
    connection.pragma_query_value(None, setting, |row| row.get(0)).map_err(StorageError::unavailable)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    /// Why a store's own connection to a file is refused after it was set so.
    fn refusal(setting: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cenote.db");
        crate::create_private(&path).unwrap();
        let connection = crate::connect(&path).unwrap();
        connection.execute_batch(setting).unwrap();
        check(&connection).err().map(|error| error.source().unwrap().to_string())
    }

    #[test]
    fn line_112_the_writers_own_connection_waits_for_the_disk() {
        assert_eq!(refusal(""), None);
        assert_eq!(refusal("PRAGMA synchronous = EXTRA"), None);
    }

    #[test]
    fn line_112_a_connection_that_does_not_wait_for_the_disk_is_not_written_through() {
        for setting in ["OFF", "NORMAL"] {
            let why = refusal(&format!("PRAGMA synchronous = {setting}")).unwrap();
            assert!(why.contains("not be durable"), "{setting}: {why}");
        }
    }

    #[test]
    fn a_file_without_a_write_ahead_log_is_refused() {
        let why = refusal("PRAGMA journal_mode = DELETE").unwrap();

        assert!(why.contains("no write-ahead log"), "{why}");
    }
}
