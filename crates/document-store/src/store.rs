//! The port that an engine implements.

use std::sync::Arc;

use async_trait::async_trait;

use crate::change::{Batch, Change};
use crate::error::StorageError;
use crate::key::Key;

/// A stored document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// Where it stands.
    pub key: Key,
    /// 1 when inserted, one more at each change.
    pub version: u64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// Which documents a scan gives, and in what order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Range {
    /// What their keys begin with.
    pub prefix: Key,
    /// Only keys behind this one, in the direction of the scan; it may lie outside the prefix and need not exist.
    pub after: Option<Key>,
    /// In what order.
    pub direction: Direction,
    /// At most this many.
    pub limit: usize,
}

/// The order of a scan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// The least key first.
    Forward,
    /// The greatest key first.
    Backward,
}

impl Range {
    /// The first `limit` documents whose keys begin with `prefix`, the least key first.
    pub fn of(prefix: Key, limit: usize) -> Self {
        Self { prefix, after: None, direction: Direction::Forward, limit }
    }

    /// The same behind `after`.
    #[must_use]
    pub fn after(self, after: Option<Key>) -> Self {
        Self { after, ..self }
    }

    /// The same, the greatest key first.
    #[must_use]
    pub fn backward(self) -> Self {
        Self { direction: Direction::Backward, ..self }
    }

    /// The bounds in encoded bytes: the least key that belongs to the range, and the least one above all that do.
    pub fn bounds(&self) -> (Vec<u8>, Vec<u8>) {
        let mut low = self.prefix.as_bytes().to_vec();
        let mut high = self.prefix.after_prefix().unwrap_or_else(|| vec![u8::MAX; Key::MOST_BYTES + 1]);
        match (&self.after, self.direction) {
            (Some(after), Direction::Forward) if after.as_bytes() >= low.as_slice() => {
                low = after.as_bytes().to_vec();
                low.push(0);
            }
            (Some(after), Direction::Backward) if after.as_bytes() < high.as_slice() => {
                high = after.as_bytes().to_vec();
            }
            _ => {}
        }
        (low, high)
    }
}

/// An ordered store of versioned documents.
///
/// # Contract
///
/// - [`commit`](Self::commit) applies every change or none; after `Ok` all of them are durable. All conditions are
///   judged on the state before the batch, and the refusal names the first change whose condition failed.
/// - [`get`](Self::get), [`get_many`](Self::get_many) and [`scan`](Self::scan) see every commit that returned `Ok` before
///   they began. What one call gives is of one moment.
/// - Keys are compared byte for byte. Bodies are returned as written.
/// - Keys up to [`Key::MOST_BYTES`] are taken. A batch with a longer one, with one key twice, or of two tenants is refused as
///   [`check_batch`](crate::check_batch) says.
/// - A removed key that is inserted again begins at version 1.
///
/// `storage_conformance` holds an engine to each rule. A batch is of one [tenant](Key::tenant): an engine may keep
/// tenants apart, and never has to commit over two of them.
#[async_trait]
pub trait DocumentStore: Send + Sync {
    /// The document at `key`.
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError>;

    /// The documents at `keys`, each in its key's place. One round trip, where there are round trips.
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError>;

    /// The documents of a range.
    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError>;

    /// Applies `batch` as one.
    async fn commit(&self, batch: Batch) -> Result<(), StorageError>;
}

#[async_trait]
impl<S: DocumentStore + ?Sized> DocumentStore for Arc<S> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        (**self).get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        (**self).get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        (**self).scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        (**self).commit(batch).await
    }
}

/// How many documents are removed by one commit.
const AT_ONCE: usize = 500;

/// Removes everything of a store, tenant by tenant: for tests and for starting over. What is written meanwhile may stay.
///
/// # Errors
///
/// As the store's.
pub async fn remove_everything<S: DocumentStore + ?Sized>(store: &S) -> Result<(), StorageError> {
    loop {
        let found = store.scan(&Range::of(Key::new(&[]), AT_ONCE)).await?;
        let Some(first) = found.first() else { return Ok(()) };
        let tenant = first.key.tenant();
        let batch = found.iter().filter(|document| document.key.tenant() == tenant);
        store.commit(batch.map(|document| (document.key.clone(), Change::Clear)).collect()).await?;
    }
}
