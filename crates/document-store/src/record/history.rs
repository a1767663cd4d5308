//! Records as they were.

use super::envelope::{self, Versioned};
use super::stored::{Stored, Tenant, sortable};
use crate::change::{Batch, Change};
use crate::error::StorageError;
use crate::key::Key;
use crate::store::{Document, DocumentStore, Range};

/// A record as it was before one change.
#[derive(Clone, Debug)]
pub struct Past {
    /// When the change was made, in milliseconds since 1970.
    pub at_millis: i64,
    /// The kind of the record.
    pub kind: String,
    /// Its id within the kind.
    pub id: Vec<String>,
    document: Option<Document>,
}

impl Past {
    /// What stood before the change; `None` if the change added the record.
    ///
    /// # Errors
    ///
    /// `Corrupt` or `NewerRecord` if it cannot be read as this kind.
    pub fn before<T: Stored>(&self) -> Result<Option<Versioned<T>>, StorageError> {
        self.document.clone().map(envelope::read).transpose()
    }
}

pub(super) fn past_key<T: Stored>(tenant: &Tenant, at_millis: i64, record: &T, version: u64) -> Key {
    let (at, version) = (sortable(at_millis), format!("{version:020}"));
    tenant.key(&[&["past", at.as_str(), T::KIND, version.as_str()], record.id().as_slice()].concat())
}

/// The changes since `since_millis`, that included, the last one first: taken back in this order they lead to how
/// everything was. At most `limit` of them, beginning behind `after` (the last key of the page before), with the keys.
///
/// # Errors
///
/// As the store's.
pub async fn history<S: DocumentStore + ?Sized>(
    store: &S,
    tenant: &Tenant,
    since_millis: i64,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<(Key, Past)>, StorageError> {
    let since = tenant.prefix(&["past"], &sortable(since_millis));
    let range = Range::of(tenant.key(&["past"]), limit).after(after).backward();
    let found = store.scan(&range).await?.into_iter().take_while(|document| document.key >= since);
    Ok(found.filter_map(|document| Some((document.key.clone(), past(document)?))).collect())
}

/// The changes since `since_millis`, that included, the first one first: the first of each record says how it was. At most
/// `limit` of them, beginning behind `after` (the last key of the page before), with the keys.
///
/// # Errors
///
/// As the store's.
pub async fn history_onward<S: DocumentStore + ?Sized>(
    store: &S,
    tenant: &Tenant,
    since_millis: i64,
    after: Option<Key>,
    limit: usize,
) -> Result<Vec<(Key, Past)>, StorageError> {
    let since = tenant.prefix(&["past"], &sortable(since_millis));
    let after = after.filter(|after| *after > since).unwrap_or(since);
    let found = store.scan(&Range::of(tenant.key(&["past"]), limit).after(Some(after))).await?;
    Ok(found.into_iter().filter_map(|document| Some((document.key.clone(), past(document)?))).collect())
}

fn past(document: Document) -> Option<Past> {
    let parts = document.key.parts();
    let [_, _, _, at, kind, version, id @ ..] = parts.as_slice() else { return None };
    let stood = (!document.body.is_empty()).then_some(());
    Some(Past {
        at_millis: at.parse().ok()?,
        kind: kind.clone(),
        id: id.to_vec(),
        document: stood.and(Some(Document { version: version.parse().ok()?, ..document })),
    })
}

/// Forgets up to `limit` changes that were made before `before_millis`. Whether there are more.
///
/// # Errors
///
/// As the store's.
pub async fn forget_history<S: DocumentStore + ?Sized>(
    store: &S,
    tenant: &Tenant,
    before_millis: i64,
    limit: usize,
) -> Result<bool, StorageError> {
    let end = tenant.prefix(&["past"], &sortable(before_millis));
    let found = store.scan(&Range::of(tenant.key(&["past"]), limit)).await?;
    let old: Batch = found.iter().filter(|old| old.key < end).map(|old| (old.key.clone(), Change::Clear)).collect();
    let more = old.len() == limit && limit > 0;
    if !old.is_empty() {
        store.commit(old).await?;
    }
    Ok(more)
}
