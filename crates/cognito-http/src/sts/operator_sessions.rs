use cognito_wire::sts as wire;
use credential_vending::ops::operator_sessions::{GetFederationToken, GetSessionToken};

use super::shapes::{self, TokenSize, credentials, refuse_second_factor, tags};
use crate::call::Call;
use crate::error::Failure;

pub(super) async fn session_token(
    call: Call,
    input: wire::GetSessionTokenRequest,
) -> Result<wire::GetSessionTokenResponse, Failure> {
    let wire::GetSessionTokenRequest { duration_seconds, serial_number, token_code, minimum_session_token_size } =
        input;
    refuse_second_factor(serial_number.is_some() || token_code.is_some())?;
    let request = GetSessionToken {
        caller: call.signed()?.caller.clone(),
        duration_seconds,
        minimum_token_size: shapes::minimum(minimum_session_token_size),
    };
    let denied = "Cannot call GetSessionToken with session credentials".to_owned();
    let made = call.vending().get_session_token(request).await.map_err(shapes::denied_as(denied))?;
    let token = TokenSize::of(&made.credentials);
    Ok(wire::GetSessionTokenResponse {
        credentials: Some(credentials(&made.credentials)),
        session_token_utilization: token.utilization,
        session_token_size: token.size,
    })
}

pub(super) async fn federation_token(
    call: Call,
    input: wire::GetFederationTokenRequest,
) -> Result<wire::GetFederationTokenResponse, Failure> {
    let wire::GetFederationTokenRequest {
        name,
        policy,
        policy_arns,
        duration_seconds,
        tags: session_tags,
        minimum_session_token_size,
    } = input;
    let request = GetFederationToken {
        caller: call.signed()?.caller.clone(),
        name,
        session_policies: policy.map(|policy| vec![policy]),
        policy_arns: shapes::policy_arns(policy_arns)?,
        tags: tags(session_tags)?,
        duration_seconds,
        minimum_token_size: shapes::minimum(minimum_session_token_size),
    };
    let denied = "Cannot call GetFederationToken with session credentials".to_owned();
    let made = call.vending().get_federation_token(request).await.map_err(shapes::denied_as(denied))?;
    let token = TokenSize::of(&made.credentials);
    Ok(wire::GetFederationTokenResponse {
        credentials: Some(credentials(&made.credentials)),
        federated_user: Some(wire::FederatedUser {
            federated_user_id: made.session.user_id(),
            arn: made.session.session_arn(),
        }),
        packed_policy_size: i64::try_from(made.packed_percent).ok(),
        session_token_utilization: token.utilization,
        session_token_size: token.size,
    })
}

pub(super) async fn access_key_info(
    call: Call,
    input: wire::GetAccessKeyInfoRequest,
) -> Result<wire::GetAccessKeyInfoResponse, Failure> {
    let wire::GetAccessKeyInfoRequest { access_key_id } = input;
    let account = call.vending().get_access_key_info(&access_key_id).await?;
    Ok(wire::GetAccessKeyInfoResponse { account: Some(account) })
}
