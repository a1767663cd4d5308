//! Users of the operator's own system.

use cognito_wire::cognito_identity as wire;
use identity_federation::ops::developer::{GetOpenIdTokenForDeveloper, LookupDeveloperIdentity};

use super::identities::proofs;
use crate::call::{Call, parse, part_of};
use crate::error::Failure;

/// How many users a page of a lookup has when nothing is said: all that an identity can have.
const USERS_OF_A_PAGE: i64 = 60;

pub(crate) async fn get_open_id_token(
    call: Call,
    input: wire::GetOpenIdTokenForDeveloperIdentityInput,
) -> Result<wire::GetOpenIdTokenForDeveloperIdentityResponse, Failure> {
    let wire::GetOpenIdTokenForDeveloperIdentityInput {
        identity_pool_id,
        identity_id,
        logins,
        principal_tags,
        token_duration,
    } = input;
    let request = GetOpenIdTokenForDeveloper {
        pool: parse(&identity_pool_id, "identity pool id")?,
        identity: identity_id.map(|id| parse(&id, "identity id")).transpose()?,
        logins: proofs(Some(logins)),
        principal_tags: principal_tags.unwrap_or_default(),
        seconds: token_duration,
    };
    let (identity, token) = call.identities().get_open_id_token_for_developer_identity(request).await?;
    Ok(wire::GetOpenIdTokenForDeveloperIdentityResponse {
        identity_id: Some(identity.to_string()),
        token: Some(token.expose().into()),
    })
}

pub(crate) async fn lookup(
    call: Call,
    input: wire::LookupDeveloperIdentityInput,
) -> Result<wire::LookupDeveloperIdentityResponse, Failure> {
    let wire::LookupDeveloperIdentityInput {
        identity_pool_id,
        identity_id,
        developer_user_identifier,
        max_results,
        next_token,
    } = input;
    let bound = [identity_pool_id.as_str(), identity_id.as_deref().unwrap_or_default()];
    let page = call.page(Some(max_results.unwrap_or(USERS_OF_A_PAGE)), next_token, &bound)?;
    let request = LookupDeveloperIdentity {
        pool: parse(&identity_pool_id, "identity pool id")?,
        identity: identity_id.as_deref().map(|id| parse(id, "identity id")).transpose()?,
        user: developer_user_identifier,
    };
    let found = call.identities().lookup_developer_identity(request).await?;
    let users = part_of(found.users, &page, String::as_str);
    let next_token = call.next(users.next, &bound);
    Ok(wire::LookupDeveloperIdentityResponse {
        identity_id: Some(found.identity.to_string()),
        developer_user_identifier_list: Some(users.items),
        next_token,
    })
}

pub(crate) async fn merge(
    call: Call,
    input: wire::MergeDeveloperIdentitiesInput,
) -> Result<wire::MergeDeveloperIdentitiesResponse, Failure> {
    let wire::MergeDeveloperIdentitiesInput {
        source_user_identifier: source,
        destination_user_identifier: destination,
        developer_provider_name: provider,
        identity_pool_id,
    } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let identity = call.identities().merge_developer_identities(&pool, &provider, &source, &destination).await?;
    Ok(wire::MergeDeveloperIdentitiesResponse { identity_id: Some(identity.to_string()) })
}

pub(crate) async fn unlink(call: Call, input: wire::UnlinkDeveloperIdentityInput) -> Result<wire::Empty, Failure> {
    let wire::UnlinkDeveloperIdentityInput {
        identity_id,
        identity_pool_id,
        developer_provider_name: provider,
        developer_user_identifier: user,
    } = input;
    let (pool, identity) = (parse(&identity_pool_id, "identity pool id")?, parse(&identity_id, "identity id")?);
    call.identities().unlink_developer_identity(&pool, &identity, &provider, &user).await?;
    Ok(wire::Empty::default())
}
