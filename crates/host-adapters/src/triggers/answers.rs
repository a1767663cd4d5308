//! What functions answer. A member of another type than Amazon's is an answer that cannot be used.
#![expect(clippy::struct_field_names, reason = "the names are Amazon's")]

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use userpool_core::model::custom::{CustomChallenge, NextStep};
use userpool_core::model::group::GroupClaims;
use userpool_core::model::pool::Contact;
use userpool_core::ports::{ClaimChanges, ClaimEdits, CustomText, HookError, MigratedUser, SignUpChange};

/// The `response` of the event that a function gives back.
pub(super) fn response(mut answer: Value) -> Result<Value, HookError> {
    match answer.get_mut("response").map(Value::take) {
        Some(response @ Value::Object(_)) => Ok(response),
        _ => Err(HookError::Invalid("the function did not give the event back".into())),
    }
}

fn read<T: DeserializeOwned>(response: &Value) -> Result<T, HookError> {
    T::deserialize(response).map_err(|error| HookError::Invalid(Box::new(error)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignUp {
    auto_confirm_user: Option<bool>,
    auto_verify_email: Option<bool>,
    auto_verify_phone: Option<bool>,
}

pub(super) fn sign_up(response: &Value) -> Result<SignUpChange, HookError> {
    let SignUp { auto_confirm_user, auto_verify_email, auto_verify_phone } = read(response)?;
    let verified = [(Contact::Email, auto_verify_email), (Contact::PhoneNumber, auto_verify_phone)];
    let verify = verified.into_iter().filter(|(_, is)| *is == Some(true)).map(|(contact, _)| contact);
    Ok(SignUpChange { confirm: auto_confirm_user == Some(true), verify: verify.collect() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    claims_override_details: Option<Details>,
    claims_and_scope_override_details: Option<Details>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<BTreeSet<String>>,
    id_token_generation: Option<TokenDetails>,
    access_token_generation: Option<TokenDetails>,
    /// There and empty means: no groups.
    #[serde(deserialize_with = "present")]
    group_override_details: Option<Groups>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TokenDetails {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<BTreeSet<String>>,
    scopes_to_add: Option<Vec<String>>,
    scopes_to_suppress: Option<BTreeSet<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Groups {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

/// A member that is there, `null` being as good as empty.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Groups>, D::Error> {
    Option::<Groups>::deserialize(deserializer).map(|groups| Some(groups.unwrap_or_default()))
}

impl From<Groups> for GroupClaims {
    fn from(groups: Groups) -> Self {
        Self {
            names: groups.groups_to_override.unwrap_or_default(),
            roles: groups.iam_roles_to_override.unwrap_or_default(),
            preferred_role: groups.preferred_role.filter(|role| !role.is_empty()),
        }
    }
}

/// The first form: text in the ID token.
pub(super) fn claims_v1(response: &Value) -> Result<ClaimChanges, HookError> {
    let details = read::<Tokens>(response)?.claims_override_details.unwrap_or_default();
    let set = details.claims_to_add_or_override.unwrap_or_default();
    let set = set.into_iter().map(|(name, value)| Ok((name.clone(), as_text(&name, value)?)));
    let set = set.collect::<Result<_, HookError>>()?;
    Ok(ClaimChanges {
        id: ClaimEdits { set, suppress: details.claims_to_suppress.unwrap_or_default() },
        groups: details.group_override_details.map(GroupClaims::from),
        ..ClaimChanges::default()
    })
}

/// A value of the first form as the ID token has it: flags and times keep their type.
fn as_text(name: &str, value: Value) -> Result<Value, HookError> {
    let text = match value {
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return Err(HookError::Invalid(format!("the claim {name} is no text").into())),
    };
    Ok(match (name, text.as_str()) {
        ("email_verified" | "phone_number_verified", "true" | "false") => Value::Bool(text == "true"),
        ("updated_at", number) => number.parse::<i64>().map_or_else(|_| Value::String(text), Value::from),
        _ => Value::String(text),
    })
}

/// The later forms: anything in both tokens.
pub(super) fn claims_v2(response: &Value) -> Result<ClaimChanges, HookError> {
    let details = read::<Tokens>(response)?.claims_and_scope_override_details.unwrap_or_default();
    let id = details.id_token_generation.unwrap_or_default();
    let access = details.access_token_generation.unwrap_or_default();
    let edits = |set: Option<Map<String, Value>>, suppress: Option<BTreeSet<String>>| ClaimEdits {
        set: set.unwrap_or_default(),
        suppress: suppress.unwrap_or_default(),
    };
    Ok(ClaimChanges {
        id: edits(id.claims_to_add_or_override, id.claims_to_suppress),
        access: edits(access.claims_to_add_or_override, access.claims_to_suppress),
        scopes_to_add: access.scopes_to_add.unwrap_or_default(),
        scopes_to_suppress: access.scopes_to_suppress.unwrap_or_default(),
        groups: details.group_override_details.map(GroupClaims::from),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Migrated {
    user_attributes: Option<BTreeMap<String, String>>,
    final_user_status: Option<String>,
    force_alias_creation: Option<bool>,
}

/// Somebody whose attributes the function knows; without any, nobody.
pub(super) fn migrated(response: &Value) -> Result<Option<MigratedUser>, HookError> {
    let Migrated { user_attributes, final_user_status, force_alias_creation } = read(response)?;
    let confirmed = match final_user_status.as_deref() {
        Some("CONFIRMED") => true,
        Some("RESET_REQUIRED") | None => false,
        Some(other) => return Err(HookError::Invalid(format!("{other} is no status of a user").into())),
    };
    let force_alias = force_alias_creation == Some(true);
    Ok(user_attributes.map(|attributes| MigratedUser { attributes, confirmed, force_alias }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    sms_message: Option<String>,
    email_message: Option<String>,
    email_subject: Option<String>,
}

pub(super) fn text(response: &Value) -> Result<CustomText, HookError> {
    let Text { sms_message, email_message, email_subject } = read(response)?;
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(CustomText { sms: said(sms_message), subject: said(email_subject), mail: said(email_message) })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Defined {
    challenge_name: Option<String>,
    issue_tokens: Option<bool>,
    fail_authentication: Option<bool>,
}

/// What is next. A function that says neither has said nothing.
pub(super) fn next_step(response: &Value) -> Result<NextStep, HookError> {
    let Defined { challenge_name, issue_tokens, fail_authentication } = read(response)?;
    match (fail_authentication, issue_tokens, challenge_name) {
        (Some(true), ..) => Ok(NextStep::Fail),
        (_, Some(true), _) => Ok(NextStep::IssueTokens),
        (.., Some(name)) if !name.is_empty() => Ok(NextStep::Challenge(name)),
        _ => Err(HookError::Invalid("neither a challenge nor tokens nor a failure".into())),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    public_challenge_parameters: Option<BTreeMap<String, String>>,
    private_challenge_parameters: Option<BTreeMap<String, String>>,
    challenge_metadata: Option<String>,
}

pub(super) fn challenge(response: &Value) -> Result<CustomChallenge, HookError> {
    let Created { public_challenge_parameters, private_challenge_parameters, challenge_metadata } = read(response)?;
    Ok(CustomChallenge {
        public: public_challenge_parameters.unwrap_or_default(),
        private: private_challenge_parameters.unwrap_or_default(),
        metadata: challenge_metadata,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Judged {
    answer_correct: Option<bool>,
}

pub(super) fn is_right(response: &Value) -> Result<bool, HookError> {
    let Judged { answer_correct } = read(response)?;
    Ok(answer_correct == Some(true))
}

#[cfg(test)]
mod tests;
