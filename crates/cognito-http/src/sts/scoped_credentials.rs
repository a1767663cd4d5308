use cognito_wire::sts as wire;
use credential_vending::Narrowing;
use credential_vending::ops::scoped_credentials::GetScopedCredentials;

use super::shapes::{TokenSize, credentials, minimum};
use crate::call::Call;
use crate::error::Failure;

pub(super) async fn get(
    call: Call,
    input: wire::GetScopedCredentialsRequest,
) -> Result<wire::GetScopedCredentialsResponse, Failure> {
    let wire::GetScopedCredentialsRequest {
        policy,
        duration_seconds,
        minimum_session_token_size,
        scoped_session_description,
    } = input;
    let signer = call.signed()?;
    let request = GetScopedCredentials {
        access_key_id: signer.access_key_id.clone(),
        session_token: signer.session_token.clone(),
        narrowing: Narrowing {
            policy,
            duration_seconds,
            description: scoped_session_description,
            minimum_token_size: minimum(minimum_session_token_size),
        },
    };
    let session = call.vending().get_scoped_credentials(request).await?;
    let scoped = &session.scoped;
    let token = TokenSize::of(&scoped.credentials);
    Ok(wire::GetScopedCredentialsResponse {
        credentials: Some(credentials(&scoped.credentials)),
        session_info: Some(wire::ScopedSession {
            scoped_session_id: scoped.scoped_session_id.clone(),
            arn: session.outer.session_arn(),
        }),
        session_token_utilization: token.utilization,
        session_token_size: token.size,
        scoped_policies_count: i64::try_from(scoped.layers).ok(),
        source_identity: session.outer.carried.source_identity,
    })
}
