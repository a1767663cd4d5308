//! A sign-in that begins with a factor of the user's choice.

use cognito_srp::PublicValue;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::{Ceremony, Challenge, Evidence, FirstFactor, Passed, Place, Step, first_factors};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::pool::{Contact, UserPool};
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::ops::step_up::StepUp;
use crate::ops::taken::refused_step;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::Write;

/// What the first factor needs that was chosen. What another one would need is not looked at.
#[derive(Clone, Debug, Default)]
pub struct FirstAnswer {
    /// The password.
    pub password: Option<SecretString>,
    /// `SRP_A` in hexadecimal.
    pub client_public: Option<String>,
}

impl UserPools {
    /// Begins with the factor that the user prefers, or asks which.
    pub(crate) async fn begin_choice(
        &self,
        case: &mut Case,
        (pool, client, caller): (&UserPool, &AppClient, &Caller),
        username: &str,
        preferred: Option<FirstFactor>,
        (answer, step_up): (FirstAnswer, Option<StepUp>),
    ) -> Result<AuthOutcome, Error> {
        let (user, kept) = self.find_user_and_password(pool, username).await?.unzip();
        if user.is_none() && (!client.settings.prevent_user_existence_errors || !caller.is_user()) {
            return Err(Error::no_user());
        }
        case.user = user.as_ref().map(|user| user.sub.clone());
        self.pre_authentication(pool, client, user.as_deref(), username).await?;
        let attempt = self.attempt((pool, client, caller), username, (user, kept.flatten())).await?;
        let attempt = self.with_passkeys(attempt).await?;
        let aim = match step_up {
            Some(step_up) => Some(self.aim(&attempt, step_up).await?),
            None => None,
        };
        let ceremony = self.begin_ceremony(&attempt, AllowedFlow::User, Challenge::SelectFirst {});
        let target = aim.as_ref().map(|aim| aim.target);
        let ceremony = Ceremony { target, ..ceremony };
        if let Some(proved) = aim.map(|aim| aim.proved).filter(|proved| !proved.is_empty()) {
            return self.step_up(&attempt, ceremony, proved).await;
        }
        let offered = attempt.judge(|facts| first_factors(facts, target));
        match preferred.filter(|preferred| offered.contains(preferred)) {
            Some(choice) => self.choose_first(case, &attempt, ceremony, (choice, answer), Vec::new()).await,
            None => self.ask(&attempt, ceremony).await,
        }
    }

    /// Takes the answer to the question which factor to begin with.
    pub(crate) async fn answer_choice(
        &self,
        case: &mut Case,
        through: (&UserPool, &AppClient, &Caller),
        username: &str,
        session: &SecretString,
        chosen: (FirstFactor, FirstAnswer),
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, attempt) = self.resume(through, username, session).await?;
        let attempt = self.with_passkeys(attempt).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        let spent = spend(&ceremony);
        self.choose_first(case, &attempt, ceremony, chosen, vec![spent]).await
    }

    async fn choose_first(
        &self,
        case: &mut Case,
        attempt: &Attempt<'_>,
        ceremony: Ceremony,
        (choice, answer): (FirstFactor, FirstAnswer),
        writes: Vec<Write>,
    ) -> Result<AuthOutcome, Error> {
        match choice {
            FirstFactor::Password => {
                let password = answer.password.ok_or(Invalid::ParameterMissing("PASSWORD"))?;
                let (next, passed) = self.chosen(attempt, ceremony, choice, Challenge::Password {})?;
                let ceremony = self.next_ceremony(attempt, &passed, next);
                let Attempt { pool, caller, name, user, .. } = attempt;
                self.count_attempt(pool, caller, user.as_deref(), name, writes).await?;
                self.judge_password(case, attempt, ceremony, &password).await
            }
            FirstFactor::PasswordSrp => {
                let client_public = answer.client_public.ok_or(Invalid::ParameterMissing("SRP_A"))?;
                let client_public = PublicValue::from_hex(&client_public).map_err(|_| Invalid::SrpPublicValue)?;
                let step = self.srp_step(attempt, &client_public).await?;
                let (next, passed) = self.chosen(attempt, ceremony, choice, step.challenge.clone())?;
                if !writes.is_empty() {
                    self.storage.commit(writes).await.map_err(refused_step)?;
                }
                self.ask_for_proof(&self.next_ceremony(attempt, &passed, next), step)
            }
            FirstFactor::Passkey => {
                let (next, passed) = self.chosen(attempt, ceremony, choice, self.passkey_challenge())?;
                self.go_on(attempt, Step::Ask(next, passed), writes).await
            }
            FirstFactor::EmailCode | FirstFactor::SmsCode => {
                let contact = match choice {
                    FirstFactor::SmsCode => Contact::PhoneNumber,
                    _ => Contact::Email,
                };
                let next = Challenge::Code { contact, place: Place::First };
                let (next, passed) = self.chosen(attempt, ceremony, choice, next)?;
                self.go_on(attempt, Step::Ask(next, passed), writes).await
            }
        }
    }

    /// The step that a choice leads to, if it is offered.
    fn chosen(
        &self,
        attempt: &Attempt<'_>,
        ceremony: Ceremony,
        choice: FirstFactor,
        next: Challenge,
    ) -> Result<(Challenge, Passed), Error> {
        let asked = ceremony.next.clone();
        match self.advance(attempt, ceremony, Evidence::FirstChoice(choice, next)) {
            Ok(Step::Ask(next, passed)) => Ok((next, passed)),
            // A choice proves nothing.
            Ok(Step::Done(_) | Step::Define(_)) => Err(Refusal::SessionInvalid.into()),
            Err(stop) => Err(stopped(&asked, stop)),
        }
    }
}
