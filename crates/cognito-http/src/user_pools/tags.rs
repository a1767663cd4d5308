//! `TagResource`, `UntagResource`, `ListTagsForResource`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::ids::UserPoolId;

use crate::authorization::pool_of_arn;
use crate::call::Call;
use crate::error::Failure;

pub(crate) async fn tag(call: Call, input: wire::TagResourceRequest) -> Result<wire::TagResourceResponse, Failure> {
    let wire::TagResourceRequest { resource_arn, tags } = input;
    call.users().tag_user_pool(&named(&call, &resource_arn)?, &tags).await?;
    Ok(wire::TagResourceResponse::default())
}

pub(crate) async fn untag(
    call: Call,
    input: wire::UntagResourceRequest,
) -> Result<wire::UntagResourceResponse, Failure> {
    let wire::UntagResourceRequest { resource_arn, tag_keys } = input;
    call.users().untag_user_pool(&named(&call, &resource_arn)?, &tag_keys).await?;
    Ok(wire::UntagResourceResponse::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListTagsForResourceRequest,
) -> Result<wire::ListTagsForResourceResponse, Failure> {
    let wire::ListTagsForResourceRequest { resource_arn } = input;
    let tags = call.users().list_tags_for_user_pool(&named(&call, &resource_arn)?).await?;
    Ok(wire::ListTagsForResourceResponse { tags: Some(tags) })
}

/// The pool of this ARN: user pools are what has tags.
fn named(call: &Call, arn: &str) -> Result<UserPoolId, Failure> {
    let nothing = || Failure::new("ResourceNotFoundException", 400, format!("Resource {arn} does not exist."));
    pool_of_arn(call, arn).ok_or_else(nothing)
}
