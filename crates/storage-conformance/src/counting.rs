use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Batch, Document, DocumentStore, Key, Range};

/// Counts what is asked of a store: how many round trips an operation costs on an engine that is reached over a network.
///
/// ```
/// use std::sync::Arc;
///
/// use document_store::{DocumentStore, Key};
/// use storage_conformance::Counting;
/// # use document_store::{Batch, Document, Range, error::StorageError};
/// # async fn show(engine: impl DocumentStore) -> Result<(), StorageError> {
/// let store = Arc::new(Counting::new(engine));
/// // ... hand `Arc::clone(&store)` to a service, and call it ...
/// store.reset();
/// store.get_many(&[Key::new(&["a"]), Key::new(&["b"])]).await?;
/// assert_eq!((store.reads(), store.commits()), (1, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Counting<S> {
    store: S,
    reads: AtomicUsize,
    keys: AtomicUsize,
    commits: AtomicUsize,
    changes: AtomicUsize,
}

impl<S> Counting<S> {
    /// Counts what is asked of `store`, from 0.
    pub fn new(store: S) -> Self {
        let [reads, keys, commits, changes] = std::array::from_fn(|_| AtomicUsize::new(0));
        Self { store, reads, keys, commits, changes }
    }

    /// How many calls have read: of one document, of many, or of a range.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many documents were asked for by key, there or not, and found in ranges.
    pub fn keys(&self) -> usize {
        self.keys.load(Ordering::SeqCst)
    }

    /// How many batches were committed or refused.
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// How many changes of documents stood in those batches.
    pub fn changes(&self) -> usize {
        self.changes.load(Ordering::SeqCst)
    }

    /// Counts from 0 again.
    pub fn reset(&self) {
        for count in [&self.reads, &self.keys, &self.commits, &self.changes] {
            count.store(0, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl<S: DocumentStore> DocumentStore for Counting<S> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.keys.fetch_add(1, Ordering::SeqCst);
        self.store.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.keys.fetch_add(keys.len(), Ordering::SeqCst);
        self.store.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let found = self.store.scan(range).await?;
        self.keys.fetch_add(found.len(), Ordering::SeqCst);
        Ok(found)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.changes.fetch_add(batch.len(), Ordering::SeqCst);
        self.store.commit(batch).await
    }
}
