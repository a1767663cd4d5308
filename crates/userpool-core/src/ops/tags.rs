//! The tags of pools: given, taken away, and listed.

use std::collections::BTreeMap;

use document_store::error::StorageErrorKind;

use crate::error::Error;
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::model::tags;
use crate::service::UserPools;
use crate::storage::PoolWrite;

/// How often a change is tried again that others overtook.
const TRIES: usize = 8;

impl UserPools {
    /// Gives a pool these tags, in the place of those of the same keys.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Tags`] if a tag is malformed or the pool had more than 50 then; [`Error::Concurrent`] if the
    /// pool is changed again and again meanwhile.
    pub async fn tag_user_pool(&self, pool: &UserPoolId, given: &BTreeMap<String, String>) -> Result<(), Error> {
        let with = |mut tags: BTreeMap<String, String>| {
            tags.extend(given.clone());
            tags
        };
        tags::check(given)?;
        self.change_tags(pool, with).await
    }

    /// Takes the tags of these keys away from a pool; a key that it does not have changes nothing.
    ///
    /// # Errors
    ///
    /// As [`tag_user_pool`](Self::tag_user_pool).
    pub async fn untag_user_pool(&self, pool: &UserPoolId, keys: &[String]) -> Result<(), Error> {
        keys.iter().try_for_each(|key| tags::check_key(key))?;
        let without = |mut tags: BTreeMap<String, String>| {
            tags.retain(|key, _| !keys.contains(key));
            tags
        };
        self.change_tags(pool, without).await
    }

    /// The tags of a pool.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_tags_for_user_pool(&self, pool: &UserPoolId) -> Result<BTreeMap<String, String>, Error> {
        Ok(self.pool(pool).await?.record.settings.tags)
    }

    async fn change_tags(
        &self,
        pool: &UserPoolId,
        change: impl Fn(BTreeMap<String, String>) -> BTreeMap<String, String> + Send + Sync,
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let before = self.pool(pool).await?;
            let tags = change(before.settings.tags.clone());
            tags::check(&tags)?;
            let mut after: UserPool = before.record.clone();
            after.settings.tags = tags;
            match self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await {
                Err(error) if error.kind() == StorageErrorKind::Conflict => {}
                outcome => return Ok(outcome?),
            }
        }
        Err(Error::Concurrent)
    }
}
