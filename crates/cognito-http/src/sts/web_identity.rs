use cognito_wire::sts as wire;
use identity_federation::ops::web_identity::AssumeRoleWithWebIdentity;
use identity_kernel::secret::SecretString;

use super::shapes::{self, TokenSize, assumed_role_user, check_role_arn, credentials, minimum, propagation_context};
use crate::call::Call;
use crate::error::Failure;

pub(super) async fn assume(
    call: Call,
    input: wire::AssumeRoleWithWebIdentityRequest,
) -> Result<wire::AssumeRoleWithWebIdentityResponse, Failure> {
    let wire::AssumeRoleWithWebIdentityRequest {
        role_arn,
        role_session_name,
        web_identity_token,
        provider_id,
        policy_arns,
        policy,
        duration_seconds,
        minimum_session_token_size,
    } = input;
    check_role_arn(&role_arn)?;
    let request = AssumeRoleWithWebIdentity {
        role_arn,
        session_name: role_session_name,
        token: SecretString::from(web_identity_token.into_inner()),
        provider_id,
        duration_seconds: duration_seconds.unwrap_or(3600),
        session_policy: policy,
        policy_arns: shapes::policy_arns(policy_arns)?,
        minimum_token_size: minimum(minimum_session_token_size),
    };
    let session = call.identities().assume_role_with_web_identity(request).await?;
    let assumed = &session.assumed;
    let token = TokenSize::of(&assumed.credentials);
    Ok(wire::AssumeRoleWithWebIdentityResponse {
        subject_from_web_identity_token: Some(session.subject),
        assumed_role_user: Some(assumed_role_user(&session.assumed.session)),
        packed_policy_size: i64::try_from(session.assumed.packed_percent).ok(),
        provider: Some(session.provider),
        audience: Some(session.audience),
        credentials: Some(credentials(&session.assumed.credentials)),
        trusted_identity_propagation_context: assumed.session.carried.origin.clone().map(propagation_context),
        source_identity: assumed.session.carried.source_identity.clone(),
        session_token_utilization: token.utilization,
        session_token_size: token.size,
    })
}
