//! An identity pool and its settings.

use std::collections::BTreeMap;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::IdentityPoolId;
use crate::model::principal_tags::PrincipalTagMap;
use crate::model::role_mapping::RoleMapping;

/// A user pool's client whose tokens the pool takes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct UserPoolProvider {
    /// The provider's name: the issuer without scheme.
    pub provider_name: String,
    /// The client.
    pub client_id: String,
    /// Whether to ask the user pool if the sign-in still counts. `None` was never said: hardened pools ask.
    pub server_side_check: Option<bool>,
}

/// What can be changed of a pool.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct IdentityPoolSettings {
    /// Its name, for people; not unique.
    pub name: String,
    /// Whether guests get identities.
    pub allow_guests: bool,
    /// Whether callers may take an OpenID token and choose a role themselves. `None` was never said.
    pub allow_classic: Option<bool>,
    /// Public providers by name, each with the application id whose tokens are taken.
    pub public_providers: BTreeMap<String, String>,
    /// The name under which the operator's own system logs users in. Once set, it stays.
    pub developer_provider: Option<String>,
    /// ARNs of registered OpenID Connect providers.
    pub oidc_provider_arns: Vec<String>,
    /// User pools' clients.
    pub user_pools: Vec<UserPoolProvider>,
    /// ARNs of SAML providers.
    pub saml_provider_arns: Vec<String>,
    /// The operator's labels.
    pub tags: BTreeMap<String, String>,
}

/// The roles of a pool.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct PoolRoles {
    /// For whoever has logged in and is mapped to no other.
    pub authenticated: Option<String>,
    /// For guests.
    pub unauthenticated: Option<String>,
    /// How logins of a provider are mapped to roles, by mapping key (see [`mapping_key`](crate::model::role_mapping)).
    pub mappings: BTreeMap<String, RoleMapping>,
}

/// An identity pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct IdentityPool {
    /// Its id.
    pub id: IdentityPoolId,
    /// What can be changed.
    pub settings: IdentityPoolSettings,
    /// Its roles.
    pub roles: PoolRoles,
    /// Which claims become session tags, by the provider's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub principal_tags: BTreeMap<String, PrincipalTagMap>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl IdentityPool {
    /// Every role that the pool names for callers who have logged in.
    pub fn names_for_logins(&self, role: &str) -> bool {
        self.roles.authenticated.as_deref() == Some(role)
            || self.roles.mappings.values().any(|mapping| mapping.names(role))
    }
}

/// The longest name of a developer provider, in characters.
const LONGEST_PROVIDER: usize = 128;

impl IdentityPoolSettings {
    /// Whether the developer provider's name is one, and no other provider's: a user of another provider would be taken for
    /// one of the developer's.
    pub(crate) fn has_sound_developer_provider(&self) -> bool {
        let Some(name) = &self.developer_provider else { return true };
        let word = |one: char| one.is_alphanumeric() || "._-".contains(one);
        let other = self.public_providers.contains_key(name)
            || self.user_pools.iter().any(|entry| entry.provider_name == *name)
            || self.oidc_provider_arns.iter().any(|arn| host_of(arn) == Some(name))
            || self.saml_provider_arns.contains(name)
            || name == "cognito-identity.amazonaws.com";
        (1..=LONGEST_PROVIDER).contains(&name.chars().count()) && name.chars().all(word) && !other
    }
}

/// The host and path of a registered OpenID Connect provider, which is how logins name it.
pub(crate) fn host_of(arn: &str) -> Option<&str> {
    arn.split_once(":oidc-provider/").map(|(_, host)| host)
}
