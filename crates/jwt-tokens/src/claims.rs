//! The claims of the three tokens that Cenote makes, as Amazon's have them too: what theirs may lack is optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An ID token of a user pool: who signed in. Audience: the app client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdClaims {
    /// The user's permanent id.
    pub sub: String,
    /// The pool's issuer URL.
    pub iss: String,
    /// The app client's id.
    pub aud: String,
    /// Always `id`.
    pub token_use: String,
    /// When the user proved who they are, in seconds since 1970. Refreshing does not move it.
    pub auth_time: i64,
    /// When the token was made.
    pub iat: i64,
    /// From when on the token is dead.
    pub exp: i64,
    /// Unique to this token. Amazon's ID tokens have it where tokens can be revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The same in all tokens that descend from one sign-in. Amazon's have it where tokens can be revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_jti: Option<String>,
    /// The sign-in's event. Absent from Amazon's after a sign-in with another provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The user's name in the pool.
    #[serde(rename = "cognito:username")]
    pub username: String,
    /// Names of the user's groups, best precedence first.
    #[serde(rename = "cognito:groups", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The roles of those groups.
    #[serde(rename = "cognito:roles", default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The role of the group with the best precedence, unless groups of the same precedence name different ones.
    #[serde(rename = "cognito:preferred_role", default, skip_serializing_if = "Option::is_none")]
    pub preferred_role: Option<String>,
    /// The attributes the client may read: `email_verified` and `phone_number_verified` as booleans, the rest as text.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
}

/// An access token of a user pool: what the bearer may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The user's permanent id; of a machine, the app client's id.
    pub sub: String,
    /// The pool's issuer URL.
    pub iss: String,
    /// The app client's id.
    pub client_id: String,
    /// Always `access`.
    pub token_use: String,
    /// Scopes, parted by spaces; may be empty.
    #[serde(default)]
    pub scope: String,
    /// When the user proved who they are, in seconds since 1970.
    pub auth_time: i64,
    /// When the token was made.
    pub iat: i64,
    /// From when on the token is dead.
    pub exp: i64,
    /// Unique to this token.
    pub jti: String,
    /// The same in all tokens that descend from one sign-in. `None` for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_jti: Option<String>,
    /// The sign-in's event. `None` for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The user's name in the pool. `None` for machines (client credentials).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Names of the user's groups, best precedence first.
    #[serde(rename = "cognito:groups", default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The device that the user signed in from, if it is known. `None` for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<String>,
    /// Whatever else it says: claims that a hook has added.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl IdClaims {
    /// What each of them has.
    pub(crate) const REQUIRED: &[&str] =
        &["sub", "iss", "aud", "token_use", "auth_time", "iat", "exp", "cognito:username"];
}

impl AccessClaims {
    /// What each of them has.
    pub(crate) const REQUIRED: &[&str] = &["sub", "iss", "client_id", "token_use", "auth_time", "iat", "exp", "jti"];

    /// Whether the token carries this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|own| own == scope)
    }
}

/// An identity pool's OpenID token: which identity, and how it logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentityPoolClaims {
    /// The identity's id, `region:uuid`. Never the user's `sub`.
    pub sub: String,
    /// The identity pool's id.
    pub aud: String,
    /// `unauthenticated`, or `authenticated` with the provider's name and the login within it.
    pub amr: Vec<String>,
    /// The identity pool's issuer URL.
    pub iss: String,
    /// When the token was made.
    pub iat: i64,
    /// From when on the token is dead.
    pub exp: i64,
    /// The identity pool's ARN.
    #[serde(rename = "https://cognito-identity.amazonaws.com/identity-pool-arn")]
    pub pool_arn: String,
    /// The tags of the sessions that are vended for it.
    #[serde(rename = "https://aws.amazon.com/tags", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<SessionTags>,
}

/// Session tags as a token carries them.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct SessionTags {
    /// By key; of each there is one value.
    pub principal_tags: BTreeMap<String, Vec<String>>,
}

impl IdentityPoolClaims {
    /// What each of them has.
    pub(crate) const REQUIRED: &[&str] =
        &["sub", "aud", "amr", "iss", "iat", "exp", "https://cognito-identity.amazonaws.com/identity-pool-arn"];
}
