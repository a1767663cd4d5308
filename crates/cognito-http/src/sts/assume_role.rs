use cognito_wire::sts as wire;
use credential_vending::ops::assume_by_keys::AssumeRoleByKeys;

use super::shapes::{
    self, TokenSize, assumed_role_user, check_role_arn, credentials, refuse, refuse_second_factor, tags,
};
use crate::call::Call;
use crate::error::Failure;

pub(super) async fn assume(call: Call, input: wire::AssumeRoleRequest) -> Result<wire::AssumeRoleResponse, Failure> {
    let wire::AssumeRoleRequest {
        role_arn,
        role_session_name,
        policy_arns,
        policy,
        duration_seconds,
        tags: session_tags,
        transitive_tag_keys,
        external_id,
        serial_number,
        token_code,
        source_identity,
        provided_contexts,
        minimum_session_token_size,
    } = input;
    refuse("ProvidedContexts", provided_contexts.is_some())?;
    refuse_second_factor(serial_number.is_some() || token_code.is_some())?;
    check_role_arn(&role_arn)?;
    let signer = call.signed()?;
    let denied =
        format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}", signer.caller.arn());
    let request = AssumeRoleByKeys {
        caller: signer.caller.clone(),
        access_key_id: signer.access_key_id.clone(),
        role_arn,
        session_name: role_session_name,
        duration_seconds,
        tags: tags(session_tags)?,
        transitive: transitive_tag_keys.unwrap_or_default().into_iter().collect(),
        external_id,
        source_identity,
        session_policies: policy.map(|policy| vec![policy]),
        policy_arns: shapes::policy_arns(policy_arns)?,
        circumstances: call.circumstances(),
        minimum_token_size: shapes::minimum(minimum_session_token_size),
    };
    let assumed = call.vending().assume_role_by_keys(request).await.map_err(shapes::denied_as(denied))?;
    let token = TokenSize::of(&assumed.credentials);
    Ok(wire::AssumeRoleResponse {
        credentials: Some(credentials(&assumed.credentials)),
        assumed_role_user: Some(assumed_role_user(&assumed.session)),
        packed_policy_size: i64::try_from(assumed.packed_percent).ok(),
        source_identity: assumed.session.carried.source_identity,
        session_token_utilization: token.utilization,
        session_token_size: token.size,
    })
}
