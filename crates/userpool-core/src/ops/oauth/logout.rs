//! Where a browser goes after signing out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::time::Timestamp;
use jwt_tokens::Verifier;
use serde_json::Value;

use super::error::OAuthError;
use crate::error::Error;
use crate::model::authorization::OAuthCode;
use crate::model::ids::{ClientId, UserPoolId};
use crate::service::UserPools;

/// What somebody who signs out asks for: Cognito's parameters, or those of OpenID Connect RP-Initiated Logout 1.0.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is the parameter of its name")]
pub struct AfterSignOut {
    pub client_id: Option<String>,
    pub logout_uri: Option<String>,
    pub id_token_hint: Option<String>,
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
}

const NO: OAuthError = OAuthError::new(OAuthCode::InvalidRequest, "this is no place to go after signing out");

impl UserPools {
    /// Where the browser goes after signing out: exactly one of its client's logout URIs. The client is the one that is named,
    /// or the one that the ID token is for, which may have expired; where both are there, they are the same. `None` if no
    /// place is asked for.
    ///
    /// # Errors
    ///
    /// [`OAuthError`]: the browser is sent nowhere.
    pub async fn after_sign_out(&self, pool: &UserPoolId, asked: &AfterSignOut) -> Result<Option<String>, OAuthError> {
        let hinted = match &asked.id_token_hint {
            Some(token) => Some(self.client_of_hint(pool, token).await?),
            None => None,
        };
        let named = asked.client_id.as_ref().map(|id| id.parse::<ClientId>().map_err(|_| NO)).transpose()?;
        let client = match (named, hinted) {
            (Some(named), Some(hinted)) if named != hinted => return Err(NO),
            (named, hinted) => named.or(hinted),
        };
        let Some(uri) = asked.logout_uri.as_ref().or(asked.post_logout_redirect_uri.as_ref()) else { return Ok(None) };
        let client = self.storage.clients().get(pool, &client.ok_or(NO)?).await?.ok_or(NO)?;
        let uri = client.settings.oauth.logout_uri(uri).ok_or(NO)?;
        let state = asked.state.as_deref().filter(|state| !state.is_empty() && asked.logout_uri.is_none());
        Ok(Some(match state {
            Some(state) => super::authorize::with_state(uri, state),
            None => uri.to_string(),
        }))
    }

    /// The client that an ID token of this pool is for, however old it is.
    async fn client_of_hint(&self, pool: &UserPoolId, token: &str) -> Result<ClientId, OAuthError> {
        let keys = match self.verification_keys(pool).await {
            Err(Error::NotFound(_)) => return Err(NO),
            keys => keys?,
        };
        // Judged at the moment it was made at, for it says who signs out, and no more.
        let made = issued_at(token).ok_or(NO)?;
        let at = Timestamp::from_epoch_seconds(made);
        if at > self.now().plus_seconds(60) {
            return Err(NO);
        }
        let verified = Verifier::new(self.issuer(pool)).any_audience().verify(&keys, token, at).map_err(|_| NO)?;
        let claims = verified.into_id_token().map_err(|_| NO)?;
        claims.aud.parse().map_err(|_| NO)
    }
}

/// When a token says that it was made. It is verified as of then.
fn issued_at(token: &str) -> Option<i64> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&payload).ok()?.get("iat")?.as_i64()
}
