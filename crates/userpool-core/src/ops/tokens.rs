//! Tokens: issued in one place, refreshed, revoked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::error::StorageErrorKind;
use identity_kernel::secret::SecretString;
use jwt_tokens::{AccessClaims, IdClaims};
use ring::digest;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::group::GroupClaims;
use crate::model::ids::ClientId;
use crate::model::pool::UserPool;
use crate::model::session::{Presented, Session};
use crate::model::user::User;
use crate::ops::sign_in::admit;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::Write;

/// The scope of tokens that were issued by this API and not by the OAuth endpoints.
pub const SELF_SERVICE_SCOPE: &str = "aws.cognito.signin.user.admin";

/// What a sign-in ends in.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Says what the bearer may call: a JWT.
    pub access_token: SecretString,
    /// Says who signed in: a JWT.
    pub id_token: SecretString,
    /// Gets new tokens without a new sign-in; `None` where the one in use goes on.
    pub refresh_token: Option<SecretString>,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

/// Refreshes, with rotation where the client asks for it.
#[derive(Clone, Debug)]
pub struct RefreshTokens {
    /// Through which client.
    pub client: ClientId,
    /// The client's secret, if it has one.
    pub client_secret: Option<SecretString>,
    /// The token.
    pub token: SecretString,
}

/// Revokes what was issued from one sign-in.
#[derive(Clone, Debug)]
pub struct RevokeToken {
    /// Through which client.
    pub client: ClientId,
    /// The client's secret, if it has one.
    pub client_secret: Option<SecretString>,
    /// The refresh token.
    pub token: SecretString,
}

/// A refresh token taken apart: the session it names and the hash of the whole.
struct RefreshParts {
    session: String,
    hash: Vec<u8>,
}

const TOKEN_BYTES: usize = 48;

impl UserPools {
    /// Begins a session and issues its first tokens, together with `writes`.
    pub(crate) async fn start_session(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
        mut writes: Vec<Write>,
    ) -> Result<Tokens, Error> {
        admit(user)?;
        let now = self.now();
        let id = self.uuid();
        let (refresh_token, refresh_hash) = self.new_refresh_token(&id);
        let session = Session {
            pool: pool.id.clone(),
            id,
            sub: user.sub.clone(),
            client: client.id.clone(),
            epoch: user.epoch,
            mark: pool.mark(),
            auth_time: now,
            event_id: self.uuid(),
            expires_at: now.plus_seconds(client.settings.refresh_token.seconds()),
            refresh_hash,
            replaced: None,
            revoked_at: None,
        };
        let tokens = self.issue(pool, client, user, &session, Some(refresh_token)).await?;
        writes.push(Write::InsertSession(session));
        self.storage.commit(writes).await?;
        Ok(tokens)
    }

    /// New access and ID tokens for a refresh token; with rotation, a new refresh token too.
    ///
    /// Of many that refresh with one token at once, one gets the successor and the others are refused. Whoever comes with
    /// the old token after the grace period reveals that it is in two hands: the session is revoked.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] for a dead, revoked or unknown token; [`Error::RefreshTokenReuse`];
    /// [`Error::InvalidParameter`] if the client may not refresh.
    pub async fn get_tokens_from_refresh_token(&self, request: RefreshTokens) -> Result<Tokens, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.check_plain_secret(&client, request.client_secret.as_ref())?;
        // With rotation this is the one way to refresh, and Cognito wants the flow of the other way turned off.
        let rotates = client.settings.rotation.is_some();
        if !rotates && !client.allows(AllowedFlow::RefreshToken) {
            return Err(Invalid::FlowNotAllowed(AllowedFlow::RefreshToken).into());
        }
        self.refresh(&pool, &client, &request.token, |_| Ok(())).await
    }

    /// Ends the session of a refresh token: it refreshes no more, and its access tokens count no more at this API.
    /// A token that is unknown, or revoked already, is answered like a good one.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedOperation`] if the client does not revoke; [`Error::UnsupportedTokenType`] for anything that
    /// is no refresh token; [`Error::Unauthorized`] for another client's.
    pub async fn revoke_token(&self, request: RevokeToken) -> Result<(), Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.check_plain_secret(&client, request.client_secret.as_ref())?;
        if !client.settings.revocation {
            return Err(Error::UnsupportedOperation);
        }
        let parts = RefreshParts::read(&request.token).ok_or(Error::UnsupportedTokenType)?;
        let Some(before) = self.storage.session(&pool.id, &parts.session).await? else { return Ok(()) };
        if before.judge(&parts.hash, 0, self.now()) == Presented::Foreign {
            return Ok(());
        }
        if before.client != client.id {
            return Err(Error::Unauthorized);
        }
        let after = Session { revoked_at: Some(self.now()), ..before.record };
        Ok(self.storage.commit(vec![Write::UpdateSession(before.version, after)]).await?)
    }

    /// Refreshes; `check` holds the call to what the client knows, once the user is known.
    pub(crate) async fn refresh(
        &self,
        pool: &UserPool,
        client: &AppClient,
        token: &SecretString,
        check: impl FnOnce(&User) -> Result<(), Error> + Send,
    ) -> Result<Tokens, Error> {
        let invalid = || Error::from(Refusal::RefreshTokenInvalid);
        let parts = RefreshParts::read(token).ok_or_else(invalid)?;
        let session = self.storage.session(&pool.id, &parts.session).await?.ok_or_else(invalid)?;
        if session.client != client.id {
            return Err(invalid());
        }
        let now = self.now();
        let grace = client.settings.rotation.map_or(0, |rotation| rotation.grace_seconds);
        let presented = session.judge(&parts.hash, grace, now);
        if presented == Presented::Foreign {
            return Err(invalid());
        }
        let user = self.storage.user(&pool.id, &session.sub).await?.ok_or_else(invalid)?;
        check(&user)?;
        if presented == Presented::Reused {
            let after = Session { revoked_at: Some(now), ..session.record };
            self.storage.commit(vec![Write::UpdateSession(session.version, after)]).await?;
            return Err(Error::RefreshTokenReuse);
        }
        if !session.is_alive(pool, &user) {
            return Err(Refusal::RefreshTokenRevoked.into());
        }
        if now >= session.expires_at {
            return Err(Refusal::RefreshTokenExpired.into());
        }
        admit(&user)?;
        if client.settings.rotation.is_none() {
            return self.issue(pool, client, &user, &session, None).await;
        }
        let (fresh, hash) = self.new_refresh_token(&session.id);
        let replaced = match presented {
            Presented::Current => Some((session.refresh_hash.clone(), now)),
            // Within the grace the one before stays what it was: its end is not put off.
            _ => session.replaced.clone(),
        };
        let after = Session { refresh_hash: hash, replaced, ..session.record.clone() };
        let tokens = self.issue(pool, client, &user, &after, Some(fresh)).await?;
        self.storage.commit(vec![Write::UpdateSession(session.version, after)]).await.map_err(|error| {
            match error.kind() {
                StorageErrorKind::Conflict => Error::RefreshTokenReuse,
                _ => error.into(),
            }
        })?;
        Ok(tokens)
    }

    fn new_refresh_token(&self, session: &str) -> (SecretString, Vec<u8>) {
        let id = u128::from_str_radix(&session.replace('-', ""), 16).unwrap_or(0);
        let secret: [u8; 32] = self.random();
        let text = URL_SAFE_NO_PAD.encode([&id.to_be_bytes()[..], &secret].concat());
        let hash = hash(&text);
        (SecretString::from(text), hash)
    }

    /// The one place where tokens are made.
    async fn issue(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
        session: &Session,
        refresh_token: Option<SecretString>,
    ) -> Result<Tokens, Error> {
        let keys = self.pool_keys(&pool.id).await?;
        let groups = GroupClaims::of(self.groups_of(user).await?);
        let iss = self.issuer(&pool.id);
        let iat = self.now().epoch_seconds();
        let auth_time = session.auth_time.epoch_seconds();
        let settings = &client.settings;
        let access = AccessClaims {
            sub: user.sub.to_string(),
            iss: iss.clone(),
            client_id: client.id.to_string(),
            token_use: "access".to_owned(),
            scope: SELF_SERVICE_SCOPE.to_owned(),
            auth_time,
            iat,
            exp: iat + settings.access_token.seconds(),
            jti: self.uuid(),
            origin_jti: Some(session.id.clone()),
            event_id: Some(session.event_id.clone()),
            username: Some(user.username.to_string()),
            groups: groups.names.clone(),
        };
        let id = IdClaims {
            sub: user.sub.to_string(),
            iss,
            aud: client.id.to_string(),
            token_use: "id".to_owned(),
            auth_time,
            iat,
            exp: iat + settings.id_token.seconds(),
            jti: Some(self.uuid()),
            origin_jti: Some(session.id.clone()),
            event_id: Some(session.event_id.clone()),
            username: user.username.to_string(),
            groups: groups.names,
            roles: groups.roles,
            preferred_role: groups.preferred_role,
            attributes: attribute_claims(client, user),
        };
        let unsigned = |error| Error::internal("signing a token", error);
        Ok(Tokens {
            access_token: keys.signing().sign(&access).map_err(unsigned)?.into(),
            id_token: keys.signing().sign(&id).map_err(unsigned)?.into(),
            refresh_token,
            expires_in: settings.access_token.seconds(),
        })
    }
}

impl RefreshParts {
    fn read(token: &SecretString) -> Option<Self> {
        let text = token.expose();
        if text.len() > 2 * TOKEN_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == TOKEN_BYTES)?;
        let id = u128::from_be_bytes(*bytes.first_chunk::<16>()?);
        let hex = format!("{id:032x}");
        let parts = [hex.get(..8)?, hex.get(8..12)?, hex.get(12..16)?, hex.get(16..20)?, hex.get(20..)?];
        Some(Self { session: parts.join("-"), hash: hash(text) })
    }
}

/// Refresh tokens hold 256 random bits: a plain hash says nothing about them.
fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// The attributes that the client may read, as claims: verified flags as booleans, `updated_at` as a number, `address`
/// as an object (OpenID Connect Core §5.1), everything else as text.
fn attribute_claims(client: &AppClient, user: &User) -> Map<String, Value> {
    let readable = user.attributes.iter().filter(|(name, _)| *name != "sub" && client.reads(name));
    readable
        .map(|(name, value)| {
            let claim = match name.as_str() {
                "email_verified" | "phone_number_verified" => json!(value == "true"),
                "updated_at" => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
                "address" => json!({"formatted": value}),
                _ => json!(value),
            };
            (name.clone(), claim)
        })
        .collect()
}
