//! `LambdaConfig`: the functions that a pool calls.

use std::collections::BTreeMap;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::triggers::{LambdaSettings, TokenEventVersion, Trigger};

use crate::error::Failure;
use crate::user_pools::passthrough;

/// The domain's settings.
pub(super) fn settings(config: Option<wire::LambdaConfigType>) -> Result<LambdaSettings, Failure> {
    let wire::LambdaConfigType {
        pre_sign_up,
        custom_message,
        post_confirmation,
        pre_authentication,
        post_authentication,
        define_auth_challenge,
        create_auth_challenge,
        verify_auth_challenge_response,
        pre_token_generation,
        user_migration,
        pre_token_generation_config,
        custom_sms_sender,
        custom_email_sender,
        kms_key_id,
        inbound_federation,
    } = config.unwrap_or_default();
    passthrough::refuse("InboundFederation", inbound_federation.as_ref())?;
    let (token_event, pre_token_generation) = before_tokens(pre_token_generation, pre_token_generation_config)?;
    // Of either sender's event there is one version, which the model's constraint holds requests to.
    let sms_sender = custom_sms_sender.map(|sender| sender.lambda_arn);
    let email_sender = custom_email_sender.map(|sender| sender.lambda_arn);
    let functions = [
        (Trigger::PreSignUp, pre_sign_up),
        (Trigger::CustomMessage, custom_message),
        (Trigger::PostConfirmation, post_confirmation),
        (Trigger::PreAuthentication, pre_authentication),
        (Trigger::PostAuthentication, post_authentication),
        (Trigger::DefineAuthChallenge, define_auth_challenge),
        (Trigger::CreateAuthChallenge, create_auth_challenge),
        (Trigger::VerifyAuthChallengeResponse, verify_auth_challenge_response),
        (Trigger::PreTokenGeneration, pre_token_generation),
        (Trigger::UserMigration, user_migration),
        (Trigger::CustomSmsSender, sms_sender),
        (Trigger::CustomEmailSender, email_sender),
    ];
    let named = functions.into_iter().filter_map(|(trigger, function)| Some((trigger, function?)));
    Ok(LambdaSettings { functions: named.collect::<BTreeMap<_, _>>(), token_event, key: kms_key_id })
}

/// The function before tokens and the form of its event: the older member knows one form.
fn before_tokens(
    older: Option<String>,
    newer: Option<wire::PreTokenGenerationVersionConfigType>,
) -> Result<(TokenEventVersion, Option<String>), Failure> {
    let Some(newer) = newer else { return Ok((TokenEventVersion::V1, older)) };
    let wire::PreTokenGenerationVersionConfigType { lambda_version, lambda_arn } = newer;
    if older.is_some_and(|older| older != lambda_arn) {
        return Err(Failure::invalid_parameter(
            "PreTokenGeneration and the LambdaArn of PreTokenGenerationConfig must be equal.",
        ));
    }
    let version = match lambda_version.as_str() {
        "V2_0" => TokenEventVersion::V2,
        "V3_0" => TokenEventVersion::V3,
        _ => TokenEventVersion::V1,
    };
    Ok((version, Some(lambda_arn)))
}

/// The settings as they are shown.
pub(super) fn shape(lambda: &LambdaSettings) -> wire::LambdaConfigType {
    let function = |trigger| lambda.function(trigger).map(str::to_owned);
    let version = match lambda.token_event {
        TokenEventVersion::V1 => "V1_0",
        TokenEventVersion::V2 => "V2_0",
        TokenEventVersion::V3 => "V3_0",
    };
    wire::LambdaConfigType {
        pre_sign_up: function(Trigger::PreSignUp),
        custom_message: function(Trigger::CustomMessage),
        post_confirmation: function(Trigger::PostConfirmation),
        pre_authentication: function(Trigger::PreAuthentication),
        post_authentication: function(Trigger::PostAuthentication),
        define_auth_challenge: function(Trigger::DefineAuthChallenge),
        create_auth_challenge: function(Trigger::CreateAuthChallenge),
        verify_auth_challenge_response: function(Trigger::VerifyAuthChallengeResponse),
        pre_token_generation: function(Trigger::PreTokenGeneration),
        user_migration: function(Trigger::UserMigration),
        pre_token_generation_config: function(Trigger::PreTokenGeneration).map(|lambda_arn| {
            wire::PreTokenGenerationVersionConfigType { lambda_version: version.to_owned(), lambda_arn }
        }),
        custom_sms_sender: function(Trigger::CustomSmsSender)
            .map(|lambda_arn| wire::CustomSMSLambdaVersionConfigType { lambda_version: "V1_0".to_owned(), lambda_arn }),
        custom_email_sender: function(Trigger::CustomEmailSender).map(|lambda_arn| {
            wire::CustomEmailLambdaVersionConfigType { lambda_version: "V1_0".to_owned(), lambda_arn }
        }),
        kms_key_id: lambda.key.clone(),
        inbound_federation: None,
    }
}
