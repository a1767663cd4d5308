//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cenote::documents::{Batch, Document, DocumentStore, Key, StorageError};
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

    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Document>, StorageError> {
        self.works()?;
        self.inner.scan(prefix, after, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.works()?;
        self.inner.commit(batch).await
    }

    async fn clear(&self) -> Result<(), StorageError> {
        self.inner.clear().await
    }
}
