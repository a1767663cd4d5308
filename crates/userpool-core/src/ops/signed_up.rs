//! A sign-up that goes on into a sign-in: its code counts as the first factor.

use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::{Challenge, Evidence, Step};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::ids::Subject;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::{Credential, User};
use crate::ops::case::Case;
use crate::ops::ceremonies::{spend, stopped};
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::Write;

impl UserPools {
    /// The session of a sign-up; `None` if the client does not allow the flow that goes on with it.
    pub(crate) async fn sign_up_session(
        &self,
        (pool, client): (&UserPool, &AppClient),
        user: Versioned<User>,
        password: Option<Versioned<Credential>>,
    ) -> Result<Option<SecretString>, Error> {
        if !client.allows(AllowedFlow::User) {
            return Ok(None);
        }
        let name = user.username.to_string();
        let attempt = self.attempt((pool, client, &Caller::Public), &name, (Some(user), password)).await?;
        let ceremony = self.begin_ceremony(&attempt, AllowedFlow::User, Challenge::SignedUp { confirmed: false });
        Ok(Some(SecretString::from(self.seal_ceremony(&ceremony)?)))
    }

    /// The session after the right code of a sign-up, and the write that spends the one before. `None` where that one is of no
    /// use: the confirmation counts all the same.
    pub(crate) async fn confirmed_session(
        &self,
        (pool, client): (&UserPool, &AppClient),
        username: &str,
        session: &SecretString,
        contact: Contact,
    ) -> Result<Option<(SecretString, Write)>, Error> {
        let (ceremony, attempt) = match self.resume((pool, client, &Caller::Public), username, session).await {
            Ok(resumed) => resumed,
            Err(fault @ (Error::Storage(_) | Error::Internal(_))) => return Err(fault),
            Err(_) => return Ok(None),
        };
        let spent = spend(&ceremony);
        match self.advance(&attempt, ceremony, Evidence::Confirmed(contact)) {
            Ok(Step::Ask(next, passed)) => {
                let next = self.next_ceremony(&attempt, &passed, next);
                Ok(Some((SecretString::from(self.seal_ceremony(&next)?), spent)))
            }
            _ => Ok(None),
        }
    }

    /// The session after the right code of a sign-up that was brought without one; `None` where the code is not enough, or the
    /// client does not allow the flow that goes on with it.
    pub(crate) async fn session_of_code(
        &self,
        through: (&UserPool, &AppClient),
        sub: &Subject,
        contact: Contact,
    ) -> Result<Option<SecretString>, Error> {
        let (pool, client) = through;
        if pool.settings.account_rules.confirmation_needs_session || !client.allows(AllowedFlow::User) {
            return Ok(None);
        }
        let Some((user, password)) = self.storage.passwords().with_user(&pool.id, sub).await? else { return Ok(None) };
        let name = user.username.to_string();
        let Some(begun) = self.sign_up_session(through, user, password).await? else { return Ok(None) };
        // Nobody else has seen the session that is advanced here: it need not be spent.
        Ok(self.confirmed_session(through, &name, &begun, contact).await?.map(|(session, _)| session))
    }

    /// Signs somebody in who has just confirmed their sign-up.
    pub(crate) async fn after_sign_up(
        &self,
        case: &mut Case,
        through: (&UserPool, &AppClient, &Caller),
        username: &str,
        session: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, attempt) = self.resume(through, username, session).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        if let Some(user) = &attempt.user {
            self.check_attempts(attempt.pool, attempt.caller, user).await?;
            self.pre_authentication(attempt.pool, attempt.client, Some(user), username).await?;
        }
        if ceremony.next != (Challenge::SignedUp { confirmed: true }) {
            return Err(Refusal::SessionInvalid.into());
        }
        let (challenge, spent) = (ceremony.next.clone(), spend(&ceremony));
        let step = self.advance(&attempt, ceremony, Evidence::SignedUp);
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        self.go_on(&attempt, step, vec![spent]).await
    }
}
