//! `ListUserSessions`, `RevokeUserSession` and their administrators' twins; `Set`- and `GetUserPoolSessionConfiguration`,
//! `Set`- and `GetUserPoolClientSessionConfiguration`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::session_tracking::SessionTracking;
use userpool_core::ops::session_tracking::{Associated, SessionInfo};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::secret;

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserSessionsRequest,
) -> Result<wire::ListUserSessionsResponse, Failure> {
    let wire::ListUserSessionsRequest { access_token, next_token } = input;
    // A user has a hundred at most, and they come on one page: no token of this listing was ever given out.
    call.page(None, next_token, &[])?;
    let sessions = call.users().list_user_sessions(&secret(access_token)).await?;
    let sessions = Some(sessions.into_iter().map(shape).collect());
    Ok(wire::ListUserSessionsResponse { sessions, next_token: None })
}

pub(crate) async fn admin_list(
    call: Call,
    input: wire::AdminListUserSessionsRequest,
) -> Result<wire::AdminListUserSessionsResponse, Failure> {
    let wire::AdminListUserSessionsRequest { user_pool_id, username, next_token } = input;
    call.page(None, next_token, &[&user_pool_id])?;
    let pool = parse(&user_pool_id, "user pool id")?;
    let sessions = call.users().admin_list_user_sessions(&pool, &username).await?;
    let sessions = Some(sessions.into_iter().map(shape).collect());
    Ok(wire::AdminListUserSessionsResponse { sessions, next_token: None })
}

pub(crate) async fn revoke(
    call: Call,
    input: wire::RevokeUserSessionRequest,
) -> Result<wire::RevokeUserSessionResponse, Failure> {
    let wire::RevokeUserSessionRequest { access_token, session_id, revoke_associated_sessions } = input;
    let with = associated(revoke_associated_sessions.as_deref());
    call.users().revoke_user_session(&secret(access_token), &session_id, with).await?;
    Ok(wire::RevokeUserSessionResponse::default())
}

pub(crate) async fn admin_revoke(
    call: Call,
    input: wire::AdminRevokeUserSessionRequest,
) -> Result<wire::AdminRevokeUserSessionResponse, Failure> {
    let wire::AdminRevokeUserSessionRequest { user_pool_id, username, session_id, revoke_associated_sessions } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let with = associated(revoke_associated_sessions.as_deref());
    call.users().admin_revoke_user_session(&pool, &username, &session_id, with).await?;
    Ok(wire::AdminRevokeUserSessionResponse::default())
}

pub(crate) async fn set_of_pool(
    call: Call,
    input: wire::SetUserPoolSessionConfigurationRequest,
) -> Result<wire::SetUserPoolSessionConfigurationResponse, Failure> {
    let wire::SetUserPoolSessionConfigurationRequest { user_pool_id, user_session_tracking, token_session } = input;
    let wire::UserPoolTokenSessionConfigType { max_per_user } = token_session;
    let pool = parse(&user_pool_id, "user pool id")?;
    let tracking = SessionTracking {
        enabled: user_session_tracking == "ENABLED",
        max_per_user: usize::try_from(max_per_user).unwrap_or(0),
    };
    call.users().set_user_pool_session_configuration(&pool, tracking).await?;
    let (user_session_tracking, token_session) = tracking_shape(tracking);
    Ok(wire::SetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(user_pool_id),
        user_session_tracking: Some(user_session_tracking),
        token_session: Some(token_session),
    })
}

pub(crate) async fn get_of_pool(
    call: Call,
    input: wire::GetUserPoolSessionConfigurationRequest,
) -> Result<wire::GetUserPoolSessionConfigurationResponse, Failure> {
    let wire::GetUserPoolSessionConfigurationRequest { user_pool_id } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let (user_session_tracking, token_session) =
        tracking_shape(call.users().get_user_pool_session_configuration(&pool).await?);
    Ok(wire::GetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(user_pool_id),
        user_session_tracking: Some(user_session_tracking),
        token_session: Some(token_session),
    })
}

pub(crate) async fn set_of_client(
    call: Call,
    input: wire::SetUserPoolClientSessionConfigurationRequest,
) -> Result<wire::SetUserPoolClientSessionConfigurationResponse, Failure> {
    let wire::SetUserPoolClientSessionConfigurationRequest { user_pool_id, client_id, sso_session } = input;
    let wire::ClientSSOSessionConfigType { max_validity_minutes } = sso_session;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    call.users().set_user_pool_client_session_configuration(&pool, &client, max_validity_minutes).await?;
    Ok(wire::SetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(user_pool_id),
        client_id: Some(client_id),
        sso_session: Some(wire::ClientSSOSessionConfigType { max_validity_minutes }),
    })
}

pub(crate) async fn get_of_client(
    call: Call,
    input: wire::GetUserPoolClientSessionConfigurationRequest,
) -> Result<wire::GetUserPoolClientSessionConfigurationResponse, Failure> {
    let wire::GetUserPoolClientSessionConfigurationRequest { user_pool_id, client_id } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let max_validity_minutes = call.users().get_user_pool_client_session_configuration(&pool, &client).await?;
    Ok(wire::GetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(user_pool_id),
        client_id: Some(client_id),
        sso_session: Some(wire::ClientSSOSessionConfigType { max_validity_minutes }),
    })
}

fn associated(which: Option<&str>) -> Associated {
    if which == Some("LINKED") { Associated::Linked } else { Associated::None }
}

fn tracking_shape(tracking: SessionTracking) -> (String, wire::UserPoolTokenSessionConfigType) {
    let is_on = if tracking.enabled { "ENABLED" } else { "DISABLED" };
    let max_per_user = i64::try_from(tracking.max_per_user).unwrap_or(i64::MAX);
    (is_on.to_owned(), wire::UserPoolTokenSessionConfigType { max_per_user })
}

/// What is not known has Cognito's word for it. Where an address lies, nobody is asked.
fn shape(session: SessionInfo) -> wire::SessionDescriptionType {
    const UNKNOWN: &str = "unknown";
    let SessionInfo { id, client, began_at, last_active_at, device, address, is_current } = session;
    wire::SessionDescriptionType {
        session_id: Some(id),
        session_type: Some("TOKEN".to_owned()),
        client_id: Some(client.as_str().into()),
        create_date: Some(began_at.epoch_seconds_f64()),
        last_active_date: Some(last_active_at.epoch_seconds_f64()),
        device_type: Some(device.unwrap_or_else(|| UNKNOWN.to_owned())),
        last_ip_address: address.map(|address| address.to_string().as_str().into()),
        last_location: Some(wire::SessionLocationType { city: None, country: Some(UNKNOWN.to_owned()) }),
        origin_session_id: None,
        is_current_session: Some(is_current),
    }
}
