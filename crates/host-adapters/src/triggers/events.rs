//! Amazon's events: what a function is told.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use userpool_core::Trigger;
use userpool_core::model::custom::AnsweredChallenge;
use userpool_core::model::triggers::TokenEventVersion;
use userpool_core::model::user::User;
use userpool_core::ports::{Candidate, HookCall, MessageReason, Outgoing, SignUpSource, TokenRequest, TokenSource};

/// One event, before it is told which call it is of.
pub(super) struct Event<'a> {
    pub(super) trigger: Trigger,
    /// The part of `triggerSource` behind the trigger's name.
    pub(super) source: &'a str,
    pub(super) username: &'a str,
    pub(super) request: Value,
    pub(super) response: Value,
}

impl<'a> Event<'a> {
    /// An event about this user, whose answer has no members.
    pub(super) fn about(trigger: Trigger, source: &'a str, user: &'a User) -> Self {
        let request = json!({"userAttributes": user_attributes(user)});
        Self { trigger, source, username: user.username.as_str(), request, response: json!({}) }
    }

    /// An event of a custom sign-in.
    pub(super) fn of(trigger: Trigger, who: &Candidate<'a>) -> Self {
        let request = json!({"userAttributes": candidate_attributes(who), "userNotFound": who.user.is_none()});
        Self { trigger, source: "Authentication", username: who.username, request, response: json!({}) }
    }

    /// Adds a member of `request`.
    pub(super) fn add(&mut self, name: &str, value: Value) {
        if let Some(request) = self.request.as_object_mut() {
            request.insert(name.to_owned(), value);
        }
    }

    /// The event of this call. Words of the application are there if it has said any.
    pub(super) fn json(mut self, call: &HookCall<'_>) -> Value {
        if !call.context.client_metadata.is_empty() {
            self.add("clientMetadata", json!(call.context.client_metadata));
        }
        let client = call.client.map_or("CLIENT_ID_NOT_APPLICABLE", |client| client.id.as_str());
        let agent = call.context.user_agent.as_deref().unwrap_or("aws-sdk-unknown-unknown");
        json!({
            "version": version(self.trigger, call),
            "triggerSource": format!("{}_{}", prefix(self.trigger), self.source),
            "region": call.pool.id.region(),
            "userPoolId": call.pool.id.as_str(),
            "userName": self.username,
            "callerContext": {"awsSdkVersion": agent, "clientId": client},
            "request": self.request,
            "response": self.response,
        })
    }
}

fn version(trigger: Trigger, call: &HookCall<'_>) -> &'static str {
    match (trigger, call.pool.settings.lambda.token_event) {
        (Trigger::PreTokenGeneration, TokenEventVersion::V2) => "2",
        (Trigger::PreTokenGeneration, TokenEventVersion::V3) => "3",
        _ => "1",
    }
}

/// The first part of `triggerSource`.
fn prefix(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::PreTokenGeneration => "TokenGeneration",
        other => other.name(),
    }
}

/// What is known of a user, as text.
pub(super) fn user_attributes(user: &User) -> BTreeMap<&str, &str> {
    let mut attributes: BTreeMap<&str, &str> =
        user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    attributes.insert("sub", user.sub.as_str());
    attributes.insert("cognito:user_status", user.status.name());
    attributes
}

pub(super) fn candidate_attributes<'a>(who: &Candidate<'a>) -> BTreeMap<&'a str, &'a str> {
    who.user.map(user_attributes).unwrap_or_default()
}

pub(super) fn validation_data(call: &HookCall<'_>) -> Value {
    let data = &call.context.validation_data;
    if data.is_empty() { Value::Null } else { json!(data) }
}

pub(super) fn sign_up_source(source: SignUpSource) -> &'static str {
    match source {
        SignUpSource::AdminCreateUser => "AdminCreateUser",
        SignUpSource::ExternalProvider => "ExternalProvider",
        _ => "SignUp",
    }
}

fn token_source(source: TokenSource) -> &'static str {
    match source {
        TokenSource::AuthenticateDevice => "AuthenticateDevice",
        TokenSource::HostedAuth => "HostedAuth",
        TokenSource::NewPasswordChallenge => "NewPasswordChallenge",
        TokenSource::RefreshTokens => "RefreshTokens",
        _ => "Authentication",
    }
}

/// The event before tokens, in the form that the pool asks for.
pub(super) fn before_tokens<'a>(about: &TokenRequest<'a>, version: TokenEventVersion) -> Event<'a> {
    let mut event = Event::about(Trigger::PreTokenGeneration, token_source(about.source), about.user);
    event.add(
        "groupConfiguration",
        json!({
            "groupsToOverride": about.groups.names,
            "iamRolesToOverride": about.groups.roles,
            "preferredRole": about.groups.preferred_role,
        }),
    );
    event.response = match version {
        TokenEventVersion::V1 => json!({"claimsOverrideDetails": null}),
        TokenEventVersion::V2 | TokenEventVersion::V3 => {
            event.add("scopes", json!(about.session.grant.scopes));
            json!({"claimsAndScopeOverrideDetails": null})
        }
    };
    event
}

/// The history of a custom sign-in.
pub(super) fn session(answered: &[AnsweredChallenge]) -> Value {
    let entry = |challenge: &AnsweredChallenge| {
        let mut entry = Map::new();
        entry.insert("challengeName".to_owned(), json!(challenge.name));
        entry.insert("challengeResult".to_owned(), json!(challenge.right));
        entry.insert("challengeMetadata".to_owned(), json!(challenge.metadata));
        Value::Object(entry)
    };
    answered.iter().map(entry).collect()
}

/// The code as a sender gets it. Cognito escapes temporary passwords as HTML there, and functions take that back.
pub(super) fn sent_code(message: &Outgoing<'_>) -> String {
    let code = message.code.expose();
    if message.reason == MessageReason::AdminCreateUser {
        return code
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
    }
    code.to_owned()
}
