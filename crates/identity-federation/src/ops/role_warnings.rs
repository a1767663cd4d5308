//! Rules and tags that trust what users write (line 104).

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::model::ids::IdentityPoolId;
use crate::model::pool::{IdentityPool, IdentityPoolSettings};
use crate::model::role_mapping::MappingType;
use crate::model::role_warning::{RoleWarning, TagWarning, Written};
use crate::service::IdentityPools;

impl IdentityPools {
    /// The pool's rules that give a role for a claim which users write themselves, as its providers stand now.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn role_warnings(&self, pool: &IdentityPoolId) -> Result<Vec<RoleWarning>, Error> {
        Ok(self.warnings_about(&self.pool(pool).await?.record).await)
    }

    /// The pool's session tags that are made of claims which users write themselves.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn tag_warnings(&self, pool: &IdentityPoolId) -> Result<Vec<TagWarning>, Error> {
        Ok(self.warnings_about_tags(&self.pool(pool).await?.record).await)
    }

    pub(crate) async fn warnings_about_tags(&self, pool: &IdentityPool) -> Vec<TagWarning> {
        let mut warnings = Vec::new();
        for (provider, map) in &pool.principal_tags {
            let tags = map.tags();
            let written = self.written(provider, tags.values().cloned().collect()).await;
            warnings.extend(tags.into_iter().filter_map(|(tag, claim)| {
                Some(TagWarning { provider: provider.clone(), written: *written.get(&claim)?, tag, claim })
            }));
        }
        warnings
    }

    pub(crate) async fn warnings_about(&self, pool: &IdentityPool) -> Vec<RoleWarning> {
        let mut warnings = Vec::new();
        for (mapping, rules) in &pool.roles.mappings {
            let MappingType::Rules(rules) = &rules.mapping_type else { continue };
            let claims: BTreeSet<String> = rules.iter().map(|rule| rule.claim.clone()).collect();
            let written = self.written(provider_of(&pool.settings, mapping), claims).await;
            warnings.extend(rules.iter().enumerate().filter_map(|(at, rule)| {
                Some(RoleWarning {
                    mapping: mapping.clone(),
                    number: at + 1,
                    claim: rule.claim.clone(),
                    role_arn: rule.role_arn.clone(),
                    written: *written.get(&rule.claim)?,
                })
            }));
        }
        warnings
    }

    /// Those of a provider's claims that users write, and how sure that is.
    async fn written(&self, provider: &str, claims: BTreeSet<String>) -> BTreeMap<String, Written> {
        let known = self.claim_writers.written_by_users(provider, &claims).await;
        let written = |claim: &str| match &known {
            Some(written) => written.contains(claim).then_some(Written::Certainly),
            None => Written::by_name(claim),
        };
        claims
            .into_iter()
            .filter_map(|claim| Some((written(&claim)?, claim)))
            .map(|(sure, claim)| (claim, sure))
            .collect()
    }
}

/// The provider of a mapping: a user pool's key has the client behind it.
fn provider_of<'a>(settings: &IdentityPoolSettings, mapping: &'a str) -> &'a str {
    let with_client = mapping.rsplit_once(':').filter(|(provider, client)| {
        settings.user_pools.iter().any(|entry| entry.provider_name == *provider && entry.client_id == *client)
    });
    with_client.map_or(mapping, |(provider, _)| provider)
}
