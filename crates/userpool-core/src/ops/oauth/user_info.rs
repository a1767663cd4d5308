//! What a bearer of an access token is told of its user (OpenID Connect Core §5.3).

use identity_kernel::secret::SecretString;
use serde_json::{Map, Value, json};

use super::error::OAuthError;
use crate::error::Error;
use crate::model::authorization::OAuthCode;
use crate::model::ids::UserPoolId;
use crate::ops::claims::is_told;
use crate::service::UserPools;

const DEAD: OAuthError = OAuthError::new(
    OAuthCode::InvalidToken,
    "Access token is expired, disabled, or deleted, or the user has globally signed out.",
);

impl UserPools {
    /// The attributes of a token's user that its scopes and its client tell. All are text, as with Cognito.
    ///
    /// # Errors
    ///
    /// [`OAuthError`]: a token of another pool, that does not count, or without `openid`.
    pub async fn user_info(&self, pool: &UserPoolId, token: &SecretString) -> Result<Map<String, Value>, OAuthError> {
        let caller = self.authenticate(token).await.map_err(|error| match error {
            Error::Storage(_) | Error::Internal(_) => OAuthError::Service(error),
            _ => DEAD,
        })?;
        if caller.pool.id != *pool {
            return Err(DEAD);
        }
        if !caller.claims.has_scope("openid") {
            return Err(OAuthError::new(OAuthCode::InsufficientScope, "the token has not the scope openid"));
        }
        let scopes: Vec<String> = caller.claims.scope.split(' ').map(str::to_owned).collect();
        let told = |name: &str| name != "sub" && caller.client.reads(name) && is_told(&scopes, name);
        let attributes = caller.user.attributes.iter().filter(|(name, _)| told(name));
        let mut claims: Map<String, Value> = attributes.map(|(name, value)| (name.clone(), json!(value))).collect();
        claims.insert("sub".to_owned(), json!(caller.user.sub.as_str()));
        claims.insert("username".to_owned(), json!(caller.user.username.as_str()));
        Ok(claims)
    }
}
