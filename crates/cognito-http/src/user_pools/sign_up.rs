//! `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`, `AdminConfirmSignUp`.

use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use userpool_core::ops::sign_up::{ConfirmSignUp, ResendCode, SignUp};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::{attributes, delivery, secret};

pub(crate) async fn sign_up(call: Call, input: wire::SignUpRequest) -> Result<wire::SignUpResponse, Failure> {
    let password = input.password.ok_or_else(|| Failure::invalid_parameter("A sign-up needs a password."))?;
    let request = SignUp {
        client: parse(&input.client_id, "client id")?,
        secret_hash: input.secret_hash.map(Sensitive::into_inner),
        username: input.username.into_inner(),
        password: secret(password),
        attributes: attributes(input.user_attributes)?,
    };
    let signed_up = call.users().sign_up(request).await?;
    Ok(wire::SignUpResponse {
        user_confirmed: false,
        code_delivery_details: signed_up.delivery.map(delivery),
        user_sub: signed_up.sub.to_string(),
        session: None,
    })
}

pub(crate) async fn confirm(
    call: Call,
    input: wire::ConfirmSignUpRequest,
) -> Result<wire::ConfirmSignUpResponse, Failure> {
    let request = ConfirmSignUp {
        client: parse(&input.client_id, "client id")?,
        secret_hash: input.secret_hash.map(Sensitive::into_inner),
        username: input.username.into_inner(),
        code: input.confirmation_code.into(),
        force_alias: input.force_alias_creation.unwrap_or(false),
    };
    call.users().confirm_sign_up(request).await?;
    Ok(wire::ConfirmSignUpResponse::default())
}

pub(crate) async fn resend(
    call: Call,
    input: wire::ResendConfirmationCodeRequest,
) -> Result<wire::ResendConfirmationCodeResponse, Failure> {
    let request = ResendCode {
        client: parse(&input.client_id, "client id")?,
        secret_hash: input.secret_hash.map(Sensitive::into_inner),
        username: input.username.into_inner(),
    };
    let sent = call.users().resend_confirmation_code(request).await?;
    Ok(wire::ResendConfirmationCodeResponse { code_delivery_details: Some(delivery(sent)) })
}

pub(crate) async fn admin_confirm(
    call: Call,
    input: wire::AdminConfirmSignUpRequest,
) -> Result<wire::AdminConfirmSignUpResponse, Failure> {
    let pool = parse(&input.user_pool_id, "user pool id")?;
    call.users().admin_confirm_sign_up(&pool, &input.username).await?;
    Ok(wire::AdminConfirmSignUpResponse::default())
}
