//! What users do with their own access token.

use document_store::Versioned;
use identity_kernel::secret::SecretString;
use jwt_tokens::{AccessClaims, TokenError, Verifier};

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::client::AppClient;
use crate::model::delivery::Delivery;
use crate::model::gate::bar_of_user;
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::case::Case;
use crate::ops::outcome::SELF_SERVICE_SCOPE;
use crate::ports::Action;
use crate::reasons::Refusal;
use crate::service::UserPools;

/// Somebody who holds a good access token.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The token's claims.
    pub claims: AccessClaims,
    /// The user as they are now.
    pub user: Versioned<User>,
    /// The pool.
    pub pool: UserPool,
    /// The client through which they signed in.
    pub client: AppClient,
}

/// How the caller of a self-service operation shows who they are: by an access token, or, where that was looked at in the
/// same request already, by what [`authenticate`](UserPools::authenticate) gave.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// An access token, to be looked at now.
    Token(&'a SecretString),
    /// Somebody who was authenticated in this request.
    Authenticated(&'a Authenticated),
}

impl<'a> From<&'a SecretString> for Proof<'a> {
    fn from(token: &'a SecretString) -> Self {
        Self::Token(token)
    }
}

impl<'a> From<&'a Authenticated> for Proof<'a> {
    fn from(caller: &'a Authenticated) -> Self {
        Self::Authenticated(caller)
    }
}

impl UserPools {
    /// Who holds this access token, if it still counts: signed by the pool, alive, not revoked, its client still there,
    /// its user enabled and not signed out everywhere since.
    ///
    /// This is the check with the directory at hand. Offline, with the key set alone, [`jwt_tokens::Verifier`] tells the
    /// same but for what happened since the token was issued.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] with a reason: invalid, expired, signed by others, revoked, or the user disabled;
    /// [`Error::NotFound`] if the user is gone.
    pub async fn authenticate(&self, access_token: &SecretString) -> Result<Authenticated, Error> {
        let invalid = || Error::from(Refusal::AccessTokenInvalid);
        let token = access_token.expose();
        let issuer = Verifier::unverified_claim(token, "iss").map_err(|_| invalid())?;
        let pool = self.pool_of_issuer(&issuer).ok_or_else(invalid)?;
        let pool = self.find_pool(&pool).await?.ok_or_else(invalid)?.record;
        let keys = self.pool_keys(&pool.id).await?;
        let verified = Verifier::new(issuer).any_audience().verify(keys.key_set(), token, self.now()).map_err(
            |error| match error {
                TokenError::Expired { .. } => Refusal::AccessTokenExpired.into(),
                TokenError::Signature => Refusal::AccessTokenSignature.into(),
                _ => invalid(),
            },
        )?;
        let claims = verified.into_access_token().map_err(|_| invalid())?;
        let user = self.live_user(&pool, &claims).await?;
        let client = claims.client_id.parse().map_err(|_| invalid())?;
        let client = self.storage.clients().get(&pool.id, &client).await?.ok_or_else(invalid)?.record;
        Ok(Authenticated { claims, user, pool, client })
    }

    /// The user of a token, if the session it came from still counts.
    async fn live_user(&self, pool: &UserPool, claims: &AccessClaims) -> Result<Versioned<User>, Error> {
        let sub = claims.sub.parse().map_err(|_| Refusal::AccessTokenInvalid)?;
        let user = self.storage.users().get(&pool.id, &sub).await?.ok_or_else(Error::no_user)?;
        let session = claims.origin_jti.as_deref().ok_or(Refusal::AccessTokenInvalid)?;
        let session = self.storage.sessions().get(&pool.id, session).await?;
        if let Some(bar) = bar_of_user(&user) {
            return Err(bar.into());
        }
        match session {
            Some(session) if session.is_alive(pool, &user) => Ok(user),
            _ => Err(Refusal::AccessTokenRevoked.into()),
        }
    }

    /// Whether a sign-in still counts: for others who hold its ID token, such as an identity pool that asks.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone; a pool, user or session that is gone is simply over.
    pub async fn session_counts(&self, pool: &UserPoolId, origin_jti: &str) -> Result<bool, Error> {
        let Some(session) = self.storage.sessions().get(pool, origin_jti).await? else { return Ok(false) };
        let user = self.storage.users().get(pool, &session.sub).await?;
        let pool = self.find_pool(pool).await?;
        let (Some(user), Some(pool)) = (user, pool) else { return Ok(false) };
        Ok(bar_of_user(&user).is_none() && session.is_alive(&pool, &user))
    }

    /// Who I am: the attributes that my client may read.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`].
    pub async fn get_user<'a>(&self, caller: impl Into<Proof<'a>>) -> Result<User, Error> {
        let me = self.self_service(caller.into()).await?;
        let mut user = me.user.record;
        user.attributes.retain(|name, _| me.client.reads(name));
        user.logins.retain(|_| me.client.reads("identities"));
        Ok(user)
    }

    /// Writes my attributes, as far as my client may. An empty value removes one. Says where codes went: to each new
    /// address that the pool proves. Where the pool keeps addresses until then, the old one stays mine so long.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] also for an attribute the client may not write; [`Error::InvalidParameter`];
    /// [`Error::AliasExists`].
    pub async fn update_user_attributes<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        given: Attributes,
    ) -> Result<Vec<Delivery>, Error> {
        let me = self.self_service(caller.into()).await?;
        self.write_own_attributes(me, given).await
    }

    /// Signs me out everywhere: no refresh token and no access token of mine counts any more at this API.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`].
    pub async fn global_sign_out<'a>(&self, caller: impl Into<Proof<'a>>) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        let mut case = Case::new(Action::SignOutEverywhere, &me.client.id);
        case.pool = Some(me.pool.id.clone());
        case.user = Some(me.user.sub.clone());
        let outcome = self.sign_out(me).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn sign_out(&self, me: Authenticated) -> Result<(), Error> {
        self.commit_change(me.user, |user| user.epoch += 1).await
    }

    /// Removes my account.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`].
    pub async fn delete_user<'a>(&self, caller: impl Into<Proof<'a>>) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        let mut case = Case::new(Action::DeleteUser, &me.client.id);
        (case.pool, case.user) = (Some(me.pool.id.clone()), Some(me.user.sub.clone()));
        let outcome = self.remove_user(me.user).await.map_err(Error::from);
        self.record(case, &outcome).await;
        outcome
    }

    /// Who holds this token, if it is good for managing the own account.
    pub(crate) async fn self_service<'a>(&self, proof: impl Into<Proof<'a>>) -> Result<Authenticated, Error> {
        let me = match proof.into() {
            Proof::Token(token) => self.authenticate(token).await?,
            Proof::Authenticated(caller) => caller.clone(),
        };
        if me.claims.has_scope(SELF_SERVICE_SCOPE) { Ok(me) } else { Err(Refusal::MissingScope.into()) }
    }
}
