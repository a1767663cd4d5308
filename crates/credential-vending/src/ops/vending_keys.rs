//! Which vending key vends, and which still count.

use std::sync::Arc;

use document_store::error::StorageError;
use identity_kernel::secret::SecretString;

use crate::error::{CredentialError, Error};
use crate::model::{NumberedKey, Revocation};
use crate::ports::Action;
use crate::service::CredentialVending;
use crate::storage::VendingKeysWrite;
use crate::vending_key::VendingKey;

impl CredentialVending {
    /// Puts a new vending key in the place of the one before. It vends after `publish_ahead_seconds`: until then, give it
    /// to every resource server ([`vending_key_texts`](Self::vending_key_texts)). What the old key has vended counts until
    /// the longest session has ended; `leaked` ends it now, and lets the new key vend now.
    ///
    /// # Errors
    ///
    /// [`Error::Concurrent`] if another rotation was faster; [`Error::Storage`].
    pub async fn rotate_vending_key(&self, publish_ahead_seconds: i64, leaked: bool) -> Result<(), Error> {
        self.recorded(Action::RotateVendingKey, "", self.add_vending_key(publish_ahead_seconds, leaked)).await
    }

    async fn add_vending_key(&self, publish_ahead_seconds: i64, leaked: bool) -> Result<(), Error> {
        let now = self.now();
        let stored = self.storage.vending_keys().get().await?;
        let mut keys = stored.as_ref().map_or_else(|| vec![NumberedKey::first()], |stored| stored.record.clone());
        let vends_from = if leaked { now } else { now.plus_seconds(publish_ahead_seconds.max(0)) };
        let end = if leaked { now } else { vends_from.plus_seconds(Revocation::LONGEST_SESSION_SECONDS) };
        let number = VendingKey::number_after(keys.last().map_or("77", |last| &last.number));
        for key in &mut keys {
            key.retires_at = Some(key.retires_at.map_or(end, |at| at.min(end)));
        }
        keys.retain(|key| key.counts(now));
        keys.push(NumberedKey { number, vends_from, retires_at: None });
        self.storage.commit(vec![VendingKeysWrite::Set { before: stored, after: keys }.into()]).await?;
        self.vending_keys.forget();
        Ok(())
    }

    /// The keys that count, as text for resource servers: whoever has them can make credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn vending_key_texts(&self) -> Result<Vec<SecretString>, Error> {
        let keys = self.numbered_keys().await?;
        Ok(keys.iter().map(|key| self.vending_keys.get(&key.number).to_text()).collect())
    }

    /// The key that vends now.
    pub(crate) async fn newest_vending_key(&self) -> Result<VendingKey, StorageError> {
        let now = self.now();
        let keys = self.numbered_keys().await?;
        let newest = keys.iter().filter(|key| key.vends_from <= now).max_by_key(|key| key.vends_from);
        // None may vend yet if the node that rotated at once has a clock that runs ahead of this one: the oldest vends.
        let newest = newest.or(keys.first());
        Ok(self.vending_keys.get(newest.map_or(VendingKey::FIRST, |key| &key.number)))
    }

    /// The key that vended this access key id, if it counts.
    pub(crate) async fn vending_key_of(&self, access_key_id: &str) -> Result<VendingKey, CredentialError> {
        let number = VendingKey::number_of(access_key_id).ok_or(CredentialError::Invalid)?;
        let keys = self.numbered_keys().await?;
        let known = keys.iter().find(|key| key.number == number).ok_or(CredentialError::Invalid)?;
        Ok(self.vending_keys.get(&known.number))
    }

    /// The secret of a vended access key id, for a resource server that checks signatures before it sees session tokens.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Invalid`] if no key that counts has vended it.
    pub async fn vended_secret(&self, access_key_id: &str) -> Result<SecretString, CredentialError> {
        Ok(self.vending_key_of(access_key_id).await?.secret_of(access_key_id))
    }

    /// The keys that count now.
    async fn numbered_keys(&self) -> Result<Arc<Vec<NumberedKey>>, StorageError> {
        let now = self.now();
        if let Some(known) = self.vending_keys.known(now) {
            return Ok(known);
        }
        let stored = self.storage.vending_keys().get().await?;
        let mut keys = stored.map_or_else(|| vec![NumberedKey::first()], |stored| stored.record);
        keys.retain(|key| key.counts(now));
        let keys = Arc::new(keys);
        self.vending_keys.remember(&keys, now);
        Ok(keys)
    }
}
