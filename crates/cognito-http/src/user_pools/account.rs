//! `GetUser`, `UpdateUserAttributes`, `DeleteUser`, `GlobalSignOut`.

use cognito_wire::cognito_idp as wire;

use crate::call::Call;
use crate::error::Failure;
use crate::user_pools::shapes::{attribute_list, attributes, secret};

pub(crate) async fn get(call: Call, input: wire::GetUserRequest) -> Result<wire::GetUserResponse, Failure> {
    let user = call.users().get_user(&secret(input.access_token)).await?;
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
    let given = attributes(Some(input.user_attributes))?;
    call.users().update_user_attributes(&secret(input.access_token), given).await?;
    Ok(wire::UpdateUserAttributesResponse::default())
}

pub(crate) async fn delete(call: Call, input: wire::DeleteUserRequest) -> Result<wire::Empty, Failure> {
    call.users().delete_user(&secret(input.access_token)).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn sign_out(
    call: Call,
    input: wire::GlobalSignOutRequest,
) -> Result<wire::GlobalSignOutResponse, Failure> {
    call.users().global_sign_out(&secret(input.access_token)).await?;
    Ok(wire::GlobalSignOutResponse::default())
}
