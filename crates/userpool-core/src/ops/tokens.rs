//! Tokens: refreshed and revoked. Issued they are at the gate alone.

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::gate::{Way, bar_of_client};
use crate::model::ids::ClientId;
use crate::model::pool::UserPool;
use crate::model::session::{Presented, Session};
use crate::model::user::User;
use crate::ops::case::Case;
use crate::ops::gate::Party;
use crate::ops::refresh_token::RefreshToken;
use crate::ports::Action;
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::SessionWrite;

pub use crate::ops::outcome::{SELF_SERVICE_SCOPE, Tokens};

/// Refreshes, with rotation where the client asks for it.
#[derive(Clone, Debug)]
pub struct RefreshTokens {
    /// The app client that signs in.
    pub client: ClientId,
    /// The client's secret, if it has one.
    pub client_secret: Option<SecretString>,
    /// The token.
    pub token: SecretString,
}

/// Revokes what was issued from one sign-in.
#[derive(Clone, Debug)]
pub struct RevokeToken {
    /// The app client that signs in.
    pub client: ClientId,
    /// The client's secret, if it has one.
    pub client_secret: Option<SecretString>,
    /// The refresh token.
    pub token: SecretString,
}

/// How often a write is tried again that others overtook.
const TRIES: usize = 16;

impl UserPools {
    /// New access and ID tokens for a refresh token; with rotation, a new refresh token too.
    ///
    /// Of many that refresh with one token at once, one brings the successor into force; within the client's grace period
    /// the others get the same successor. Whoever comes with any older token of the session after that reveals that it is in
    /// two hands: the session is revoked.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] for a dead, revoked or unknown token, and by the user's state;
    /// [`Error::RefreshTokenReuse`]; [`Error::InvalidParameter`] if the client may not refresh.
    pub async fn get_tokens_from_refresh_token(&self, request: RefreshTokens) -> Result<Tokens, Error> {
        let mut case = Case::new(Action::Refresh, &request.client);
        let outcome = self.get_tokens(&mut case, request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn get_tokens(&self, case: &mut Case, request: RefreshTokens) -> Result<Tokens, Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        self.check_plain_secret(&client, request.client_secret.as_ref())?;
        self.refresh(case, (&pool, &client), &request.token, None, |_| Ok(())).await
    }

    /// Ends the session of a refresh token: it refreshes no more, and its access tokens count no more at this API. An older
    /// token of the session ends it as well. A token that is unknown, or revoked already, is answered like a good one.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedOperation`] if the client does not revoke; [`Error::UnsupportedTokenType`] for anything that
    /// is no refresh token; [`Error::Unauthorized`] for another client's.
    pub async fn revoke_token(&self, request: RevokeToken) -> Result<(), Error> {
        let mut case = Case::new(Action::Revoke, &request.client);
        let outcome = self.revoke(&mut case, request).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn revoke(&self, case: &mut Case, request: RevokeToken) -> Result<(), Error> {
        let (client, pool) = self.client_and_pool(&request.client).await?;
        case.pool = Some(pool.id.clone());
        self.check_plain_secret(&client, request.client_secret.as_ref())?;
        if !client.settings.revocation {
            return Err(Error::UnsupportedOperation);
        }
        let token = RefreshToken::read(&request.token).ok_or(Error::UnsupportedTokenType)?;
        let Some(session) = self.storage.sessions().get(&pool.id, &token.session_id()).await? else { return Ok(()) };
        if !token.is_of(&self.master_key, &session) {
            return Ok(());
        }
        case.user = Some(session.sub.clone());
        if session.client != client.id {
            return Err(Error::Unauthorized);
        }
        self.end_session(session).await
    }

    /// Revokes a session, whatever else is done to it meanwhile.
    pub(crate) async fn end_session(&self, mut session: Versioned<Session>) -> Result<(), Error> {
        for _ in 0..TRIES {
            if session.revoked_at.is_some() {
                return Ok(());
            }
            let after = Session { revoked_at: Some(self.now()), ..session.record.clone() };
            match self.storage.commit(vec![SessionWrite::Update { before: session.clone(), after }.into()]).await {
                Err(error) if error.kind() == StorageErrorKind::Conflict => {}
                outcome => return Ok(outcome?),
            }
            match self.storage.sessions().get(&session.pool, &session.id).await? {
                Some(fresh) => session = fresh,
                None => return Ok(()),
            }
        }
        Err(Error::Concurrent)
    }

    /// Refreshes; `check` holds the call to what the client knows, once the user is known.
    pub(crate) async fn refresh(
        &self,
        case: &mut Case,
        (pool, client): (&UserPool, &AppClient),
        token: &SecretString,
        narrowed: Option<&[String]>,
        check: impl Fn(&User) -> Result<(), Error> + Send + Sync,
    ) -> Result<Tokens, Error> {
        case.pool = Some(pool.id.clone());
        if let Some(bar) = bar_of_client(client, Way::Refresh) {
            return Err(bar.into());
        }
        let token = RefreshToken::read(token).ok_or(Refusal::RefreshTokenInvalid)?;
        for _ in 0..TRIES {
            let session = self.session_of(pool, client, &token).await?;
            case.user = Some(session.sub.clone());
            let user = self.storage.users().get(&pool.id, &session.sub).await?.ok_or(Refusal::RefreshTokenInvalid)?;
            check(&user)?;
            let second = self.second_factors(pool, &user.sub).await?.map(|found| found.record).unwrap_or_default();
            let device = self.device_of_session(pool, &session).await?;
            let device = device.as_deref();
            let party = Party { pool, client, user: &user, second: &second, device, offers_device: false, narrowed };
            match self.refresh_session(party, session, &token).await? {
                Some(tokens) => return Ok(tokens),
                // Another call was faster: what the token is now, the session says.
                None if client.settings.rotation.is_some_and(|rotation| rotation.grace_seconds > 0) => {}
                None => return Err(Error::RefreshTokenReuse),
            }
        }
        Err(Error::Concurrent)
    }

    /// The session of this client that a genuine token names.
    async fn session_of(
        &self,
        pool: &UserPool,
        client: &AppClient,
        token: &RefreshToken,
    ) -> Result<Versioned<Session>, Error> {
        let session = self.storage.sessions().get(&pool.id, &token.session_id()).await?;
        let own = |session: &Versioned<Session>| session.client == client.id && token.is_of(&self.master_key, session);
        Ok(session.filter(own).ok_or(Refusal::RefreshTokenInvalid)?)
    }

    /// Refreshes one session; `None` if it was changed by another call meanwhile.
    async fn refresh_session(
        &self,
        party: Party<'_>,
        session: Versioned<Session>,
        token: &RefreshToken,
    ) -> Result<Option<Tokens>, Error> {
        let now = self.now();
        let rotation = party.client.settings.rotation;
        let presented = session.judge(token.generation, rotation.map_or(0, |rotation| rotation.grace_seconds), now);
        if presented == Presented::Unknown {
            return Err(Refusal::RefreshTokenInvalid.into());
        }
        if !session.is_alive(party.pool, party.user) {
            return Err(Refusal::RefreshTokenRevoked.into());
        }
        if presented == Presented::Reused {
            self.end_session(session).await?;
            return Err(Error::RefreshTokenReuse);
        }
        if now >= session.expires_at {
            return Err(Refusal::RefreshTokenExpired.into());
        }
        match (rotation, presented) {
            (None, _) => {
                let tokens = self.continue_session(party, &session, None).await?;
                self.keep_use(party.pool, party.user, session).await?;
                Ok(Some(tokens))
            }
            (Some(_), Presented::InGrace) => {
                let successor = RefreshToken::of(&session).text(&self.master_key, &session);
                Ok(Some(self.continue_session(party, &session, Some(successor)).await?))
            }
            (Some(_), _) => self.rotate(party, session).await,
        }
    }

    /// Brings the next token into force; `None` if another call was faster.
    async fn rotate(&self, party: Party<'_>, session: Versioned<Session>) -> Result<Option<Tokens>, Error> {
        let (generation, rotated_at) = (session.generation + 1, Some(self.now()));
        let after = Session { generation, rotated_at, ..self.used_now(party.pool, &session) };
        let successor = RefreshToken::of(&after).text(&self.master_key, &after);
        let tokens = self.continue_session(party, &after, Some(successor)).await?;
        match self.storage.commit(vec![SessionWrite::Update { before: session, after }.into()]).await {
            Ok(()) => Ok(Some(tokens)),
            Err(error) if error.kind() == StorageErrorKind::Conflict => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
