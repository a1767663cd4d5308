//! The token endpoint's other grants: refreshing, and a client's own tokens; and revocation.

use identity_kernel::secret::SecretString;
use jwt_tokens::Verifier;

use super::client_auth::ClientProof;
use super::error::OAuthError;
use crate::error::Error;
use crate::model::authorization::{OAuthCode, scopes};
use crate::model::authorization_code::Granted;
use crate::model::ids::UserPoolId;
use crate::model::oauth::OAuthFlow;
use crate::model::redirect::RedirectUri;
use crate::ops::case::Case;
use crate::ops::outcome::Tokens;
use crate::ops::tokens::RevokeToken;
use crate::ports::Action;
use crate::service::UserPools;

/// What the token endpoint answers.
#[derive(Clone, Debug)]
pub struct Granting {
    /// Says what the bearer may call: a JWT.
    pub access_token: SecretString,
    /// Says who signed in; where `openid` is granted.
    pub id_token: Option<SecretString>,
    /// Gets new tokens.
    pub refresh_token: Option<SecretString>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
    /// What the access token allows, parted by spaces.
    pub scope: String,
}

impl Granting {
    pub(super) fn of_user(tokens: Tokens, granted: &[String]) -> Self {
        let Tokens { access_token, id_token, refresh_token, expires_in, new_device: _ } = tokens;
        // What a hook has added or taken is said too.
        let scope = Verifier::unverified_claim(access_token.expose(), "scope").unwrap_or_default();
        let has_openid = granted.iter().any(|scope| scope == "openid");
        Self { access_token, id_token: has_openid.then_some(id_token), refresh_token, expires_in, scope }
    }
}

impl UserPools {
    /// New tokens for a refresh token, of all its scopes or of those that are named (RFC 6749 §6).
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn refresh_grant(
        &self,
        pool: &UserPoolId,
        client: &ClientProof,
        token: &SecretString,
        scope: Option<&str>,
    ) -> Result<Granting, OAuthError> {
        let (pool, client) = self.calling_client(pool, client).await?;
        let mut case = Case::new(Action::Refresh, &client.id);
        let narrowed: Option<Vec<String>> =
            scope.map(|scope| scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect());
        let narrowed = narrowed.filter(|scopes| !scopes.is_empty());
        let outcome = self.refresh(&mut case, (&pool, &client), token, narrowed.as_deref(), |_| Ok(())).await;
        self.record(case, &outcome).await;
        let tokens = outcome?;
        let scope: String = Verifier::unverified_claim(tokens.access_token.expose(), "scope").unwrap_or_default();
        let granted: Vec<String> = scope.split(' ').map(str::to_owned).collect();
        Ok(Granting::of_user(tokens, &granted))
    }

    /// An access token for the client itself (RFC 6749 §4.4), for scopes of resource servers.
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn client_credentials(
        &self,
        pool: &UserPoolId,
        client: &ClientProof,
        scope: Option<&str>,
        resource: Option<String>,
    ) -> Result<Granting, OAuthError> {
        let (pool, client) = self.calling_client(pool, client).await?;
        let settings = &client.settings.oauth;
        if !settings.allows(OAuthFlow::ClientCredentials) || !client.is_confidential() {
            return Err(OAuthError::new(OAuthCode::UnauthorizedClient, "the client gets no tokens of its own"));
        }
        if resource.as_ref().is_some_and(|resource| resource.parse::<RedirectUri>().is_err()) {
            return Err(OAuthError::new(OAuthCode::InvalidTarget, "resource is an absolute URI without fragment"));
        }
        let asked = scopes(scope.filter(|scope| !scope.is_empty()), settings)?;
        let there = self.scopes_that_are(&pool.id, asked).await?;
        if there.is_empty() {
            return Err(OAuthError::new(OAuthCode::InvalidScope, "none of the scopes is there"));
        }
        let granted = Granted { scopes: there, nonce: None, resource };
        let access_token = self.issue_to_client(&pool, &client, &granted).await?;
        let expires_in = client.settings.access_token.seconds();
        let scope = granted.scopes.join(" ");
        Ok(Granting { access_token, id_token: None, refresh_token: None, expires_in, scope })
    }

    /// Revokes a refresh token with its whole session (RFC 7009). One that is unknown is answered like a good one.
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn revoke_grant(
        &self,
        pool: &UserPoolId,
        client: &ClientProof,
        token: &SecretString,
    ) -> Result<(), OAuthError> {
        let (_, calling) = self.calling_client(pool, client).await?;
        let request = RevokeToken { client: calling.id, client_secret: client.secret.clone(), token: token.clone() };
        match self.revoke_token(request).await {
            // Whose token it is, a stranger is not told.
            Err(Error::Unauthorized) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}
