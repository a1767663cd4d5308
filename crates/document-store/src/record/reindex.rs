//! Indexing what was written before an index was declared.

use serde::{Deserialize, Serialize};

use super::envelope::{outside, read};
use super::stored::{Index, Stored, Tenant};
use crate::change::{Batch, Change};
use crate::error::{StorageError, StorageErrorKind};
use crate::key::Key;
use crate::store::{Document, DocumentStore, Range};

/// Whether a search by an index can miss records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IndexState {
    /// Every record was found in it when it was last gone through.
    Complete,
    /// Records that were written before the index was declared, or by nodes that do not know it, may be missing.
    Incomplete,
}

/// How far [`reindex`] has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reindexed {
    /// There is more to do.
    Going,
    /// Everything has been gone through.
    Done,
}

#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// The last key that was gone through, in this round.
    after: Option<Vec<u8>>,
    /// Whether a round has come to its end.
    complete: bool,
}

fn progress_key<T: Stored>(tenant: &Tenant, index: &Index<T>) -> Key {
    tenant.key(&["index", T::KIND, index.name])
}

/// Whether a search by this index can miss records of this tenant. An index that was there from the first version of its
/// kind never does.
///
/// # Errors
///
/// As the store's.
pub async fn index_state<T: Stored, S: DocumentStore + ?Sized>(
    store: &S,
    tenant: &Tenant,
    index: &Index<T>,
) -> Result<IndexState, StorageError> {
    if index.since <= 1 {
        return Ok(IndexState::Complete);
    }
    let (progress, _) = progress_of(store, &progress_key(tenant, index)).await?;
    Ok(if progress.complete { IndexState::Complete } else { IndexState::Incomplete })
}

async fn progress_of<S: DocumentStore + ?Sized>(store: &S, key: &Key) -> Result<(Progress, u64), StorageError> {
    let Some(Document { version, body, .. }) = store.get(key).await? else { return Ok((Progress::default(), 0)) };
    Ok((serde_json::from_slice(&body).map_err(StorageError::corrupt)?, version))
}

/// Goes through up to `limit` records of a kind and adds what an index lacks of them: one step of a job in the background,
/// which goes on where the last step stopped, on whatever node. After [`Reindexed::Done`] the next call begins a new round:
/// run one more when the last node has gone that does not know the index.
///
/// # Errors
///
/// As the store's.
pub async fn reindex<T: Stored, S: DocumentStore + ?Sized>(
    store: &S,
    tenant: &Tenant,
    index: &Index<T>,
    limit: usize,
) -> Result<Reindexed, StorageError> {
    let key = progress_key(tenant, index);
    let (mut progress, version) = progress_of(store, &key).await?;
    let all = tenant.key(&[T::KIND, "record"]);
    let after = progress.after.take().map(Key::from_bytes);
    let found = store.scan(&Range::of(all, limit).after(after)).await?;
    progress.after = found.last().filter(|_| found.len() == limit).map(|last| last.key.as_bytes().to_vec());
    let done = progress.after.is_none();
    progress.complete |= done;

    let mut batch = Batch::new();
    for document in found {
        add_missing(&mut batch, tenant, index, document)?;
    }
    let body = serde_json::to_vec(&progress).map_err(StorageError::corrupt)?;
    batch.push((key, if version == 0 { Change::Insert(body) } else { Change::Replace(version, body) }));
    match store.commit(batch).await {
        Ok(()) => Ok(if done { Reindexed::Done } else { Reindexed::Going }),
        // A record was changed meanwhile, or another node took the same step: the same step again.
        Err(error) if matches!(error.kind(), StorageErrorKind::Conflict | StorageErrorKind::AlreadyExists) => {
            Ok(Reindexed::Going)
        }
        Err(error) => Err(error),
    }
}

fn add_missing<T: Stored>(
    batch: &mut Batch,
    tenant: &Tenant,
    index: &Index<T>,
    document: Document,
) -> Result<(), StorageError> {
    if outside(&document.body)?.by >= index.since {
        return Ok(());
    }
    let (key, version) = (document.key.clone(), document.version);
    let record = read::<T>(document)?;
    for value in (index.values)(&record) {
        batch.push((tenant.index_entry(index, &value, &record.record), Change::Put(key.as_bytes().to_vec())));
    }
    batch.push((key, Change::Expect(version)));
    Ok(())
}
