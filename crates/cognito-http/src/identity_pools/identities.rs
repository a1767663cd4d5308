//! Identities, their credentials and OpenID tokens.

use std::collections::{BTreeMap, BTreeSet};

use cognito_wire::Sensitive;
use cognito_wire::cognito_identity as wire;
use identity_federation::model::identity::Identity;
use identity_federation::ops::credentials::GetCredentials;
use identity_federation::ops::identities::Listed;
use identity_federation::ops::logins::Logins;

use crate::call::{Call, parse};
use crate::error::Failure;

pub(crate) async fn get_id(call: Call, input: wire::GetIdInput) -> Result<wire::GetIdResponse, Failure> {
    // Ignored: the account, which the pool's id stands for.
    let wire::GetIdInput { account_id: _, identity_pool_id, logins } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let id = call.identities().get_id(&pool, &proofs(logins)).await?;
    Ok(wire::GetIdResponse { identity_id: Some(id.to_string()) })
}

pub(crate) async fn get_credentials(
    call: Call,
    input: wire::GetCredentialsForIdentityInput,
) -> Result<wire::GetCredentialsForIdentityResponse, Failure> {
    let wire::GetCredentialsForIdentityInput { identity_id, logins, custom_role_arn } = input;
    let request = GetCredentials {
        identity: parse(&identity_id, "identity id")?,
        logins: proofs(logins),
        custom_role: custom_role_arn,
    };
    let vended = call.identities().get_credentials_for_identity(request).await?;
    Ok(wire::GetCredentialsForIdentityResponse {
        identity_id: Some(vended.identity.to_string()),
        credentials: Some(wire::Credentials {
            access_key_id: Some(vended.credentials.access_key_id),
            secret_key: Some(vended.credentials.secret.expose().into()),
            session_token: Some(vended.credentials.session_token.expose().to_owned()),
            expiration: Some(vended.credentials.expires_at.epoch_seconds_f64()),
        }),
    })
}

pub(crate) async fn get_open_id_token(
    call: Call,
    input: wire::GetOpenIdTokenInput,
) -> Result<wire::GetOpenIdTokenResponse, Failure> {
    let wire::GetOpenIdTokenInput { identity_id, logins } = input;
    let identity = parse(&identity_id, "identity id")?;
    let (identity, token) = call.identities().get_open_id_token(&identity, &proofs(logins)).await?;
    Ok(wire::GetOpenIdTokenResponse { identity_id: Some(identity.to_string()), token: Some(token.expose().into()) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeIdentityInput,
) -> Result<wire::IdentityDescription, Failure> {
    let wire::DescribeIdentityInput { identity_id } = input;
    let identity = call.identities().describe_identity(&parse(&identity_id, "identity id")?).await?;
    Ok(shape(identity))
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListIdentitiesInput,
) -> Result<wire::ListIdentitiesResponse, Failure> {
    let wire::ListIdentitiesInput { identity_pool_id, max_results, next_token, hide_disabled } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let page = call.page(Some(max_results), next_token, &[&identity_pool_id])?;
    let listed = if hide_disabled == Some(true) { Listed::WithoutDisabled } else { Listed::All };
    let found = call.identities().list_identities(&pool, listed, page).await?.map(shape);
    let next_token = call.next(found.next, &[&identity_pool_id]);
    Ok(wire::ListIdentitiesResponse {
        identity_pool_id: Some(identity_pool_id),
        identities: Some(found.items),
        next_token,
    })
}

pub(crate) async fn delete(
    call: Call,
    input: wire::DeleteIdentitiesInput,
) -> Result<wire::DeleteIdentitiesResponse, Failure> {
    let wire::DeleteIdentitiesInput { identity_ids_to_delete } = input;
    let ids = identity_ids_to_delete.iter().map(|id| parse(id, "identity id")).collect::<Result<Vec<_>, _>>()?;
    let left = call.identities().delete_identities(&ids).await?;
    let unprocessed = left.into_iter().map(|id| wire::UnprocessedIdentityId {
        identity_id: Some(id.to_string()),
        error_code: Some("InternalServerError".to_owned()),
    });
    Ok(wire::DeleteIdentitiesResponse { unprocessed_identity_ids: Some(unprocessed.collect()) })
}

pub(crate) async fn unlink(call: Call, input: wire::UnlinkIdentityInput) -> Result<wire::Empty, Failure> {
    let wire::UnlinkIdentityInput { identity_id, logins, logins_to_remove } = input;
    let identity = parse(&identity_id, "identity id")?;
    call.identities().unlink_identity(&identity, &proofs(Some(logins)), &logins_to_remove).await?;
    Ok(wire::Empty::default())
}

pub(crate) fn proofs(given: Option<BTreeMap<String, Sensitive>>) -> Logins {
    given.unwrap_or_default().into_iter().map(|(provider, token)| (provider, token.into_inner().into())).collect()
}

/// Providers' names only, each once: never subjects, never tokens.
fn shape(identity: Identity) -> wire::IdentityDescription {
    let providers: BTreeSet<String> = identity.logins.into_iter().map(|login| login.provider).collect();
    wire::IdentityDescription {
        identity_id: Some(identity.id.to_string()),
        logins: Some(providers.into_iter().collect()),
        creation_date: Some(identity.created_at.epoch_seconds_f64()),
        last_modified_date: Some(identity.modified_at.epoch_seconds_f64()),
    }
}
