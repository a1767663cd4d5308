//! Hooks, as operations ask them: with what they are told, and with the name of the one that said no.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::client::AppClient;
use crate::model::custom::{AnsweredChallenge, CustomChallenge, NextStep};
use crate::model::pool::{Contact, UserPool};
use crate::model::triggers::LambdaSettings;
use crate::model::user::User;
use crate::ops::ceremonies::Attempt;
use crate::ports::{
    Candidate, ClaimChanges, Confirmation, CustomText, HookCall, HookError, MessageDraft, MigratedUser, Migration,
    NewUser, Outgoing, SignUpChange, SignUpSource, TokenRequest,
};
use crate::reasons::{Invalid, Trigger};
use crate::service::UserPools;

impl UserPools {
    pub(crate) fn hook_call<'a>(&'a self, pool: &'a UserPool, client: Option<&'a AppClient>) -> HookCall<'a> {
        HookCall { pool, client, context: &self.context }
    }

    /// Refuses what would pass by a function that the pool names and nobody here can call.
    pub(crate) fn check_callable(&self, pool: &UserPool, trigger: Trigger) -> Result<(), Error> {
        match pool.settings.lambda.function(trigger) {
            Some(function) if !self.hooks.calls(function) => {
                Err(Error::HookFailed(trigger, format!("{function} cannot be called from here").into()))
            }
            _ => Ok(()),
        }
    }

    /// Refuses settings that name a function which cannot be called: a pool would promise what nobody keeps.
    pub(crate) fn check_lambda(&self, lambda: &LambdaSettings) -> Result<(), Error> {
        if let Some(function) = lambda.functions.values().find(|function| !self.hooks.calls(function)) {
            return Err(Invalid::FunctionNotCallable(function.clone()).into());
        }
        let senders = [Trigger::CustomEmailSender, Trigger::CustomSmsSender];
        if lambda.key.is_none() && senders.iter().any(|sender| lambda.function(*sender).is_some()) {
            return Err(Invalid::SenderWithoutKey.into());
        }
        Ok(())
    }

    /// What a hook says of a user who is about to be made.
    pub(crate) async fn pre_sign_up(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        user: &User,
        source: SignUpSource,
    ) -> Result<SignUpChange, Error> {
        self.check_callable(pool, Trigger::PreSignUp)?;
        let attributes: Attributes = given(user);
        let about = NewUser { username: user.username.as_str(), attributes: &attributes, source };
        let change = self.hooks.pre_sign_up(&self.hook_call(pool, client), &about).await;
        let change = change.map_err(|error| error.of(Trigger::PreSignUp))?;
        if let Some(contact) = change.verify.iter().find(|contact| !user.attributes.contains_key(contact.attribute())) {
            let missing = format!("{} is to be verified and was not given", contact.attribute());
            return Err(Error::HookInvalid(Trigger::PreSignUp, missing.into()));
        }
        Ok(change)
    }

    pub(crate) async fn post_confirmation(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        user: &User,
        what: Confirmation,
    ) -> Result<(), Error> {
        self.check_callable(pool, Trigger::PostConfirmation)?;
        let said = self.hooks.post_confirmation(&self.hook_call(pool, client), user, what).await;
        said.map_err(|error| error.of(Trigger::PostConfirmation))
    }

    /// Asks before the first factor. Of a name of nobody the hook is told where the client hides who is there.
    pub(crate) async fn pre_authentication(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: Option<&User>,
        typed: &str,
    ) -> Result<(), Error> {
        if user.is_none() && !client.settings.prevent_user_existence_errors {
            return Ok(());
        }
        self.check_callable(pool, Trigger::PreAuthentication)?;
        let candidate = Candidate::new(user, typed);
        let said = self.hooks.pre_authentication(&self.hook_call(pool, Some(client)), &candidate).await;
        said.map_err(|error| error.of(Trigger::PreAuthentication))
    }

    pub(crate) async fn post_authentication(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
    ) -> Result<(), Error> {
        self.check_callable(pool, Trigger::PostAuthentication)?;
        let said = self.hooks.post_authentication(&self.hook_call(pool, Some(client)), user).await;
        said.map_err(|error| error.of(Trigger::PostAuthentication))
    }

    pub(crate) async fn pre_token_generation(
        &self,
        pool: &UserPool,
        client: &AppClient,
        about: &TokenRequest<'_>,
    ) -> Result<ClaimChanges, Error> {
        self.check_callable(pool, Trigger::PreTokenGeneration)?;
        let changes = self.hooks.pre_token_generation(&self.hook_call(pool, Some(client)), about).await;
        let changes = changes.map_err(|error| error.of(Trigger::PreTokenGeneration))?;
        if changes.len() > ClaimChanges::MOST {
            let many = format!("more than {} claims and scopes", ClaimChanges::MOST);
            return Err(Error::HookInvalid(Trigger::PreTokenGeneration, many.into()));
        }
        Ok(changes)
    }

    /// Whether names of nobody may be of somebody whom another directory knows.
    pub(crate) fn migrates(&self, pool: &UserPool) -> bool {
        pool.settings.lambda.function(Trigger::UserMigration).is_some() || self.hooks.migrates(pool)
    }

    pub(crate) async fn ask_migration(
        &self,
        pool: &UserPool,
        client: &AppClient,
        about: &Migration<'_>,
    ) -> Result<Option<MigratedUser>, Error> {
        self.check_callable(pool, Trigger::UserMigration)?;
        match self.hooks.migrate_user(&self.hook_call(pool, Some(client)), about).await {
            // Of somebody whom the other directory refuses, no more is told than of a name that nobody has.
            Err(HookError::Refused(_)) => Ok(None),
            answer => answer.map_err(|error| error.of(Trigger::UserMigration)),
        }
    }

    /// What a custom sign-in comes to next.
    pub(crate) async fn define_auth_challenge(
        &self,
        attempt: &Attempt<'_>,
        answered: &[AnsweredChallenge],
    ) -> Result<NextStep, Error> {
        let trigger = Trigger::DefineAuthChallenge;
        self.check_callable(attempt.pool, trigger)?;
        let (call, who) = (self.hook_call(attempt.pool, Some(attempt.client)), candidate(attempt));
        let next = self.hooks.define_auth_challenge(&call, &who, answered).await.map_err(|error| error.of(trigger))?;
        next.ok_or_else(|| Invalid::CustomAuthNotConfigured.into())
    }

    /// A challenge of the application's own.
    pub(crate) async fn create_auth_challenge(
        &self,
        attempt: &Attempt<'_>,
        answered: &[AnsweredChallenge],
    ) -> Result<CustomChallenge, Error> {
        let trigger = Trigger::CreateAuthChallenge;
        self.check_callable(attempt.pool, trigger)?;
        let (call, who) = (self.hook_call(attempt.pool, Some(attempt.client)), candidate(attempt));
        self.hooks.create_auth_challenge(&call, &who, answered).await.map_err(|error| error.of(trigger))
    }

    /// Whether the application finds this answer right.
    pub(crate) async fn verify_auth_challenge(
        &self,
        attempt: &Attempt<'_>,
        challenge: &CustomChallenge,
        answer: &SecretString,
    ) -> Result<bool, Error> {
        let trigger = Trigger::VerifyAuthChallengeResponse;
        self.check_callable(attempt.pool, trigger)?;
        let (call, who) = (self.hook_call(attempt.pool, Some(attempt.client)), candidate(attempt));
        let right = self.hooks.verify_auth_challenge(&call, &who, challenge, answer.expose()).await;
        right.map_err(|error| error.of(trigger))
    }

    /// Whether a hook has brought the message, so that no messenger shall.
    pub(crate) async fn hand_to_sender(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        message: &Outgoing<'_>,
    ) -> Result<bool, Error> {
        let trigger = match message.medium {
            Contact::Email => Trigger::CustomEmailSender,
            Contact::PhoneNumber => Trigger::CustomSmsSender,
        };
        if !message.reason.is_hooks_business() {
            return Ok(false);
        }
        self.check_callable(pool, trigger)?;
        let said = self.hooks.send_message(&self.hook_call(pool, client), message).await;
        said.map_err(|error| Error::CodeDelivery(Box::new(error)))
    }

    /// A hook's texts, held to the lengths that messages have.
    pub(crate) async fn custom_message(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        draft: &MessageDraft<'_>,
    ) -> Result<Option<CustomText>, Error> {
        if !draft.reason.is_hooks_business() {
            return Ok(None);
        }
        self.check_callable(pool, Trigger::CustomMessage)?;
        let text = self.hooks.custom_message(&self.hook_call(pool, client), draft).await;
        let text = text.map_err(|error| error.of(Trigger::CustomMessage))?;
        if let Some(problem) = text.as_ref().and_then(|text| too_long(text)) {
            return Err(Error::HookInvalid(Trigger::CustomMessage, problem.into()));
        }
        Ok(text)
    }
}

/// Who signs in, as hooks are told.
fn candidate<'a>(attempt: &'a Attempt<'_>) -> Candidate<'a> {
    Candidate::new(attempt.user.as_deref(), attempt.name)
}

fn too_long(text: &CustomText) -> Option<&'static str> {
    let longer = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.chars().count() > most);
    match text {
        text if longer(&text.sms, 140) => Some("a text message of more than 140 characters"),
        text if longer(&text.subject, 140) => Some("a subject of more than 140 characters"),
        text if longer(&text.mail, 20_000) => Some("a mail of more than 20,000 characters"),
        _ => None,
    }
}

/// What was said of a user who is not made yet: no subject, and no flag that nobody has set.
fn given(user: &User) -> Attributes {
    let is_said = |name: &str, value: &str| name != "sub" && !(name.ends_with("_verified") && value == "false");
    let said = user.attributes.iter().filter(|(name, value)| is_said(name, value));
    said.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_hook_is_as_long_as_its_medium_takes_and_no_longer() {
        let of = |length: usize| Some("ü".repeat(length));
        let none = || CustomText { sms: None, subject: None, mail: None };
        for (most, with) in [
            (140, &(|text| CustomText { sms: text, ..none() }) as &dyn Fn(Option<String>) -> CustomText),
            (140, &|text| CustomText { subject: text, ..none() }),
            (20_000, &|text| CustomText { mail: text, ..none() }),
        ] {
            assert_eq!(too_long(&with(of(most))), None, "{most}");
            assert!(too_long(&with(of(most + 1))).is_some(), "{most}");
        }
    }
}
