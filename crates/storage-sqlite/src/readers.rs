use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use document_store::error::StorageError;
use rusqlite::Connection;

/// How many bytes of the file a reader maps, from its beginning: all that SQLite can. What lies behind is read by calls.
const MAPPED: i64 = 0x7fff_0000;

/// Idle connections for reading; as many as were ever needed at once.
///
/// They read through a map of the file. SQLite's page caches share one budget, which a large commit leaves overdrawn: readers would
/// keep no page from then on.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()) }
    }

    fn connect(&self) -> Result<Connection, StorageError> {
        let connection = crate::connect(&self.path)?;
        connection.pragma_update(None, "mmap_size", MAPPED).map_err(StorageError::unavailable)?;
        Ok(connection)
    }

    /// Runs `read` on a connection of its own. A connection that failed is closed, not used again.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StorageError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let found = read(&connection).map_err(StorageError::unavailable)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(found)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Readers({})", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_map_the_file_and_whoever_writes_does_not() {
        let path = tempfile::tempdir().unwrap().keep().join("cenote.db");
        let _store = crate::SqliteStore::open(&path).unwrap();
        let mapped =
            |connection: &Connection| connection.pragma_query_value(None, "mmap_size", |row| row.get::<_, i64>(0));

        assert_eq!(Readers::new(path.clone()).with(mapped).unwrap(), MAPPED);
        assert_eq!(mapped(&crate::connect(&path).unwrap()), Ok(0));
    }
}
