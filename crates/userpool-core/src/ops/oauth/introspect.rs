//! What a token comes to, for whoever asks with a client's secret (RFC 7662).

use identity_kernel::secret::SecretString;
use jwt_tokens::{AccessClaims, Verifier};
use serde_json::{Map, Value, json};

use super::client_auth::ClientProof;
use super::error::OAuthError;
use crate::error::Error;
use crate::model::authorization::OAuthCode;
use crate::model::client::AppClient;
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::model::session::Presented;
use crate::ops::refresh_token::RefreshToken;
use crate::service::UserPools;

impl UserPools {
    /// What a token of this pool says, if it counts; `None` for any other: why, nobody is told. Access tokens of the pool are
    /// told to each of its clients that has a secret, refresh tokens to their own.
    ///
    /// # Errors
    ///
    /// [`OAuthError`]: a client without secret asks, or another one.
    pub async fn introspect(
        &self,
        pool: &UserPoolId,
        client: &ClientProof,
        token: &SecretString,
    ) -> Result<Option<Map<String, Value>>, OAuthError> {
        let (pool, client) = self.calling_client(pool, client).await?;
        if !client.is_confidential() {
            return Err(OAuthError::new(OAuthCode::InvalidClient, "a client without secret is told nothing"));
        }
        if let Some(token) = RefreshToken::read(token) {
            return Ok(self.refresh_token_told(&pool, &client, &token).await?);
        }
        Ok(self.access_token_told(&pool, token).await?)
    }

    async fn access_token_told(
        &self,
        pool: &UserPool,
        token: &SecretString,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let keys = self.pool_keys(&pool.id).await?;
        let verifier = Verifier::new(self.issuer(&pool.id)).any_audience();
        let verified = verifier.verify(keys.key_set(), token.expose(), self.now());
        let Some(claims) = verified.ok().and_then(|verified| verified.into_access_token().ok()) else {
            return Ok(None);
        };
        // A client's own token is of no user; every other one counts as long as its user and session do.
        if claims.username.is_some() {
            match self.authenticate(token).await {
                Ok(_) => {}
                Err(error @ (Error::Storage(_) | Error::Internal(_))) => return Err(error),
                Err(_) => return Ok(None),
            }
        } else if !self.is_client(pool, &claims).await? {
            return Ok(None);
        }
        let mut told = Map::from_iter([
            ("active".to_owned(), json!(true)),
            ("token_type".to_owned(), json!("Bearer")),
            ("iss".to_owned(), json!(claims.iss)),
            ("sub".to_owned(), json!(claims.sub)),
            ("client_id".to_owned(), json!(claims.client_id)),
            ("scope".to_owned(), json!(claims.scope)),
            ("iat".to_owned(), json!(claims.iat)),
            ("exp".to_owned(), json!(claims.exp)),
            ("jti".to_owned(), json!(claims.jti)),
        ]);
        told.extend(claims.username.map(|name| ("username".to_owned(), json!(name))));
        told.extend(claims.more.get("aud").map(|audience| ("aud".to_owned(), audience.clone())));
        Ok(Some(told))
    }

    async fn is_client(&self, pool: &UserPool, claims: &AccessClaims) -> Result<bool, Error> {
        let Ok(id) = claims.client_id.parse() else { return Ok(false) };
        Ok(self.storage.clients().get(&pool.id, &id).await?.is_some())
    }

    async fn refresh_token_told(
        &self,
        pool: &UserPool,
        client: &AppClient,
        token: &RefreshToken,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let found = self.storage.sessions().get(&pool.id, &token.session_id()).await?;
        let own = found.filter(|session| session.client == client.id && token.is_of(&self.master_key, session));
        let Some(session) = own else { return Ok(None) };
        let Some(user) = self.storage.users().get(&pool.id, &session.sub).await? else { return Ok(None) };
        let grace = client.settings.rotation.map_or(0, |rotation| rotation.grace_seconds);
        let presented = session.judge(token.generation, grace, self.now());
        let counts = matches!(presented, Presented::Current | Presented::InGrace)
            && session.is_alive(pool, &user)
            && self.now() < session.expires_at;
        Ok(counts.then(|| {
            Map::from_iter([
                ("active".to_owned(), json!(true)),
                ("iss".to_owned(), json!(self.issuer(&pool.id))),
                ("sub".to_owned(), json!(session.sub.as_str())),
                ("client_id".to_owned(), json!(client.id.as_str())),
                ("scope".to_owned(), json!(session.grant.scopes.join(" "))),
                ("exp".to_owned(), json!(session.expires_at.epoch_seconds())),
            ])
        }))
    }
}
