//! Users as administrators see and change them: `Admin…`, `ListUsers`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::pool::Contact;
use userpool_core::model::user::User;
use userpool_core::ops::users::{AdminCreateUser, Invitation, PasswordLifetime};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::factors::second_shapes;
use crate::user_pools::shapes::{self, attribute_list, attributes, secret};

pub(crate) async fn create(
    call: Call,
    input: wire::AdminCreateUserRequest,
) -> Result<wire::AdminCreateUserResponse, Failure> {
    let wire::AdminCreateUserRequest {
        user_pool_id,
        username,
        user_attributes,
        validation_data,
        temporary_password,
        force_alias_creation,
        message_action,
        desired_delivery_mediums,
        client_metadata,
    } = input;
    let call = call.with(client_metadata, None).validating(validation_data);
    if force_alias_creation == Some(true) {
        return Err(Failure::invalid_parameter("ForceAliasCreation is not supported by this server yet."));
    }
    let medium = |name: &String| if name == "SMS" { Contact::PhoneNumber } else { Contact::Email };
    let request = AdminCreateUser {
        pool: parse(&user_pool_id, "user pool id")?,
        username: username.into_inner(),
        attributes: attributes(user_attributes)?,
        temporary_password: temporary_password.filter(|password| !password.is_empty()).map(secret),
        invitation: match message_action.as_deref() {
            Some("SUPPRESS") => Invitation::Suppress,
            Some("RESEND") => Invitation::Resend,
            _ => Invitation::Send,
        },
        mediums: desired_delivery_mediums.unwrap_or_default().iter().map(medium).collect(),
    };
    let user = call.users().admin_create_user(request).await?;
    Ok(wire::AdminCreateUserResponse { user: Some(shapes::user(&user)) })
}

pub(crate) async fn get(call: Call, input: wire::AdminGetUserRequest) -> Result<wire::AdminGetUserResponse, Failure> {
    let wire::AdminGetUserRequest { user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let (user, second) = call.users().admin_get_user_with_factors(&pool, &username).await?;
    let (user_mfa_setting_list, preferred_mfa_setting) = second_shapes(&second);
    Ok(wire::AdminGetUserResponse {
        user_mfa_setting_list,
        preferred_mfa_setting,
        username: user.username.as_str().into(),
        user_attributes: Some(attribute_list(&user.shown_attributes())),
        user_create_date: Some(user.created_at.epoch_seconds_f64()),
        user_last_modified_date: Some(user.modified_at.epoch_seconds_f64()),
        enabled: Some(user.enabled),
        user_status: Some(user.status.name().to_owned()),
        ..wire::AdminGetUserResponse::default()
    })
}

pub(crate) async fn set_password(
    call: Call,
    input: wire::AdminSetUserPasswordRequest,
) -> Result<wire::AdminSetUserPasswordResponse, Failure> {
    let wire::AdminSetUserPasswordRequest { user_pool_id, username, password, permanent } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let lifetime = if permanent == Some(true) { PasswordLifetime::Permanent } else { PasswordLifetime::Temporary };
    call.users().admin_set_user_password(&pool, &username, &secret(password), lifetime).await?;
    Ok(wire::AdminSetUserPasswordResponse::default())
}

pub(crate) async fn update_attributes(
    call: Call,
    input: wire::AdminUpdateUserAttributesRequest,
) -> Result<wire::AdminUpdateUserAttributesResponse, Failure> {
    let wire::AdminUpdateUserAttributesRequest { user_pool_id, username, user_attributes, client_metadata } = input;
    let call = call.with(client_metadata, None);
    let pool = parse(&user_pool_id, "user pool id")?;
    let given = attributes(Some(user_attributes))?;
    call.users().admin_update_user_attributes(&pool, &username, given).await?;
    Ok(wire::AdminUpdateUserAttributesResponse::default())
}

pub(crate) async fn delete_attributes(
    call: Call,
    input: wire::AdminDeleteUserAttributesRequest,
) -> Result<wire::AdminDeleteUserAttributesResponse, Failure> {
    let wire::AdminDeleteUserAttributesRequest { user_pool_id, username, user_attribute_names } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_delete_user_attributes(&pool, &username, &user_attribute_names).await?;
    Ok(wire::AdminDeleteUserAttributesResponse::default())
}

pub(crate) async fn disable(
    call: Call,
    input: wire::AdminDisableUserRequest,
) -> Result<wire::AdminDisableUserResponse, Failure> {
    let wire::AdminDisableUserRequest { user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_disable_user(&pool, &username).await?;
    Ok(wire::AdminDisableUserResponse::default())
}

pub(crate) async fn enable(
    call: Call,
    input: wire::AdminEnableUserRequest,
) -> Result<wire::AdminEnableUserResponse, Failure> {
    let wire::AdminEnableUserRequest { user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_enable_user(&pool, &username).await?;
    Ok(wire::AdminEnableUserResponse::default())
}

pub(crate) async fn delete(call: Call, input: wire::AdminDeleteUserRequest) -> Result<wire::Empty, Failure> {
    let wire::AdminDeleteUserRequest { user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_delete_user(&pool, &username).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn sign_out(
    call: Call,
    input: wire::AdminUserGlobalSignOutRequest,
) -> Result<wire::AdminUserGlobalSignOutResponse, Failure> {
    let wire::AdminUserGlobalSignOutRequest { user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_user_global_sign_out(&pool, &username).await?;
    Ok(wire::AdminUserGlobalSignOutResponse::default())
}

pub(crate) async fn list(call: Call, input: wire::ListUsersRequest) -> Result<wire::ListUsersResponse, Failure> {
    let wire::ListUsersRequest { user_pool_id, attributes_to_get, limit, pagination_token, filter } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let filter = filter.unwrap_or_default();
    let bound = [user_pool_id.as_str(), filter.as_str()];
    let page = call.page(limit, pagination_token, &bound)?;
    let wanted = attributes_to_get;
    let found = call.users().list_users(&pool, &filter, page).await?;
    let found = found.map(|mut user: User| {
        if let Some(wanted) = &wanted {
            user.attributes.retain(|name, _| wanted.contains(name));
        }
        shapes::user(&user)
    });
    Ok(wire::ListUsersResponse { users: Some(found.items), pagination_token: call.next(found.next, &bound) })
}
