//! The tags of pools, and which claims become tags of sessions.

use cognito_wire::cognito_identity as wire;
use identity_federation::model::ids::IdentityPoolId;
use identity_federation::model::principal_tags::PrincipalTagMap;

use crate::authorization::identity_pool_of_arn;
use crate::call::{Call, parse};
use crate::error::Failure;

pub(crate) async fn tag(call: Call, input: wire::TagResourceInput) -> Result<wire::TagResourceResponse, Failure> {
    let wire::TagResourceInput { resource_arn, tags } = input;
    call.identities().tag_identity_pool(&named(&call, &resource_arn)?, &tags).await?;
    Ok(wire::TagResourceResponse::default())
}

pub(crate) async fn untag(call: Call, input: wire::UntagResourceInput) -> Result<wire::UntagResourceResponse, Failure> {
    let wire::UntagResourceInput { resource_arn, tag_keys } = input;
    call.identities().untag_identity_pool(&named(&call, &resource_arn)?, &tag_keys).await?;
    Ok(wire::UntagResourceResponse::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListTagsForResourceInput,
) -> Result<wire::ListTagsForResourceResponse, Failure> {
    let wire::ListTagsForResourceInput { resource_arn } = input;
    let tags = call.identities().list_tags_for_identity_pool(&named(&call, &resource_arn)?).await?;
    Ok(wire::ListTagsForResourceResponse { tags: Some(tags) })
}

/// The pool of this ARN: identity pools are what has tags.
fn named(call: &Call, arn: &str) -> Result<IdentityPoolId, Failure> {
    let nothing = || Failure::new("ResourceNotFoundException", 400, format!("Resource {arn} does not exist."));
    identity_pool_of_arn(call, arn).ok_or_else(nothing)
}

pub(crate) async fn set_principal(
    call: Call,
    input: wire::SetPrincipalTagAttributeMapInput,
) -> Result<wire::SetPrincipalTagAttributeMapResponse, Failure> {
    let wire::SetPrincipalTagAttributeMapInput {
        identity_pool_id,
        identity_provider_name,
        use_defaults,
        principal_tags,
    } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let tags =
        PrincipalTagMap { use_defaults: use_defaults.unwrap_or(false), claims: principal_tags.unwrap_or_default() };
    let set = call.identities().set_principal_tag_attribute_map(&pool, &identity_provider_name, tags).await?;
    Ok(wire::SetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(identity_pool_id),
        identity_provider_name: Some(identity_provider_name),
        use_defaults: Some(set.use_defaults),
        principal_tags: Some(set.tags()),
    })
}

pub(crate) async fn get_principal(
    call: Call,
    input: wire::GetPrincipalTagAttributeMapInput,
) -> Result<wire::GetPrincipalTagAttributeMapResponse, Failure> {
    let wire::GetPrincipalTagAttributeMapInput { identity_pool_id, identity_provider_name } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let found = call.identities().get_principal_tag_attribute_map(&pool, &identity_provider_name).await?;
    Ok(wire::GetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(identity_pool_id),
        identity_provider_name: Some(identity_provider_name),
        use_defaults: Some(found.use_defaults),
        principal_tags: Some(found.tags()),
    })
}
