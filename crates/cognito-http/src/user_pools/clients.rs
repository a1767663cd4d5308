//! `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`, `DeleteUserPoolClient`,
//! `ListUserPoolClients`.

use std::collections::BTreeSet;
use std::mem;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::client::{AllowedFlow, ClientSettings};
use userpool_core::ops::clients::{ClientWithSecret, CreateClient};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::client_settings::{FLOWS, Shared};
use crate::user_pools::shapes::{non_empty, secret};
use crate::user_pools::{oauth_settings, passthrough};

pub(crate) async fn create(
    call: Call,
    input: wire::CreateUserPoolClientRequest,
) -> Result<wire::CreateUserPoolClientResponse, Failure> {
    let wire::CreateUserPoolClientRequest {
        user_pool_id,
        client_name,
        generate_secret,
        client_secret,
        refresh_token_validity,
        access_token_validity,
        id_token_validity,
        token_validity_units,
        read_attributes,
        write_attributes,
        explicit_auth_flows,
        supported_identity_providers,
        callback_urls,
        logout_urls,
        default_redirect_uri,
        allowed_oauth_flows,
        allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client,
        analytics_configuration,
        prevent_user_existence_errors,
        enable_token_revocation,
        enable_propagate_additional_user_context_data,
        auth_session_validity,
        refresh_token_rotation,
        publish_secrets_in_aws_secrets_manager,
    } = input;
    let shared = Shared {
        refresh_token_validity,
        access_token_validity,
        id_token_validity,
        token_validity_units,
        read_attributes,
        write_attributes,
        explicit_auth_flows,
        supported_identity_providers,
        callback_urls,
        logout_urls,
        default_redirect_uri,
        allowed_oauth_flows,
        allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client,
        analytics_configuration,
        prevent_user_existence_errors,
        enable_token_revocation,
        enable_propagate_additional_user_context_data,
        auth_session_validity,
        refresh_token_rotation,
        publish_secrets_in_aws_secrets_manager,
    };
    let request = CreateClient {
        pool: parse(&user_pool_id, "user pool id")?,
        settings: shared.into_domain(&call, &client_name)?,
        with_secret: generate_secret.unwrap_or(false),
    };
    let users = call.users();
    let client = match client_secret.map(secret) {
        Some(given) => users.create_user_pool_client_with_secret(request, given).await?,
        None => users.create_user_pool_client(request).await?,
    };
    Ok(wire::CreateUserPoolClientResponse { user_pool_client: Some(shape(&client)?) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeUserPoolClientRequest,
) -> Result<wire::DescribeUserPoolClientResponse, Failure> {
    let wire::DescribeUserPoolClientRequest { user_pool_id, client_id } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let client = call.users().describe_user_pool_client(&pool, &client).await?;
    Ok(wire::DescribeUserPoolClientResponse { user_pool_client: Some(shape(&client)?) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateUserPoolClientRequest,
) -> Result<wire::UpdateUserPoolClientResponse, Failure> {
    let wire::UpdateUserPoolClientRequest {
        user_pool_id,
        client_id,
        client_name,
        refresh_token_validity,
        access_token_validity,
        id_token_validity,
        token_validity_units,
        read_attributes,
        write_attributes,
        explicit_auth_flows,
        supported_identity_providers,
        callback_urls,
        logout_urls,
        default_redirect_uri,
        allowed_oauth_flows,
        allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client,
        analytics_configuration,
        prevent_user_existence_errors,
        enable_token_revocation,
        enable_propagate_additional_user_context_data,
        auth_session_validity,
        refresh_token_rotation,
        publish_secrets_in_aws_secrets_manager,
    } = input;
    let shared = Shared {
        refresh_token_validity,
        access_token_validity,
        id_token_validity,
        token_validity_units,
        read_attributes,
        write_attributes,
        explicit_auth_flows,
        supported_identity_providers,
        callback_urls,
        logout_urls,
        default_redirect_uri,
        allowed_oauth_flows,
        allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client,
        analytics_configuration,
        prevent_user_existence_errors,
        enable_token_revocation,
        enable_propagate_additional_user_context_data,
        auth_session_validity,
        refresh_token_rotation,
        publish_secrets_in_aws_secrets_manager,
    };
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let given = shared.into_domain(&call, client_name.as_deref().unwrap_or_default())?;
    let change = |settings: &mut ClientSettings| {
        let name = client_name.unwrap_or(mem::take(&mut settings.name));
        *settings = ClientSettings { name, ..given };
    };
    let client = call.users().change_user_pool_client(&pool, &client, change).await?;
    Ok(wire::UpdateUserPoolClientResponse { user_pool_client: Some(shape(&client)?) })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteUserPoolClientRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteUserPoolClientRequest { user_pool_id, client_id } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    call.users().delete_user_pool_client(&pool, &client).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserPoolClientsRequest,
) -> Result<wire::ListUserPoolClientsResponse, Failure> {
    let wire::ListUserPoolClientsRequest { user_pool_id, max_results, next_token, client_type } = input;
    passthrough::refuse("ClientType", client_type.as_ref())?;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(max_results, next_token, &[&user_pool_id])?;
    let found = call.users().list_user_pool_clients(&pool, page).await?;
    let found = found.map(|client| wire::UserPoolClientDescription {
        client_id: Some(client.id.as_str().into()),
        user_pool_id: Some(client.pool.to_string()),
        client_name: Some(client.settings.name),
    });
    let next_token = call.next(found.next, &[&user_pool_id]);
    Ok(wire::ListUserPoolClientsResponse { user_pool_clients: Some(found.items), next_token })
}

fn shape(with_secret: &ClientWithSecret) -> Result<wire::UserPoolClientType, Failure> {
    let client = &with_secret.client;
    let settings = &client.settings;
    let oauth = &settings.oauth;
    let list = |names: Option<&BTreeSet<String>>| names.map(|names| names.iter().cloned().collect());
    let flow_name = |flow: &AllowedFlow| FLOWS.iter().find(|(_, own)| own == flow).map(|(name, _)| (*name).to_owned());
    let hide = if settings.prevent_user_existence_errors { "ENABLED" } else { "LEGACY" };
    let kept: wire::UserPoolClientType = passthrough::restore(&settings.passthrough)?;
    let flows = || settings.explicit_auth_flows.iter().filter_map(flow_name).collect();
    Ok(wire::UserPoolClientType {
        user_pool_id: Some(client.pool.to_string()),
        client_name: Some(settings.name.clone()),
        client_id: Some(client.id.as_str().into()),
        client_secret: with_secret.secret.as_ref().map(|secret| secret.expose().into()),
        last_modified_date: Some(client.modified_at.epoch_seconds_f64()),
        creation_date: Some(client.created_at.epoch_seconds_f64()),
        refresh_token_validity: Some(settings.refresh_token.value),
        read_attributes: list(settings.read_attributes.as_ref()),
        write_attributes: list(settings.write_attributes.as_ref()),
        explicit_auth_flows: kept.explicit_auth_flows.or_else(|| Some(flows())),
        allowed_oauth_flows_user_pool_client: Some(oauth.enabled),
        allowed_oauth_flows: oauth_settings::flows(oauth),
        allowed_oauth_scopes: non_empty(oauth.scopes.iter().map(ToString::to_string).collect()),
        supported_identity_providers: non_empty(oauth.providers.iter().map(ToString::to_string).collect()),
        callback_urls: non_empty(oauth.redirect_uris.iter().map(ToString::to_string).collect()),
        logout_urls: non_empty(oauth.logout_uris.iter().map(ToString::to_string).collect()),
        default_redirect_uri: oauth.default_redirect_uri.as_ref().map(ToString::to_string),
        prevent_user_existence_errors: Some(hide.to_owned()),
        enable_token_revocation: Some(settings.revocation),
        enable_propagate_additional_user_context_data: Some(false),
        auth_session_validity: Some(settings.challenge_minutes),
        refresh_token_rotation: settings.rotation.map(|rotation| wire::RefreshTokenRotationType {
            feature: "ENABLED".to_owned(),
            retry_grace_period_seconds: Some(rotation.grace_seconds),
        }),
        client_type: Some("REGULAR".to_owned()),
        ..kept
    })
}
