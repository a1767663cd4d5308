//! `ChangePassword`, `ForgotPassword`, `ConfirmForgotPassword`, `AdminResetUserPassword`.

use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use userpool_core::ops::recovery::{ConfirmForgotPassword, ForgotPassword};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::{delivery, device_data, secret};

pub(crate) async fn change(
    call: Call,
    input: wire::ChangePasswordRequest,
) -> Result<wire::ChangePasswordResponse, Failure> {
    let wire::ChangePasswordRequest { previous_password, proposed_password, access_token } = input;
    let previous = previous_password.map(secret);
    call.users().change_password(&secret(access_token), previous.as_ref(), &secret(proposed_password)).await?;
    Ok(wire::ChangePasswordResponse::default())
}

pub(crate) async fn forgot(
    call: Call,
    input: wire::ForgotPasswordRequest,
) -> Result<wire::ForgotPasswordResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::ForgotPasswordRequest {
        client_id,
        secret_hash,
        user_context_data,
        username,
        analytics_metadata: _,
        client_metadata,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data));
    let request = ForgotPassword {
        client: parse(&client_id, "client id")?,
        secret_hash: secret_hash.map(Sensitive::into_inner),
        username: username.into_inner(),
    };
    let sent = call.users().forgot_password(request).await?;
    Ok(wire::ForgotPasswordResponse { code_delivery_details: Some(delivery(sent)) })
}

pub(crate) async fn confirm_forgot(
    call: Call,
    input: wire::ConfirmForgotPasswordRequest,
) -> Result<wire::ConfirmForgotPasswordResponse, Failure> {
    // Ignored: analytics, which are not there.
    let wire::ConfirmForgotPasswordRequest {
        client_id,
        secret_hash,
        username,
        confirmation_code,
        password,
        analytics_metadata: _,
        user_context_data,
        client_metadata,
    } = input;
    let call = call.with(client_metadata, device_data(user_context_data));
    let request = ConfirmForgotPassword {
        client: parse(&client_id, "client id")?,
        secret_hash: secret_hash.map(Sensitive::into_inner),
        username: username.into_inner(),
        code: confirmation_code.into(),
        password: secret(password),
    };
    call.users().confirm_forgot_password(request).await?;
    Ok(wire::ConfirmForgotPasswordResponse::default())
}

pub(crate) async fn admin_reset(
    call: Call,
    input: wire::AdminResetUserPasswordRequest,
) -> Result<wire::AdminResetUserPasswordResponse, Failure> {
    let wire::AdminResetUserPasswordRequest { user_pool_id, username, client_metadata } = input;
    let call = call.with(client_metadata, None);
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_reset_user_password(&pool, &username).await?;
    Ok(wire::AdminResetUserPasswordResponse::default())
}
