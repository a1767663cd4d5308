//! A store that fails when a test wants it to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use document_store::{Batch, Document, DocumentStore, Key, Range, StorageError};
use storage_memory::MemoryStore;

use crate::world::{allow, world};

#[derive(Clone)]
pub(crate) struct Outage {
    store: Arc<MemoryStore>,
    /// How many more reads succeed.
    left: Arc<AtomicUsize>,
}

impl Outage {
    pub(crate) fn over(store: MemoryStore) -> Self {
        Self { store: Arc::new(store), left: Arc::new(AtomicUsize::new(usize::MAX)) }
    }

    /// So many reads succeed from now on, and none after them.
    pub(crate) fn after(&self, reads: usize) {
        self.left.store(reads, Ordering::SeqCst);
    }

    fn read(&self) -> Result<(), StorageError> {
        let more = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        more.map(drop).map_err(|_| StorageError::unavailable("outage"))
    }
}

#[async_trait]
impl DocumentStore for Outage {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.read()?;
        self.store.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.read()?;
        self.store.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.read()?;
        self.store.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.store.commit(batch).await
    }
}

#[tokio::test]
async fn a_storage_that_fails_at_any_read_lets_nobody_in_and_is_said() {
    let world = world(&allow("s3:*", "*")).await;
    let mut failures = 0;

    loop {
        world.vending.forget_all();
        world.outage.after(failures);
        let answer = world.call("GET", "/photos/cat.txt").await;
        if answer.status == 200 {
            break;
        }
        assert_eq!((answer.status, answer.code.as_str()), (503, "ServiceUnavailable"), "after {failures} reads");
        assert!(world.passed().is_empty());
        failures += 1;
    }

    assert!((2..10).contains(&failures), "{failures}");
}
