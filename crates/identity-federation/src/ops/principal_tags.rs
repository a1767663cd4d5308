//! Which claims of logins become session tags.

use std::collections::BTreeMap;

use credential_vending::tag_rules;

use crate::error::Error;
use crate::model::ids::IdentityPoolId;
use crate::model::pool::{IdentityPool, host_of};
use crate::model::principal_tags::{PrincipalTagMap, value_of};
use crate::model::role_warning::Warning;
use crate::ops::logins::Verified;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::{Invalid, Refusal};
use crate::service::IdentityPools;

/// The longest name of a claim, in characters.
const LONGEST_CLAIM: usize = 256;

impl IdentityPools {
    /// Says which claims of a provider's logins become session tags, in the place of what was said before. The roles of such
    /// callers must trust the pool to tag sessions (`sts:TagSession`) from then on.
    ///
    /// Neither the usual tags nor any of its own: none of its claims does.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if the pool has no such provider, it is the developer's (whose calls bring
    /// tags themselves), or the tags are not such as sessions have.
    pub async fn set_principal_tag_attribute_map(
        &self,
        pool: &IdentityPoolId,
        provider: &str,
        tags: PrincipalTagMap,
    ) -> Result<PrincipalTagMap, Error> {
        let change = |pool: &mut IdentityPool| {
            let name = self.tagged_provider(pool, provider)?;
            let tags = sound(&tags)?;
            pool.principal_tags.remove(&name);
            if tags != PrincipalTagMap::default() {
                pool.principal_tags.insert(name, tags);
            }
            Ok(())
        };
        let mut details = Details { pool: Some(pool.clone()), ..Details::default() };
        let changed = self.change_pool(pool, change).await;
        if let Ok(pool) = &changed {
            details.warnings = self.warnings_about_tags(pool).await.into_iter().map(Warning::Tag).collect();
        }
        self.record(Action::SetPrincipalTags, details, Outcome::of(&changed)).await;
        let pool = changed?;
        Ok(pool.principal_tags.get(&self.tagged_provider(&pool, provider)?).cloned().unwrap_or_default())
    }

    /// Which claims of a provider's logins become session tags; none if nothing was said.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if the pool has no such provider.
    pub async fn get_principal_tag_attribute_map(
        &self,
        pool: &IdentityPoolId,
        provider: &str,
    ) -> Result<PrincipalTagMap, Error> {
        let pool = self.pool(pool).await?.record;
        let name = self.tagged_provider(&pool, provider)?;
        Ok(pool.principal_tags.get(&name).cloned().unwrap_or_default())
    }

    /// The name that logins of this provider have: it may be named by its ARN, or an own user pool by its other name.
    fn tagged_provider(&self, pool: &IdentityPool, name: &str) -> Result<String, Invalid> {
        let settings = &pool.settings;
        let configured = self.configured_name(pool, name);
        let known = settings.user_pools.iter().any(|entry| entry.provider_name == configured)
            || settings.public_providers.contains_key(configured)
            || settings.saml_provider_arns.iter().any(|arn| arn == name);
        if known {
            return Ok(configured.to_owned());
        }
        let arn = settings.oidc_provider_arns.iter().find(|arn| *arn == name || host_of(arn) == Some(name));
        let host = arn.and_then(|arn| host_of(arn)).map(str::to_owned);
        host.ok_or_else(|| Invalid::UnknownTagProvider(name.to_owned()))
    }
}

/// Holds what is said to what sessions may have.
fn sound(tags: &PrincipalTagMap) -> Result<PrincipalTagMap, Invalid> {
    if tags.use_defaults {
        let is_usual = tags.claims.is_empty() || tags.claims == PrincipalTagMap::usual();
        let usual = PrincipalTagMap { use_defaults: true, claims: BTreeMap::new() };
        return if is_usual { Ok(usual) } else { Err(Invalid::TagsBesideDefaults) };
    }
    let keys: BTreeMap<String, String> = tags.claims.keys().map(|key| (key.clone(), String::new())).collect();
    if let Some(key) = keys.keys().find(|key| !tag_rules::is_key(key)) {
        return Err(Invalid::Tag(key.clone()));
    }
    tag_rules::check_session_tags(&keys).map_err(|_| Invalid::Tags)?;
    let bent = tags.claims.iter().find(|(_, claim)| !(1..=LONGEST_CLAIM).contains(&claim.chars().count()));
    bent.map_or_else(|| Ok(tags.clone()), |(key, _)| Err(Invalid::Tag(key.clone())))
}

/// The session tags that these logins give.
///
/// # Errors
///
/// [`Refusal::TagValue`] for a claim that cannot be a tag's value: without the tag a policy that denies by it would be
/// mistaken. [`Refusal::TagsDiffer`] if logins of two providers give one tag two values.
pub(crate) fn session_tags(pool: &IdentityPool, logins: &[Verified]) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for login in logins {
        let Some(map) = pool.principal_tags.get(&login.assertion.provider) else { continue };
        let mut given = BTreeMap::new();
        for (key, claim) in map.tags() {
            let Some(value) = value_of(&login.assertion, &claim) else { continue };
            if !tag_rules::is_value(&value) {
                return Err(Refusal::TagValue(key).into());
            }
            given.insert(key, value);
        }
        add_tags(&mut tags, given)?;
    }
    Ok(tags)
}

/// Adds tags to tags. A key stands for one value, whatever its case.
pub(crate) fn add_tags(tags: &mut BTreeMap<String, String>, more: BTreeMap<String, String>) -> Result<(), Error> {
    for (key, value) in more {
        let other = tags.iter().find(|(own, _)| own.to_lowercase() == key.to_lowercase());
        match other {
            Some((own, held)) if *own != key || *held != value => return Err(Refusal::TagsDiffer(key).into()),
            _ => tags.insert(key, value),
        };
    }
    Ok(())
}
