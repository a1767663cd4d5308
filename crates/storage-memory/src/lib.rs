#![doc = include_str!("../README.md")]

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Batch, Direction, Document, DocumentStore, Effect, Key, Range, check_batch, judge};

/// Documents by key, each with its version.
type Documents = BTreeMap<Key, (u64, Vec<u8>)>;

/// A [`DocumentStore`] in memory. What was written is gone with it.
#[derive(Debug, Default)]
pub struct MemoryStore(RwLock<Documents>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

fn document(key: &Key, (version, body): &(u64, Vec<u8>)) -> Document {
    Document { key: key.clone(), version: *version, body: body.clone() }
}

#[async_trait]
impl DocumentStore for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        let documents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(documents.get(key).map(|stored| document(key, stored)))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        let documents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(keys.iter().map(|key| documents.get(key).map(|stored| document(key, stored))).collect())
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        let (low, high) = range.bounds();
        if low >= high {
            return Ok(Vec::new());
        }
        let documents = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let inside = documents.range(Key::from_bytes(low)..Key::from_bytes(high));
        let give = |(key, stored): (&Key, &(u64, Vec<u8>))| document(key, stored);
        Ok(match range.direction {
            Direction::Forward => inside.take(range.limit).map(give).collect(),
            Direction::Backward => inside.rev().take(range.limit).map(give).collect(),
        })
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        check_batch(&batch)?;
        let mut documents = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::with_capacity(batch.len());
        for (at, (key, change)) in batch.iter().enumerate() {
            let stored = documents.get(key).map(|(version, _)| *version);
            let effect = judge(change, stored).map_err(|kind| StorageError::refused(kind, at, None))?;
            effects.push((key, effect));
        }
        for (key, effect) in effects {
            match effect {
                Effect::Write(version, body) => {
                    documents.insert(key.clone(), (version, body.to_vec()));
                }
                Effect::Remove => {
                    documents.remove(key);
                }
                Effect::Nothing => {}
            }
        }
        Ok(())
    }
}
