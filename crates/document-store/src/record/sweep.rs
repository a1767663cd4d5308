//! Removing what has ended.

use std::collections::BTreeMap;

use super::envelope::outside;
use super::stored::{Tenant, sortable};
use crate::change::Change;
use crate::error::{StorageError, StorageErrorKind};
use crate::key::Key;
use crate::store::{Document, DocumentStore, Range};

/// Removes up to `limit` of a tenant's records that ended before `now_millis`. Whether there are more: a job in the
/// background calls it again, now and then. It can be interrupted anywhere, and run on several nodes.
///
/// # Errors
///
/// As the store's. What somebody changes at the same moment is left for the next time.
pub async fn sweep<S: DocumentStore + ?Sized>(
    store: &S,
    tenant: &Tenant,
    now_millis: i64,
    limit: usize,
) -> Result<bool, StorageError> {
    let end = tenant.prefix(&["ending"], &sortable(now_millis));
    let mut due = store.scan(&Range::of(tenant.key(&["ending"]), limit)).await?;
    due.retain(|entry| entry.key < end);
    let more = due.len() == limit && limit > 0;
    let goes: Vec<Vec<Key>> = due.iter().map(|entry| unpack(&entry.body)).collect();
    let keys: Vec<Key> = goes.iter().map(|goes| goes.first().cloned().unwrap_or_else(|| Key::new(&[]))).collect();
    let records = store.get_many(&keys).await?;
    let mut batch = BTreeMap::new();
    for ((entry, goes), record) in due.into_iter().zip(goes).zip(records) {
        batch.insert(entry.key, Change::Clear);
        if record.as_ref().is_some_and(|record| !has_ended(record, now_millis)) {
            continue;
        }
        batch.extend(goes.into_iter().skip(1).map(|beside| (beside, Change::Clear)));
        batch.extend(record.map(|record| (record.key, Change::Remove(record.version))));
    }
    if batch.is_empty() {
        return Ok(false);
    }
    match store.commit(batch.into_iter().collect()).await {
        Err(error) if error.kind() == StorageErrorKind::Conflict => Ok(true),
        outcome => outcome.map(|()| more),
    }
}

/// What was written anew since may end later, and has an entry of its own.
fn has_ended(record: &Document, now_millis: i64) -> bool {
    outside(&record.body).is_ok_and(|envelope| envelope.ends.is_some_and(|ends| ends < now_millis))
}

/// Keys as the body of an entry: each behind its length in two bytes.
pub(super) fn pack(keys: &[Key]) -> Vec<u8> {
    let mut body = Vec::new();
    for key in keys {
        let length = u16::try_from(key.as_bytes().len()).unwrap_or(u16::MAX);
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(key.as_bytes());
    }
    body
}

fn unpack(mut body: &[u8]) -> Vec<Key> {
    let mut keys = Vec::new();
    while let Some((length, rest)) = body.split_first_chunk::<2>()
        && let Some((key, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
    {
        keys.push(Key::from_bytes(key.to_vec()));
        body = rest;
    }
    keys
}
