//! Identity pools: made, seen, changed, removed, and their roles.

use std::collections::BTreeMap;

use document_store::page::{Page, PageRequest};

use jwt_tokens::{Rotated, Rotation, SealedKey};

use crate::error::Error;
use crate::model::ids::IdentityPoolId;
use crate::model::pool::{IdentityPool, IdentityPoolSettings, PoolRoles};
use crate::model::role_mapping::MappingType;
use crate::model::role_warning::{RoleWarning, Warning};
use crate::ops::tags::check_tags;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::{Invalid, Kind};
use crate::service::IdentityPools;
use crate::storage::{KeyWrite, PoolWrite, Write};

/// The most rules of one mapping.
const MOST_RULES: usize = 25;

/// How many records of a deleted pool are removed by one commit.
const PURGED_AT_ONCE: usize = 500;

impl IdentityPools {
    /// Makes a pool. Without roles it vends nothing.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a region that is none, tags that are not allowed, or a developer provider with another
    /// provider's name; [`Error::TooManyRequests`] if too much computing waits already.
    pub async fn create_identity_pool(
        &self,
        region: Option<&str>,
        settings: IdentityPoolSettings,
    ) -> Result<IdentityPool, Error> {
        check_settings(&settings)?;
        let region = region.unwrap_or(&self.account_region().region);
        let id: IdentityPoolId = format!("{region}:{}", self.uuid()).parse().map_err(|_| Invalid::Region)?;
        let pool = IdentityPool {
            id,
            settings,
            roles: PoolRoles::default(),
            principal_tags: BTreeMap::new(),
            created_at: self.now(),
        };
        self.recorded(Action::CreatePool, &pool.id, async {
            let key = self.new_key(&pool.id).await?;
            let put = KeyWrite::Put { pool: pool.id.clone(), key };
            self.storage.commit(vec![PoolWrite::Insert { pool: pool.clone() }.into(), put.into()]).await?;
            Ok(())
        })
        .await?;
        Ok(pool)
    }

    /// The pool of this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_identity_pool(&self, pool: &IdentityPoolId) -> Result<IdentityPool, Error> {
        Ok(self.pool(pool).await?.record)
    }

    /// Pools by id; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_identity_pools(&self, page: PageRequest) -> Result<Page<IdentityPool>, Error> {
        let page = PageRequest { limit: page.limit.min(60), ..page };
        Ok(self.storage.pools().list(&page).await?.map(|pool| pool.record))
    }

    /// Replaces a pool's settings: what is not said falls back to its default, as Cognito does it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if the developer provider would change, and as for a new pool;
    /// [`Error::Concurrent`].
    pub async fn update_identity_pool(
        &self,
        pool: &IdentityPoolId,
        settings: IdentityPoolSettings,
    ) -> Result<IdentityPool, Error> {
        self.recorded(Action::UpdatePool, pool, self.replace_settings(pool, settings)).await
    }

    async fn replace_settings(
        &self,
        pool: &IdentityPoolId,
        settings: IdentityPoolSettings,
    ) -> Result<IdentityPool, Error> {
        check_settings(&settings)?;
        let before = self.pool(pool).await?;
        let set = &before.settings.developer_provider;
        if set.is_some() && *set != settings.developer_provider {
            return Err(Invalid::DeveloperProviderFixed.into());
        }
        let after = IdentityPool { settings, ..before.record.clone() };
        self.storage.commit(vec![PoolWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Gives a pool a new signing key. With [`Rotation::PLANNED`] every token that was made stays good until it expires,
    /// and every verifier has had time to fetch the new key before it signs; both steps are written into the keys, so
    /// nothing needs to run in between. With [`Rotation::AtOnce`] all tokens made so far are dead, on this node now and
    /// on others within a minute.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if keys of the pool's algorithm cannot be made;
    /// [`Error::Concurrent`] if the pool was changed meanwhile; [`Error::TooManyRequests`] if too much computing waits
    /// already.
    pub async fn rotate_signing_key(&self, pool: &IdentityPoolId, rotation: Rotation) -> Result<(), Error> {
        self.recorded(Action::RotateSigningKey, pool, self.replace_signing_key(pool, rotation)).await
    }

    async fn replace_signing_key(&self, pool: &IdentityPoolId, rotation: Rotation) -> Result<(), Error> {
        let before = self.pool(pool).await?;
        let keys = self.storage.pools().keys(pool).await?;
        let keys: Vec<_> = keys.into_iter().map(|key| key.record).collect();
        let new = self.new_key(pool).await?;
        let Rotated { keys, gone } = SealedKey::rotate(new, &keys, rotation, self.now());
        let remove = |kid| KeyWrite::Remove { pool: pool.clone(), kid }.into();
        let mut writes: Vec<Write> = gone.into_iter().map(remove).collect();
        writes.extend(keys.into_iter().map(|key| KeyWrite::Put { pool: pool.clone(), key }.into()));
        // The pool's version stands for its keys': of two rotations at once, one wins.
        let after = before.record.clone();
        writes.push(PoolWrite::Update { before, after }.into());
        self.storage.commit(writes).await?;
        self.forget_keys(pool);
        Ok(())
    }

    /// Removes a pool with everything in it. Called again after it was interrupted, it goes on where it stopped.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn delete_identity_pool(&self, pool: &IdentityPoolId) -> Result<(), Error> {
        self.recorded(Action::DeletePool, pool, self.remove_pool(pool)).await
    }

    async fn remove_pool(&self, pool: &IdentityPoolId) -> Result<(), Error> {
        let record = self.storage.pools().get(pool).await?;
        let known = record.is_some();
        if let Some(before) = record {
            self.storage.commit(vec![PoolWrite::Delete { before }.into()]).await?;
        }
        self.forget_keys(pool);
        let mut removed = 0;
        loop {
            match self.storage.purge(pool, PURGED_AT_ONCE).await? {
                0 if known || removed > 0 => return Ok(()),
                0 => return Err(Error::NotFound(Kind::Pool(pool.clone()))),
                some => removed += some,
            }
        }
    }

    /// Replaces a pool's roles and mappings.
    ///
    /// The roles need not have been created: one that has not been allows nothing. What comes back is worth reading: rules
    /// that give a role for a claim which users write themselves (requirement line 104).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for a mapping of a provider that the pool does not have,
    /// or more than 25 rules; [`Error::Concurrent`].
    pub async fn set_identity_pool_roles(
        &self,
        pool: &IdentityPoolId,
        roles: PoolRoles,
    ) -> Result<Vec<RoleWarning>, Error> {
        let set = self.replace_roles(pool, roles).await;
        let warnings = set.iter().flatten().cloned().map(Warning::Role).collect();
        let details = Details { pool: Some(pool.clone()), warnings, ..Details::default() };
        self.record(Action::SetPoolRoles, details, Outcome::of(&set)).await;
        set
    }

    async fn replace_roles(&self, pool: &IdentityPoolId, roles: PoolRoles) -> Result<Vec<RoleWarning>, Error> {
        let before = self.pool(pool).await?;
        for (key, mapping) in &roles.mappings {
            if !before.settings.knows_mapping_key(key) {
                return Err(Invalid::UnknownMappingProvider(key.clone()).into());
            }
            if let MappingType::Rules(rules) = &mapping.mapping_type
                && (rules.is_empty() || rules.len() > MOST_RULES)
            {
                return Err(Invalid::RuleCount(MOST_RULES).into());
            }
        }
        let after = IdentityPool { roles, ..before.record.clone() };
        let warnings = self.warnings_about(&after).await;
        self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?;
        Ok(warnings)
    }
}

/// Takes settings that a pool may have.
fn check_settings(settings: &IdentityPoolSettings) -> Result<(), Error> {
    if !settings.has_sound_developer_provider() {
        return Err(Invalid::DeveloperProviderName.into());
    }
    Ok(check_tags(&settings.tags)?)
}

impl IdentityPoolSettings {
    /// Whether a mapping may stand under this key.
    fn knows_mapping_key(&self, key: &str) -> bool {
        self.user_pools.iter().any(|provider| key == format!("{}:{}", provider.provider_name, provider.client_id))
            || self.public_providers.contains_key(key)
            || self.oidc_provider_arns.iter().any(|arn| arn == key)
            || self.saml_provider_arns.iter().any(|arn| arn == key)
    }
}
