//! `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`, `AdminConfirmSignUp`.

use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use userpool_core::ops::resend::ResendCode;
use userpool_core::ops::sign_up::{ConfirmSignUp, SignUp};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::{attributes, delivery, device_data, secret};

pub(crate) async fn sign_up(call: Call, input: wire::SignUpRequest) -> Result<wire::SignUpResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::SignUpRequest {
        client_id,
        secret_hash,
        username,
        password,
        user_attributes,
        validation_data,
        analytics_metadata: _,
        user_context_data,
        client_metadata,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data)).validating(validation_data);
    let request = SignUp {
        client: parse(&client_id, "client id")?,
        secret_hash: secret_hash.map(Sensitive::into_inner),
        username: username.into_inner(),
        password: password.map(secret),
        attributes: attributes(user_attributes)?,
    };
    let signed_up = call.users().sign_up(request).await?;
    Ok(wire::SignUpResponse {
        user_confirmed: signed_up.confirmed,
        code_delivery_details: signed_up.delivery.map(delivery),
        user_sub: signed_up.sub.to_string(),
        session: signed_up.session.map(|session| session.expose().into()),
    })
}

pub(crate) async fn confirm(
    call: Call,
    input: wire::ConfirmSignUpRequest,
) -> Result<wire::ConfirmSignUpResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::ConfirmSignUpRequest {
        client_id,
        secret_hash,
        username,
        confirmation_code,
        force_alias_creation,
        analytics_metadata: _,
        user_context_data,
        client_metadata,
        session,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data));
    let request = ConfirmSignUp {
        client: parse(&client_id, "client id")?,
        secret_hash: secret_hash.map(Sensitive::into_inner),
        username: username.into_inner(),
        code: confirmation_code.into(),
        force_alias: force_alias_creation.unwrap_or(false),
        session: session.map(secret),
    };
    let session = call.users().confirm_sign_up(request).await?;
    Ok(wire::ConfirmSignUpResponse { session: session.map(|session| session.expose().into()) })
}

pub(crate) async fn resend(
    call: Call,
    input: wire::ResendConfirmationCodeRequest,
) -> Result<wire::ResendConfirmationCodeResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::ResendConfirmationCodeRequest {
        client_id,
        secret_hash,
        user_context_data,
        username,
        analytics_metadata: _,
        client_metadata,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data));
    let request = ResendCode {
        client: parse(&client_id, "client id")?,
        secret_hash: secret_hash.map(Sensitive::into_inner),
        username: username.into_inner(),
    };
    let sent = call.users().resend_confirmation_code(request).await?;
    Ok(wire::ResendConfirmationCodeResponse { code_delivery_details: Some(delivery(sent)) })
}

pub(crate) async fn admin_confirm(
    call: Call,
    input: wire::AdminConfirmSignUpRequest,
) -> Result<wire::AdminConfirmSignUpResponse, Failure> {
    let wire::AdminConfirmSignUpRequest { user_pool_id, username, client_metadata } = input;
    let call = call.with(client_metadata, None);
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_confirm_sign_up(&pool, &username).await?;
    Ok(wire::AdminConfirmSignUpResponse::default())
}
