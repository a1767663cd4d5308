//! `GetUser`, `UpdateUserAttributes`, `DeleteUser`, `GlobalSignOut`.

use cognito_wire::cognito_idp as wire;

use crate::call::Call;
use crate::error::Failure;
use crate::user_pools::shapes::{attribute_list, attributes, secret};

pub(crate) async fn get(call: Call, input: wire::GetUserRequest) -> Result<wire::GetUserResponse, Failure> {
    let wire::GetUserRequest { access_token } = input;
    let user = call.users().get_user(&secret(access_token)).await?;
    Ok(wire::GetUserResponse {
        username: user.username.as_str().into(),
        user_attributes: attribute_list(&user.attributes),
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
    call.users().update_user_attributes(&secret(access_token), given).await?;
    Ok(wire::UpdateUserAttributesResponse::default())
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
