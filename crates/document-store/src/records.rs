//! Records as JSON documents.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::change::{Batch, Change};
use crate::error::StorageError;
use crate::key::Key;
use crate::page::{Page, PageRequest};
use crate::record::Versioned;
use crate::store::{Document, DocumentStore, Range};

/// Reads and writes records as JSON documents.
#[async_trait]
pub trait LooseRecords: DocumentStore {
    /// The record at `key`.
    async fn record<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Versioned<T>>, StorageError> {
        self.get(key).await?.map(|document| read(&document)).transpose()
    }

    /// One page of the records whose keys begin with `prefix`. The token is the last key's last part, so `prefix` must
    /// end right before that part.
    async fn records<T: DeserializeOwned + Send>(
        &self,
        parts: &[&str],
        page: &PageRequest,
    ) -> Result<Page<Versioned<T>>, StorageError> {
        let found = scan_page(self, parts, "", page).await?;
        let items = found.items.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next: found.next })
    }
}

impl<S: DocumentStore + ?Sized> LooseRecords for S {}

/// One page of the documents under `parts` whose last part begins with `start`.
pub async fn scan_page<S: DocumentStore + ?Sized>(
    store: &S,
    parts: &[&str],
    start: &str,
    page: &PageRequest,
) -> Result<Page<Document>, StorageError> {
    let after = page.after.as_ref().map(|last| {
        let mut all = parts.to_vec();
        all.push(last);
        Key::new(&all)
    });
    let limit = page.limit.clamp(1, 1000);
    let mut items = store.scan(&Range::of(Key::prefix(parts, start), limit + 1).after(after)).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(|document| document.key.last_part()) } else { None };
    Ok(Page { items, next })
}

/// Removes every document whose key begins with `part`, and what `beside` names for each, in batches. Can be called again
/// after it was interrupted.
pub async fn purge<S: DocumentStore + ?Sized>(
    store: &S,
    part: &str,
    beside: impl Fn(&Key) -> Option<Key> + Send + Sync,
) -> Result<(), StorageError> {
    let all = Key::new(&[part]);
    loop {
        let found = store.scan(&Range::of(all.clone(), 500)).await?;
        if found.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for document in found {
            batch.extend(beside(&document.key).map(|key| (key, Change::Clear)));
            batch.push((document.key, Change::Clear));
        }
        store.commit(batch).await?;
    }
}

/// A record from its document.
///
/// # Errors
///
/// `Corrupt` if the body is not this record's JSON.
pub fn read<T: DeserializeOwned>(document: &Document) -> Result<Versioned<T>, StorageError> {
    let record = serde_json::from_slice(&document.body).map_err(StorageError::corrupt)?;
    Ok(Versioned::new(record, document.version))
}

/// A record's document body.
///
/// # Errors
///
/// `Corrupt` if the record has no JSON form, which no record of ours lacks.
pub fn body<T: Serialize>(record: &T) -> Result<Vec<u8>, StorageError> {
    serde_json::to_vec(record).map_err(StorageError::corrupt)
}
