//! Documents and an application's own tables in one file, and in one transaction.

use std::path::Path;

use document_store::error::StorageError;
use document_store::{Batch, check_batch};
use rusqlite::{Connection, Transaction};

use crate::writer::write_batch;
use crate::{connect, durable};

/// A connection to the file of an open [`SqliteStore`](crate::SqliteStore), for tables of your own beside the documents. What
/// it commits is as durable as what the store commits. Writers wait for one another, for five seconds at most; readers do not.
///
/// The table `document` and the `user_version` of the file are the store's; every other table is yours.
///
/// # Errors
///
/// `Unavailable` if the file cannot be opened, or commits would not be durable.
pub fn connect_beside(path: &Path) -> Result<Connection, StorageError> {
    let connection = connect(path)?;
    durable::check(&connection)?;
    Ok(connection)
}

/// Applies a batch in an open transaction on the file of a store, as [`commit`](document_store::DocumentStore::commit) does:
/// every change or none. It is there for others when the transaction is committed. Begin the transaction as `IMMEDIATE`:
/// conditions are judged by what it reads.
///
/// # Errors
///
/// As of a commit, with the place of the change that was refused; of the batch nothing is written then, and the
/// transaction, which may hold other changes, is still open: roll it back.
pub fn apply(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StorageError> {
    check_batch(batch)?;
    write_batch(transaction, batch).map_err(StorageError::unavailable)?
}

#[cfg(test)]
mod tests {
    use document_store::error::StorageErrorKind;
    use document_store::{Change, DocumentStore, Key};
    use rusqlite::TransactionBehavior;

    use super::*;
    use crate::SqliteStore;

    /// A store, and a connection beside it with a table `own`.
    fn beside() -> (SqliteStore, Connection) {
        let path = tempfile::tempdir().unwrap().keep().join("cenote.db");
        let store = SqliteStore::open(&path).unwrap();
        let connection = connect_beside(&path).unwrap();
        connection.execute_batch("CREATE TABLE own (value)").unwrap();
        (store, connection)
    }

    fn key(name: &str) -> Key {
        Key::new(&["tests", "one", name])
    }

    fn own_rows(connection: &Connection) -> u32 {
        connection.query_row("SELECT count(*) FROM own", [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn own_rows_and_documents_are_there_together_or_not_at_all() {
        let (store, mut connection) = beside();
        for commits in [false, true] {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
            transaction.execute("INSERT INTO own VALUES (1)", []).unwrap();
            apply(&transaction, &vec![(key("a"), Change::Insert(b"1".to_vec()))]).unwrap();
            if commits {
                transaction.commit().unwrap();
            } else {
                drop(transaction);
            }

            assert_eq!(store.get(&key("a")).await.unwrap().is_some(), commits);
            assert_eq!(own_rows(&connection), u32::from(commits));
        }
    }

    #[tokio::test]
    async fn a_refused_batch_is_named_and_has_written_nothing_in_the_transaction() {
        let (store, mut connection) = beside();
        store.commit(vec![(key("taken"), Change::Insert(Vec::new()))]).await.unwrap();
        let insert = |name| (key(name), Change::Insert(Vec::new()));
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();

        let refusal = apply(&transaction, &vec![insert("free"), insert("taken")]).unwrap_err();

        assert_eq!((refusal.kind(), refusal.write()), (StorageErrorKind::AlreadyExists, Some(1)));
        transaction.commit().unwrap();
        assert!(store.get(&key("free")).await.unwrap().is_none());
    }

    #[test]
    fn a_batch_that_no_store_takes_is_not_applied_either() {
        let (_store, mut connection) = beside();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let of_another = Key::new(&["tests", "other", "a"]);

        let twice = apply(&transaction, &vec![(key("a"), Change::Clear), (key("a"), Change::Clear)]);
        let of_two = apply(&transaction, &vec![(key("a"), Change::Clear), (of_another, Change::Clear)]);

        assert!(twice.is_err() && of_two.is_err());
    }

    #[test]
    fn line_112_what_is_committed_beside_the_store_waits_for_the_disk() {
        let (_store, connection) = beside();

        assert!(durable::check(&connection).is_ok());
    }
}
