//! The tags of pools: an operator's labels, which policies may ask for.

use std::collections::BTreeMap;

use credential_vending::tag_rules;

use crate::error::Error;
use crate::model::ids::IdentityPoolId;
use crate::model::pool::IdentityPool;
use crate::ops::linking::TRIES;
use crate::ports::Action;
use crate::reasons::Invalid;
use crate::service::IdentityPools;
use crate::storage::PoolWrite;

impl IdentityPools {
    /// Gives a pool these tags, in the place of those of the same keys.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if a tag is malformed or the pool had more than 50 then;
    /// [`Error::Concurrent`] if the pool is changed again and again meanwhile.
    pub async fn tag_identity_pool(
        &self,
        pool: &IdentityPoolId,
        given: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let change = |pool: &mut IdentityPool| {
            pool.settings.tags.extend(given.clone());
            check_tags(&pool.settings.tags)
        };
        self.recorded(Action::TagPool, pool, async { self.change_pool(pool, change).await.map(|_| ()) }).await
    }

    /// Takes the tags of these keys away from a pool; a key that it does not have changes nothing.
    ///
    /// # Errors
    ///
    /// As [`tag_identity_pool`](Self::tag_identity_pool).
    pub async fn untag_identity_pool(&self, pool: &IdentityPoolId, keys: &[String]) -> Result<(), Error> {
        let change = |pool: &mut IdentityPool| {
            if let Some(key) = keys.iter().find(|key| !tag_rules::is_key(key)) {
                return Err(Invalid::Tag(key.clone()));
            }
            pool.settings.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        };
        self.recorded(Action::UntagPool, pool, async { self.change_pool(pool, change).await.map(|_| ()) }).await
    }

    /// The tags of a pool.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_tags_for_identity_pool(&self, pool: &IdentityPoolId) -> Result<BTreeMap<String, String>, Error> {
        Ok(self.pool(pool).await?.record.settings.tags)
    }

    /// Changes a pool as it stands, whoever else changes it meanwhile.
    pub(crate) async fn change_pool(
        &self,
        pool: &IdentityPoolId,
        change: impl Fn(&mut IdentityPool) -> Result<(), Invalid> + Send + Sync,
    ) -> Result<IdentityPool, Error> {
        for _ in 0..TRIES {
            let before = self.pool(pool).await?;
            let mut after = before.record.clone();
            change(&mut after)?;
            let update = PoolWrite::Update { before, after: after.clone() };
            match self.storage.commit(vec![update.into()]).await.map_err(Error::from) {
                Err(Error::Concurrent) => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(after),
            }
        }
        Err(Error::Concurrent)
    }
}

/// Takes the tags that a pool may have.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Invalid> {
    if let Some((key, _)) = tags.iter().find(|(key, value)| !tag_rules::is_key(key) || !tag_rules::is_value(value)) {
        return Err(Invalid::Tag(key.clone()));
    }
    if tags.len() > tag_rules::MOST_TAGS { Err(Invalid::Tags) } else { Ok(()) }
}
