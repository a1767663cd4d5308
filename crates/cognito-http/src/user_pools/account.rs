//! `GetUser`, `UpdateUserAttributes`, `DeleteUserAttributes` and the proof of addresses, `DeleteUser`, `GlobalSignOut`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::pool::Contact;

use crate::call::Call;
use crate::error::Failure;
use crate::user_pools::factors::second_shapes;
use crate::user_pools::shapes::{attribute_list, attributes, delivery, non_empty, secret};

pub(crate) async fn get(call: Call, input: wire::GetUserRequest) -> Result<wire::GetUserResponse, Failure> {
    let wire::GetUserRequest { access_token } = input;
    let me = call.users().authenticate(&secret(access_token)).await?;
    let user = call.users().get_user(&me).await?;
    let (user_mfa_setting_list, preferred_mfa_setting) = second_shapes(&call.users().own_second_factors(&me).await?);
    Ok(wire::GetUserResponse {
        username: user.username.as_str().into(),
        user_attributes: attribute_list(&user.shown_attributes()),
        user_mfa_setting_list,
        preferred_mfa_setting,
        ..wire::GetUserResponse::default()
    })
}

pub(crate) async fn update_attributes(
    call: Call,
    input: wire::UpdateUserAttributesRequest,
) -> Result<wire::UpdateUserAttributesResponse, Failure> {
    let wire::UpdateUserAttributesRequest { user_attributes, access_token, client_metadata } = input;
    let call = call.with(client_metadata, None);
    let given = attributes(Some(user_attributes))?;
    let sent = call.users().update_user_attributes(&secret(access_token), given).await?;
    let sent = sent.into_iter().map(delivery).collect();
    Ok(wire::UpdateUserAttributesResponse { code_delivery_details_list: non_empty(sent) })
}

pub(crate) async fn delete_attributes(
    call: Call,
    input: wire::DeleteUserAttributesRequest,
) -> Result<wire::DeleteUserAttributesResponse, Failure> {
    let wire::DeleteUserAttributesRequest { user_attribute_names, access_token } = input;
    call.users().delete_user_attributes(&secret(access_token), &user_attribute_names).await?;
    Ok(wire::DeleteUserAttributesResponse::default())
}

pub(crate) async fn verification_code(
    call: Call,
    input: wire::GetUserAttributeVerificationCodeRequest,
) -> Result<wire::GetUserAttributeVerificationCodeResponse, Failure> {
    let wire::GetUserAttributeVerificationCodeRequest { access_token, attribute_name, client_metadata } = input;
    let call = call.with(client_metadata, None);
    let contact = provable(&attribute_name)?;
    let sent = call.users().get_user_attribute_verification_code(&secret(access_token), contact).await?;
    Ok(wire::GetUserAttributeVerificationCodeResponse { code_delivery_details: Some(delivery(sent)) })
}

pub(crate) async fn verify_attribute(
    call: Call,
    input: wire::VerifyUserAttributeRequest,
) -> Result<wire::VerifyUserAttributeResponse, Failure> {
    let wire::VerifyUserAttributeRequest { access_token, attribute_name, code } = input;
    let contact = provable(&attribute_name)?;
    call.users().verify_user_attribute(&secret(access_token), contact, &code.into()).await?;
    Ok(wire::VerifyUserAttributeResponse::default())
}

/// The kind of address that this attribute holds.
fn provable(attribute: &str) -> Result<Contact, Failure> {
    match attribute {
        "email" => Ok(Contact::Email),
        "phone_number" => Ok(Contact::PhoneNumber),
        _ => Err(Failure::invalid_parameter("Only email and phone_number can be verified.")),
    }
}

pub(crate) async fn delete(call: Call, input: wire::DeleteUserRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteUserRequest { access_token } = input;
    call.users().delete_user(&secret(access_token)).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn sign_out(
    call: Call,
    input: wire::GlobalSignOutRequest,
) -> Result<wire::GlobalSignOutResponse, Failure> {
    let wire::GlobalSignOutRequest { access_token } = input;
    call.users().global_sign_out(&secret(access_token)).await?;
    Ok(wire::GlobalSignOutResponse::default())
}
