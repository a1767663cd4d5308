//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cenote::documents::{Batch, Document, DocumentStore, Key, Range, StorageError};
use cenote::memory::MemoryStore;

pub(crate) struct FailingStore {
    pub(crate) inner: MemoryStore,
    pub(crate) broken: Arc<AtomicBool>,
}

impl FailingStore {
    fn works(&self) -> Result<(), StorageError> {
        if self.broken.load(Ordering::SeqCst) { Err(StorageError::unavailable("unplugged")) } else { Ok(()) }
    }
}

#[async_trait]
impl DocumentStore for FailingStore {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.works()?;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.works()?;
        self.inner.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.works()?;
        self.inner.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.works()?;
        self.inner.commit(batch).await
    }
}
