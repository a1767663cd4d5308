//! Triggers as Cognito has them: the hooks of a pool as calls of functions with Amazon's events.

mod answers;
mod delivery;
mod events;
mod functions;
mod lambda;
mod sender_code;
mod webhook;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::entropy::Entropy;
use serde_json::{Value, json};
use userpool_core::Trigger;
use userpool_core::model::custom::{AnsweredChallenge, CustomChallenge, NextStep};
use userpool_core::model::pool::{Contact, UserPool};
use userpool_core::model::triggers::TokenEventVersion;
use userpool_core::model::user::User;
use userpool_core::ports::{
    Candidate, ClaimChanges, Confirmation, CustomText, HookCall, HookError, Hooks, MessageDraft, MigratedUser,
    Migration, NewUser, Outgoing, SignUpChange, TokenRequest,
};

use events::Event;

pub use delivery::{Attempt, DeliveryLog, TracedDeliveries};
pub use functions::{Functions, Mode, Routes};
pub use lambda::{LambdaEndpoint, LambdaInvoke};
pub use sender_code::SenderKey;
pub use webhook::{WebhookSecret, Webhooks};

/// The hooks of each pool: the functions that its settings name, called with Amazon's events, so that a function which was
/// written as a trigger of Cognito runs unchanged.
///
/// Whom a pool's settings name nothing for is asked nothing. What a function answers beside the members that the trigger has is
/// passed over.
pub struct Triggers {
    functions: Arc<dyn Functions>,
    entropy: Arc<dyn Entropy>,
    sender_key: Option<SenderKey>,
}

impl Triggers {
    /// Hooks that call these functions. Without a key, custom senders are not called: a code never leaves in the clear.
    pub fn new(functions: Arc<dyn Functions>, entropy: Arc<dyn Entropy>, sender_key: Option<SenderKey>) -> Self {
        Self { functions, entropy, sender_key }
    }

    /// Calls the pool's function of this trigger, if it names one, and gives the `response` of its answer.
    async fn ask(&self, call: &HookCall<'_>, event: Event<'_>) -> Result<Option<Value>, HookError> {
        let Some(function) = call.pool.settings.lambda.function(event.trigger) else { return Ok(None) };
        let answer = self.functions.invoke(function, &event.json(call), Mode::Answered).await?;
        answers::response(answer).map(Some)
    }
}

#[async_trait]
impl Hooks for Triggers {
    fn calls(&self, function: &str) -> bool {
        self.functions.calls(function)
    }

    fn migrates(&self, pool: &UserPool) -> bool {
        pool.settings.lambda.function(Trigger::UserMigration).is_some()
    }

    async fn pre_sign_up(&self, call: &HookCall<'_>, new: &NewUser<'_>) -> Result<SignUpChange, HookError> {
        let request = json!({
            "userAttributes": new.attributes,
            "validationData": events::validation_data(call),
        });
        let response = json!({"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false});
        let source = events::sign_up_source(new.source);
        let event = Event { trigger: Trigger::PreSignUp, source, username: new.username, request, response };
        self.ask(call, event).await?.map_or(Ok(SignUpChange::default()), |answer| answers::sign_up(&answer))
    }

    async fn post_confirmation(&self, call: &HookCall<'_>, user: &User, what: Confirmation) -> Result<(), HookError> {
        let source = match what {
            Confirmation::ForgotPassword => "ConfirmForgotPassword",
            _ => "ConfirmSignUp",
        };
        let event = Event::about(Trigger::PostConfirmation, source, user);
        self.ask(call, event).await.map(drop)
    }

    async fn pre_authentication(&self, call: &HookCall<'_>, who: &Candidate<'_>) -> Result<(), HookError> {
        let request = json!({
            "userAttributes": events::candidate_attributes(who),
            "validationData": events::validation_data(call),
            "userNotFound": who.user.is_none(),
        });
        let (trigger, source, response) = (Trigger::PreAuthentication, "Authentication", json!({}));
        self.ask(call, Event { trigger, source, username: who.username, request, response }).await.map(drop)
    }

    async fn post_authentication(&self, call: &HookCall<'_>, user: &User) -> Result<(), HookError> {
        let mut event = Event::about(Trigger::PostAuthentication, "Authentication", user);
        event.add("newDeviceUsed", json!(false));
        self.ask(call, event).await.map(drop)
    }

    async fn pre_token_generation(
        &self,
        call: &HookCall<'_>,
        about: &TokenRequest<'_>,
    ) -> Result<ClaimChanges, HookError> {
        let version = call.pool.settings.lambda.token_event;
        let event = events::before_tokens(about, version);
        let Some(answer) = self.ask(call, event).await? else { return Ok(ClaimChanges::default()) };
        match version {
            TokenEventVersion::V1 => answers::claims_v1(&answer),
            TokenEventVersion::V2 | TokenEventVersion::V3 => answers::claims_v2(&answer),
        }
    }

    async fn migrate_user(&self, call: &HookCall<'_>, who: &Migration<'_>) -> Result<Option<MigratedUser>, HookError> {
        let source = if who.password.is_some() { "Authentication" } else { "ForgotPassword" };
        let request = json!({
            "password": who.password.map(identity_kernel::secret::SecretString::expose),
            "validationData": events::validation_data(call),
        });
        let response = json!({
            "userAttributes": null,
            "forceAliasCreation": null,
            "enableSMSMFA": null,
            "finalUserStatus": null,
            "messageAction": null,
            "desiredDeliveryMediums": null,
        });
        let event = Event { trigger: Trigger::UserMigration, source, username: who.username, request, response };
        self.ask(call, event).await?.map_or(Ok(None), |answer| answers::migrated(&answer))
    }

    async fn custom_message(
        &self,
        call: &HookCall<'_>,
        draft: &MessageDraft<'_>,
    ) -> Result<Option<CustomText>, HookError> {
        let mut event = Event::about(Trigger::CustomMessage, draft.reason.name(), draft.user);
        event.add("codeParameter", json!("{####}"));
        event.add("linkParameter", json!("{##Click Here##}"));
        event.add("usernameParameter", json!((draft.reason.name() == "AdminCreateUser").then_some("{username}")));
        event.response = json!({"smsMessage": null, "emailMessage": null, "emailSubject": null});
        self.ask(call, event).await?.map(|answer| answers::text(&answer)).transpose()
    }

    async fn send_message(&self, call: &HookCall<'_>, message: &Outgoing<'_>) -> Result<bool, HookError> {
        let (trigger, kind) = match message.medium {
            Contact::Email => (Trigger::CustomEmailSender, "customEmailSenderRequestV1"),
            Contact::PhoneNumber => (Trigger::CustomSmsSender, "customSMSSenderRequestV1"),
        };
        let Some(function) = call.pool.settings.lambda.function(trigger) else { return Ok(false) };
        let no_key = || HookError::Failed("this server has no key to encrypt codes under".into());
        let key = self.sender_key.as_ref().ok_or_else(no_key)?;
        let code = events::sent_code(message);
        let sealed = key.encrypt(self.entropy.as_ref(), call.pool, &code).map_err(HookError::Failed)?;
        let mut event = Event::about(trigger, message.reason.name(), message.user);
        event.add("type", json!(kind));
        event.add("code", json!(sealed));
        self.functions.invoke(function, &event.json(call), Mode::HandedOver).await?;
        Ok(true)
    }

    async fn define_auth_challenge(
        &self,
        call: &HookCall<'_>,
        who: &Candidate<'_>,
        session: &[AnsweredChallenge],
    ) -> Result<Option<NextStep>, HookError> {
        let mut event = Event::of(Trigger::DefineAuthChallenge, who);
        event.add("session", events::session(session));
        event.response = json!({"challengeName": null, "issueTokens": null, "failAuthentication": null});
        self.ask(call, event).await?.map(|answer| answers::next_step(&answer)).transpose()
    }

    async fn create_auth_challenge(
        &self,
        call: &HookCall<'_>,
        who: &Candidate<'_>,
        session: &[AnsweredChallenge],
    ) -> Result<CustomChallenge, HookError> {
        let mut event = Event::of(Trigger::CreateAuthChallenge, who);
        event.add("challengeName", json!("CUSTOM_CHALLENGE"));
        event.add("session", events::session(session));
        event.response = json!({
            "publicChallengeParameters": null,
            "privateChallengeParameters": null,
            "challengeMetadata": null,
        });
        self.ask(call, event).await?.map_or(Ok(CustomChallenge::default()), |answer| answers::challenge(&answer))
    }

    async fn verify_auth_challenge(
        &self,
        call: &HookCall<'_>,
        who: &Candidate<'_>,
        challenge: &CustomChallenge,
        answer: &str,
    ) -> Result<bool, HookError> {
        let mut event = Event::of(Trigger::VerifyAuthChallengeResponse, who);
        event.add("privateChallengeParameters", json!(challenge.private));
        event.add("challengeAnswer", json!(answer));
        event.response = json!({"answerCorrect": null});
        self.ask(call, event).await?.map_or(Ok(false), |answer| answers::is_right(&answer))
    }
}

impl fmt::Debug for Triggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Triggers(..)")
    }
}
