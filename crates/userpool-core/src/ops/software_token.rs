//! Authenticator apps: a seed is given out, and counts once a code of it was shown.

use document_store::Versioned;
use identity_kernel::secret::SecretString;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::model::ceremony::{Ceremony, Challenge, Evidence, Step};
use crate::model::client::AppClient;
use crate::model::factors::{Factor, MfaMode, SecondFactor, SecondFactors, SoftwareToken};
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::totp::{self, SEED_BYTES, Typed};
use crate::ops::account::Authenticated;
use crate::ops::app_guesses::AppGuess;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::notices::FactorChange;
use crate::ops::outcome::Caller;
use crate::ops::taken::refused_step;
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::{FactorWrite, SessionWrite, Write};

/// Who sets an authenticator app up.
#[derive(Clone, Copy, Debug)]
pub enum Enrolment<'a> {
    /// Somebody who is signed in, by access token.
    SignedIn(&'a SecretString),
    /// Somebody whom the sign-in asks for it, by the challenge's session.
    SigningIn(&'a SecretString),
}

/// A seed that was given out.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The seed in Base32, shown this once.
    pub secret_code: SecretString,
    /// The session of the sign-in that goes on.
    pub session: Option<SecretString>,
}

impl UserPools {
    /// Gives a new seed out. It counts for nothing until a code of it is shown; an app that was proved before stays in force
    /// until then.
    ///
    /// # Errors
    ///
    /// [`Error::SoftwareTokenNotFound`] if the pool has no authenticator apps; [`Error::NotAuthorized`] for a token or session
    /// that is not good, or a sign-in that proved too little for this change.
    pub async fn associate_software_token(&self, by: Enrolment<'_>) -> Result<Seed, Error> {
        match by {
            Enrolment::SignedIn(token) => {
                let me = self.self_service(token).await?;
                has_apps(&me.pool)?;
                let second = self.storage.factors().second(&me.pool.id, &me.user.sub).await?;
                self.may_change_factors(&me, second.as_deref()).await?;
                let (secret_code, write) = self.new_seed(&me.pool.id, &me.user.sub, second);
                self.storage.commit(vec![write]).await?;
                Ok(Seed { secret_code, session: None })
            }
            Enrolment::SigningIn(session) => {
                let (pool, client, ceremony) = self.setting_up(session).await?;
                let attempt = self.set_up_attempt((&pool, &client), &ceremony.user).await?;
                let (secret_code, write) = self.new_seed(&pool.id, &ceremony.user, attempt.second.clone());
                let spent = spend(&ceremony);
                self.storage.commit(vec![spent, write]).await.map_err(refused_step)?;
                // The same step, under a new id: its end stays where it was.
                let again = Ceremony { id: self.uuid(), ..ceremony };
                Ok(Seed { secret_code, session: Some(SecretString::from(self.seal_ceremony(&again)?)) })
            }
        }
    }

    /// Takes the first code of a new app, which is in force from now on. In a sign-in it is asked for from now on too, and the
    /// session that is given goes on with it.
    ///
    /// # Errors
    ///
    /// [`Error::SoftwareTokenMismatch`] for a wrong code; [`Error::LimitExceeded`] after too many of them, in a sign-in
    /// [`Error::NotAuthorized`] after five; [`Error::SoftwareTokenNotFound`] if no seed was given out;
    /// [`Error::NotAuthorized`] as [`associate_software_token`](Self::associate_software_token).
    pub async fn verify_software_token(
        &self,
        by: Enrolment<'_>,
        code: &SecretString,
        name: Option<String>,
    ) -> Result<Option<SecretString>, Error> {
        match by {
            Enrolment::SignedIn(token) => {
                let me = self.self_service(token).await?;
                has_apps(&me.pool)?;
                let before = self.storage.factors().second(&me.pool.id, &me.user.sub).await?;
                self.may_change_factors(&me, before.as_deref()).await?;
                let whose = (&me.pool.id, &me.user.sub);
                let (after, give_back) =
                    self.proved_app(whose, before.as_deref(), (code, name), AppGuess::SetUp(None)).await?;
                let change = FactorChange::between(before.as_deref(), &after);
                let mut writes = vec![set_second(&me.pool.id, &me.user.sub, before, after)];
                writes.extend(self.session_with(&me, Some(Factor::SoftwareToken)).await?);
                self.storage.commit(writes).await?;
                self.give_back(give_back).await;
                Box::pin(self.tell_of_factors(&me.pool, Some(&me.client), &me.user, change)).await;
                Ok(None)
            }
            Enrolment::SigningIn(session) => self.verify_in_sign_in(session, code, name).await.map(Some),
        }
    }

    async fn verify_in_sign_in(
        &self,
        session: &SecretString,
        code: &SecretString,
        name: Option<String>,
    ) -> Result<SecretString, Error> {
        let (pool, client, ceremony) = self.setting_up(session).await?;
        let sub = ceremony.user.clone();
        let attempt = self.set_up_attempt((&pool, &client), &sub).await?;
        let before = attempt.second.clone();
        let guess = AppGuess::SetUp(Some(&ceremony.id));
        let (mut after, give_back) = self.proved_app((&pool.id, &sub), before.as_deref(), (code, name), guess).await?;
        after.active.insert(SecondFactor::SoftwareToken);
        let (challenge, spent) = (ceremony.next.clone(), spend(&ceremony));
        let step = self.advance(&attempt, ceremony, Evidence::SetUp(SecondFactor::SoftwareToken));
        let Step::Ask(next, passed) = step.map_err(|stop| stopped(&challenge, stop))? else {
            return Err(Refusal::SessionInvalid.into());
        };
        let change = FactorChange::between(before.as_deref(), &after);
        let writes = vec![spent, set_second(&pool.id, &sub, before, after)];
        self.storage.commit(writes).await.map_err(refused_step)?;
        self.give_back(give_back).await;
        if let Some(user) = &attempt.user {
            Box::pin(self.tell_of_factors(&pool, Some(&client), user, change)).await;
        }
        Ok(SecretString::from(self.seal_ceremony(&self.next_ceremony(&attempt, &passed, next))?))
    }

    /// The step that asks for a second factor to be set up.
    async fn setting_up(&self, session: &SecretString) -> Result<(UserPool, AppClient, Ceremony), Error> {
        let ceremony = self.open_ceremony(session.expose()).ok_or(Refusal::SessionInvalid)?;
        let (client, pool) = self.client_and_pool(&ceremony.client).await?;
        ceremony.check(&pool, &client, self.now()).map_err(|stop| stopped(&ceremony.next, stop))?;
        if ceremony.next != (Challenge::SetUp {}) {
            return Err(Refusal::SessionInvalid.into());
        }
        has_apps(&pool)?;
        Ok((pool.record, client.record, ceremony))
    }

    async fn set_up_attempt<'a>(
        &self,
        (pool, client): (&'a UserPool, &'a AppClient),
        sub: &'a Subject,
    ) -> Result<Attempt<'a>, Error> {
        let found = self.storage.passwords().with_user(&pool.id, sub).await?;
        let (user, password) = found.ok_or(Refusal::SessionInvalid)?;
        self.attempt((pool, client, &Caller::Public), sub.as_str(), (Some(user), password)).await
    }

    fn new_seed(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        before: Option<Versioned<SecondFactors>>,
    ) -> (SecretString, Write) {
        let seed = Zeroizing::new(self.random::<SEED_BYTES>());
        let mut after = before.as_deref().cloned().unwrap_or_default();
        after.pending_seed = Some(self.seal("software-token", &seed_context(pool, sub), seed.as_ref()));
        (SecretString::from(totp::base32(seed.as_ref())), set_second(pool, sub, before, after))
    }

    /// A seed that was kept under seal.
    pub(crate) fn open_seed(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        sealed: &[u8],
    ) -> Result<impl std::ops::Deref<Target = Vec<u8>> + use<>, Error> {
        self.open("software-token", &seed_context(pool, sub), sealed)
    }

    /// The user's factors with the app whose code was shown, and the write that gives the guess back.
    async fn proved_app(
        &self,
        (pool, sub): (&UserPoolId, &Subject),
        before: Option<&SecondFactors>,
        (code, name): (&SecretString, Option<String>),
        guess: AppGuess<'_>,
    ) -> Result<(SecondFactors, Vec<Write>), Error> {
        let pending = before.and_then(|before| Some((before, before.pending_seed.clone()?)));
        let (before, sealed_seed) = pending.ok_or(Error::SoftwareTokenNotFound)?;
        let give_back = self.count_guess_of_app(pool, sub, guess).await?;
        let seed = self.open_seed(pool, sub, &sealed_seed)?;
        let Typed::Right(last_step) = totp::judge(&seed, code.expose(), None, self.now()) else {
            return Err(Error::SoftwareTokenMismatch);
        };
        let name = name.unwrap_or_default();
        let token = SoftwareToken { sealed_seed, name, last_step, proved_at: self.now() };
        let after = SecondFactors { software_token: Some(token), pending_seed: None, ..before.clone() };
        Ok((after, give_back))
    }

    /// The write that says of the caller's session that it has a second factor: it set one up, and goes on.
    pub(crate) async fn session_with(
        &self,
        me: &Authenticated,
        factor: Option<Factor>,
    ) -> Result<Option<Write>, Error> {
        let Some(id) = me.claims.origin_jti.as_deref() else { return Ok(None) };
        let Some(before) = self.storage.sessions().get(&me.pool.id, id).await? else { return Ok(None) };
        if before.grant.multi_factor {
            return Ok(None);
        }
        let mut grant = before.grant.clone();
        grant.multi_factor = true;
        let proved = factor.and_then(Factor::amr);
        grant.amr.extend(proved.into_iter().chain(proved.map(|_| "mfa")).map(str::to_owned));
        let after = Session { grant, ..before.record.clone() };
        Ok(Some(SessionWrite::Update { before, after }.into()))
    }
}

/// Whether the pool has authenticator apps.
fn has_apps(pool: &UserPool) -> Result<(), Error> {
    let mfa = &pool.settings.mfa;
    let offered = mfa.mode != MfaMode::Off && mfa.kinds.contains(&SecondFactor::SoftwareToken);
    if offered { Ok(()) } else { Err(Error::SoftwareTokenNotFound) }
}

/// The write that sets a user's second factors.
pub(crate) fn set_second(
    pool: &UserPoolId,
    sub: &Subject,
    before: Option<Versioned<SecondFactors>>,
    after: SecondFactors,
) -> Write {
    FactorWrite::SetSecond { pool: pool.clone(), sub: sub.clone(), before, after }.into()
}

fn seed_context(pool: &UserPoolId, sub: &Subject) -> String {
    format!("{pool}\n{sub}")
}
