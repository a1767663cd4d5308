//! What a step of a sign-in comes to, on the wire.

use std::collections::BTreeMap;

use cognito_wire::cognito_idp as wire;
use serde_json::{Value, json};
use userpool_core::ops::sign_in::{AuthOutcome, Challenged, NewPasswordRequired};
use userpool_core::ops::srp::PasswordVerifier;
use userpool_core::ops::tokens::Tokens;

use crate::error::Failure;

pub(crate) fn not_built(name: &str) -> Failure {
    Failure::invalid_parameter(format!("{name} is not supported by this server yet."))
}

pub(crate) fn shape(outcome: AuthOutcome) -> Result<wire::InitiateAuthResponse, Failure> {
    Ok(match outcome {
        AuthOutcome::Tokens(tokens) => wire::InitiateAuthResponse {
            challenge_parameters: Some(BTreeMap::new()),
            authentication_result: Some(tokens_shape(&tokens)),
            ..wire::InitiateAuthResponse::default()
        },
        AuthOutcome::PasswordVerifier(challenge) => verifier_shape(challenge),
        AuthOutcome::NewPasswordRequired(challenge) => new_password_shape(challenge),
        AuthOutcome::Challenged(challenge) => challenge_shape(*challenge),
        other => return Err(not_built(other.challenge().unwrap_or("this challenge"))),
    })
}

fn challenge_shape(challenge: Challenged) -> wire::InitiateAuthResponse {
    let Challenged { name, session, parameters, available } = challenge;
    wire::InitiateAuthResponse {
        challenge_name: Some(name.to_owned()),
        session: Some(session.expose().into()),
        challenge_parameters: Some(parameters),
        available_challenges: (!available.is_empty()).then_some(available),
        ..wire::InitiateAuthResponse::default()
    }
}

pub(crate) fn tokens_shape(tokens: &Tokens) -> wire::AuthenticationResultType {
    wire::AuthenticationResultType {
        access_token: Some(tokens.access_token.expose().into()),
        expires_in: Some(tokens.expires_in),
        token_type: Some("Bearer".to_owned()),
        refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().into()),
        id_token: Some(tokens.id_token.expose().into()),
        new_device_metadata: tokens.new_device.as_ref().map(|device| wire::NewDeviceMetadataType {
            device_key: Some(device.key.to_string()),
            device_group_key: Some(device.group_key.clone()),
        }),
    }
}

fn verifier_shape(challenge: PasswordVerifier) -> wire::InitiateAuthResponse {
    let parameters = [
        ("SALT", challenge.salt),
        ("SRP_B", challenge.server_public),
        ("SECRET_BLOCK", challenge.secret_block),
        ("USERNAME", challenge.user_id.clone()),
        ("USER_ID_FOR_SRP", challenge.user_id),
    ];
    wire::InitiateAuthResponse {
        challenge_name: Some("PASSWORD_VERIFIER".to_owned()),
        challenge_parameters: Some(parameters.map(|(name, value)| (name.to_owned(), value)).into()),
        ..wire::InitiateAuthResponse::default()
    }
}

fn new_password_shape(challenge: NewPasswordRequired) -> wire::InitiateAuthResponse {
    let required: Vec<String> = challenge.required.iter().map(|name| format!("userAttributes.{name}")).collect();
    let attributes: Value = json!(challenge.attributes);
    let parameters = [
        ("USER_ID_FOR_SRP", challenge.username),
        ("requiredAttributes", json!(required).to_string()),
        ("userAttributes", attributes.to_string()),
    ];
    wire::InitiateAuthResponse {
        challenge_name: Some("NEW_PASSWORD_REQUIRED".to_owned()),
        session: Some(challenge.session.expose().into()),
        challenge_parameters: Some(parameters.map(|(name, value)| (name.to_owned(), value)).into()),
        ..wire::InitiateAuthResponse::default()
    }
}
