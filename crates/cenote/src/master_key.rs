//! The key that is outside the storage, and the one inside that it opens.
//!
//! Everything secret is sealed under a key that lies in the storage, sealed itself under the operator's master key. So the
//! master key can be replaced by sealing one document anew, and a store under another master key is told at the start.

#[cfg(feature = "test-kit")]
use document_store::error::StorageError;
use document_store::error::StorageErrorKind;
#[cfg(feature = "test-kit")]
use document_store::remove_everything;
use document_store::{Change, DocumentStore, Key, Range};
use identity_kernel::entropy::Entropy;
use identity_kernel::sealing::MasterKey;

use crate::BuildError;

const PURPOSE: &str = "storage-key";

pub(crate) fn place() -> Key {
    Key::new(&["cenote", "storage-key"])
}

fn seal(master: &MasterKey, entropy: &dyn Entropy, key: &MasterKey) -> Vec<u8> {
    master.seal(entropy, PURPOSE, b"", key.to_text().as_bytes())
}

fn open(master: &MasterKey, sealed: &[u8]) -> Option<MasterKey> {
    let text = master.open(PURPOSE, b"", sealed).ok()?;
    MasterKey::from_text(std::str::from_utf8(&text).ok()?)
}

/// The key under which this store's secrets are sealed; a store without one gets one.
pub(crate) async fn storage_key(
    store: &dyn DocumentStore,
    master: &MasterKey,
    entropy: &dyn Entropy,
) -> Result<MasterKey, BuildError> {
    if let Some(found) = store.get(&place()).await? {
        return open(master, &found.body).ok_or(BuildError::WrongMasterKey);
    }
    // What stands in a store without such a key was sealed under the master key itself.
    let is_empty = store.scan(&Range::of(Key::new(&[]), 1)).await?.is_empty();
    let key = if is_empty { MasterKey::generate(entropy) } else { master.clone() };
    let fresh = Change::Insert(seal(master, entropy, &key));
    match store.commit(vec![(place(), fresh)]).await {
        Ok(()) => Ok(key),
        // Another node was faster.
        Err(error) if error.kind() == StorageErrorKind::AlreadyExists => {
            let found = store.get(&place()).await?.ok_or(BuildError::WrongMasterKey)?;
            open(master, &found.body).ok_or(BuildError::WrongMasterKey)
        }
        Err(error) => Err(error.into()),
    }
}

/// Replaces a store's master key: what was sealed opens under `new` from now on, and under `old` no more. Nodes that run
/// go on; each needs the new key at its next start.
///
/// # Errors
///
/// [`BuildError::WrongMasterKey`] if the store's key does not open under `old`; `Conflict` if another rotation was faster.
pub async fn rotate_master_key(
    store: &dyn DocumentStore,
    old: &MasterKey,
    new: &MasterKey,
    entropy: &dyn Entropy,
) -> Result<(), BuildError> {
    let found = store.get(&place()).await?.ok_or(BuildError::WrongMasterKey)?;
    let key = open(old, &found.body).ok_or(BuildError::WrongMasterKey)?;
    let sealed = seal(new, entropy, &key);
    Ok(store.commit(vec![(place(), Change::Replace(found.version, sealed))]).await?)
}

#[cfg(feature = "test-kit")]
/// Empties a store but for the key that a running service holds.
pub(crate) async fn clear(store: &dyn DocumentStore) -> Result<(), StorageError> {
    let kept = store.get(&place()).await?;
    remove_everything(store).await?;
    match kept {
        Some(document) => store.commit(vec![(place(), Change::Put(document.body))]).await,
        None => Ok(()),
    }
}
