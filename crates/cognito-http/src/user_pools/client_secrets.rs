//! `AddUserPoolClientSecret`, `ListUserPoolClientSecrets`, `DeleteUserPoolClientSecret`.

use cognito_wire::cognito_idp as wire;
use userpool_core::ops::client_secrets::SecretInfo;

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::secret;

pub(crate) async fn add(
    call: Call,
    input: wire::AddUserPoolClientSecretRequest,
) -> Result<wire::AddUserPoolClientSecretResponse, Failure> {
    let wire::AddUserPoolClientSecretRequest { user_pool_id, client_id, client_secret } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let added = call.users().add_user_pool_client_secret(&pool, &client, client_secret.map(secret)).await?;
    let client_secret_value = added.made.as_ref().map(|made| made.expose().into());
    let descriptor = wire::ClientSecretDescriptorType { client_secret_value, ..shape(added.info) };
    Ok(wire::AddUserPoolClientSecretResponse { client_secret_descriptor: Some(descriptor) })
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserPoolClientSecretsRequest,
) -> Result<wire::ListUserPoolClientSecretsResponse, Failure> {
    let wire::ListUserPoolClientSecretsRequest { user_pool_id, client_id, next_token } = input;
    // They are two at most and come on one page: no token of this listing was ever given out.
    call.page(None, next_token, &[&user_pool_id, &client_id])?;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    let secrets = call.users().list_user_pool_client_secrets(&pool, &client).await?;
    let client_secrets = Some(secrets.into_iter().map(shape).collect());
    Ok(wire::ListUserPoolClientSecretsResponse { client_secrets, next_token: None })
}

pub(crate) async fn delete(
    call: Call,
    input: wire::DeleteUserPoolClientSecretRequest,
) -> Result<wire::DeleteUserPoolClientSecretResponse, Failure> {
    let wire::DeleteUserPoolClientSecretRequest { user_pool_id, client_id, client_secret_id } = input;
    let (pool, client) = (parse(&user_pool_id, "user pool id")?, parse(&client_id, "client id")?);
    call.users().delete_user_pool_client_secret(&pool, &client, &client_secret_id).await?;
    Ok(wire::DeleteUserPoolClientSecretResponse::default())
}

fn shape(info: SecretInfo) -> wire::ClientSecretDescriptorType {
    wire::ClientSecretDescriptorType {
        client_secret_id: Some(info.id),
        client_secret_value: None,
        client_secret_create_date: Some(info.created_at.epoch_seconds_f64()),
    }
}
