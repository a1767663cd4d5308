//! Sign-ins of the application's own making: its hooks define what is asked, create it, and judge the answers.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::{Challenge, Evidence, Passed, SRP_A};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::custom::{AnsweredChallenge, NextStep};
use crate::model::ids::Subject;
use crate::model::pool::{SignInNames, UserPool};
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::outcome::{AuthOutcome, Caller, Challenged};
use crate::reasons::{Refusal, Trigger};
use crate::service::UserPools;

/// So many challenges are answered in one sign-in at most.
const MOST_ROUNDS: usize = 10;

type Through<'a> = (&'a UserPool, &'a AppClient, &'a Caller);

impl UserPools {
    /// Begins with the application's first challenge. Of a name of nobody hooks are told, where the client hides who is there.
    pub(crate) async fn begin_custom(
        &self,
        case: &mut Case,
        through: Through<'_>,
        username: &str,
    ) -> Result<AuthOutcome, Error> {
        let (pool, client, caller) = through;
        let found = self.find_user_and_password(pool, username).await?;
        if found.is_none() && (!client.settings.prevent_user_existence_errors || !caller.is_user()) {
            return Err(Error::no_user());
        }
        let (user, kept) = found.unzip();
        case.user = user.as_ref().map(|user| user.sub.clone());
        self.pre_authentication(pool, client, user.as_deref(), username).await?;
        let attempt = self.attempt(through, username, (user, kept.flatten())).await?;
        let challenge = Challenge::Define {};
        let ceremony = self.begin_ceremony(&attempt, AllowedFlow::Custom, challenge.clone());
        let step = self.advance(&attempt, ceremony, Evidence::Begun).map_err(|stop| stopped(&challenge, stop))?;
        self.go_on(&attempt, step, Vec::new()).await
    }

    /// What hooks are told when a custom sign-in begins with SRP, if they want the password proved then. Nothing in other
    /// sign-ins.
    pub(crate) async fn srp_first(
        &self,
        attempt: &Attempt<'_>,
        flow: AllowedFlow,
    ) -> Result<Vec<AnsweredChallenge>, Error> {
        if flow != AllowedFlow::Custom {
            return Ok(Vec::new());
        }
        let answered = vec![AnsweredChallenge { name: SRP_A.to_owned(), right: true, metadata: None }];
        match self.define_auth_challenge(attempt, &answered).await? {
            NextStep::Challenge(name) if name == "PASSWORD_VERIFIER" => Ok(answered),
            NextStep::Fail => Err(Error::wrong_password()),
            _ => Err(undefined("SRP is answered with PASSWORD_VERIFIER")),
        }
    }

    /// Asks the application's hook what is next, and does it.
    pub(crate) async fn define(&self, attempt: &Attempt<'_>, passed: Passed) -> Result<AuthOutcome, Error> {
        if passed.answered().len() >= MOST_ROUNDS {
            return Err(Error::wrong_password());
        }
        match self.define_auth_challenge(attempt, passed.answered()).await? {
            NextStep::Fail => Err(Error::wrong_password()),
            NextStep::Challenge(name) if name == "CUSTOM_CHALLENGE" => self.ask_custom(attempt, &passed).await,
            NextStep::Challenge(_) => Err(undefined("the challenge is not one of the application's own")),
            NextStep::IssueTokens => {
                let step = attempt.judge(|facts| passed.defined(facts, self.now()));
                let step = step.map_err(|stop| stopped(&Challenge::Define {}, stop))?;
                // What is next is no hook's to say any more.
                Box::pin(self.go_on(attempt, step, Vec::new())).await
            }
        }
    }

    async fn ask_custom(&self, attempt: &Attempt<'_>, passed: &Passed) -> Result<AuthOutcome, Error> {
        let challenge = self.create_auth_challenge(attempt, passed.answered()).await?;
        let mut parameters = challenge.public.clone();
        parameters.insert("USERNAME".to_owned(), self.shown_username(attempt));
        let ceremony = self.next_ceremony(attempt, passed, Challenge::Custom { challenge });
        Ok(AuthOutcome::Challenged(Box::new(Challenged {
            name: ceremony.next.name(),
            session: SecretString::from(self.seal_ceremony(&ceremony)?),
            parameters,
            available: Vec::new(),
        })))
    }

    /// The username, also for a name of nobody: of the form that the pool's usernames have.
    fn shown_username(&self, attempt: &Attempt<'_>) -> String {
        match (&attempt.user, &attempt.pool.sign_in_names) {
            (Some(user), _) => user.username.to_string(),
            (None, SignInNames::Address(_)) => self.pretended_subject(attempt.pool, attempt.name).to_string(),
            (None, _) => attempt.name.to_owned(),
        }
    }

    /// Takes an answer: counted before the hook judges it, and once.
    pub(crate) async fn answer_custom(
        &self,
        case: &mut Case,
        through: Through<'_>,
        username: &str,
        (session, answer): (&SecretString, &SecretString),
    ) -> Result<AuthOutcome, Error> {
        let (pool, client, caller) = through;
        let ceremony = self.open_ceremony(session.expose()).ok_or(Refusal::SessionInvalid)?;
        let next = ceremony.next.clone();
        let Challenge::Custom { challenge } = &next else { return Err(Refusal::SessionInvalid.into()) };
        ceremony.check(pool, client, self.now()).map_err(|stop| stopped(&next, stop))?;
        // Read for nobody too: it is a subject that nobody has then.
        let found = self.storage.passwords().with_user(&pool.id, &ceremony.user).await?;
        let (user, kept) = found.unzip();
        case.user = user.as_ref().map(|user| user.sub.clone());
        let is_own = match &user {
            Some(user) => self.is_named(pool, user, username).await?,
            None => self.is_pretended(pool, username, &ceremony.user),
        };
        if !is_own {
            return Err(Refusal::SessionInvalid.into());
        }
        self.count_attempt(pool, caller, user.as_deref(), username, vec![spend(&ceremony)]).await?;
        let attempt = self.attempt(through, username, (user, kept.flatten())).await?;
        let right = self.verify_auth_challenge(&attempt, challenge, answer).await?;
        let step = self.advance(&attempt, ceremony, Evidence::Custom(right)).map_err(|stop| stopped(&next, stop))?;
        self.go_on(&attempt, step, Vec::new()).await
    }

    /// Whether the subject is the one that a name of nobody has. The challenge shows such a name as a subject where addresses
    /// are names.
    fn is_pretended(&self, pool: &UserPool, username: &str, subject: &Subject) -> bool {
        username == subject.as_str() || self.pretended_subject(pool, username) == *subject
    }
}

fn undefined(what: &'static str) -> Error {
    Error::HookInvalid(Trigger::DefineAuthChallenge, what.into())
}
