//! STS over the wire.

use cognito_wire::sts as wire;
use identity_federation::ops::web_identity::AssumeRoleWithWebIdentity;
use identity_kernel::secret::SecretString;

use crate::call::Call;
use crate::entry::Entry;
use crate::error::Failure;

pub(crate) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::AssumeRoleWithWebIdentity, assume_role_with_web_identity),
        Entry::new(wire::GetCallerIdentity, get_caller_identity),
    ]
}

async fn assume_role_with_web_identity(
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
    // Dropping a restriction would widen the session.
    refuse("PolicyArns", policy_arns.is_some_and(|arns| !arns.is_empty()))?;
    refuse("ProviderId", provider_id.is_some())?;
    refuse("MinimumSessionTokenSize", minimum_session_token_size.is_some())?;
    if !is_role_arn(&role_arn) {
        return Err(Failure::new("ValidationError", 400, format!("{role_arn} is invalid")));
    }
    let request = AssumeRoleWithWebIdentity {
        role_arn,
        session_name: role_session_name,
        token: SecretString::from(web_identity_token.into_inner()),
        duration_seconds: duration_seconds.unwrap_or(3600),
        session_policy: policy,
    };
    let session = call.identities().assume_role_with_web_identity(request).await?;
    let stamp = &session.assumed.session;
    let credentials = session.assumed.credentials;
    Ok(wire::AssumeRoleWithWebIdentityResponse {
        subject_from_web_identity_token: Some(session.subject),
        assumed_role_user: Some(wire::AssumedRoleUser { assumed_role_id: stamp.user_id(), arn: stamp.session_arn() }),
        packed_policy_size: i64::try_from(session.assumed.packed_percent).ok(),
        provider: Some(session.provider),
        audience: Some(session.audience),
        credentials: Some(wire::Credentials {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret.expose().into(),
            session_token: credentials.session_token.expose().to_owned(),
            expiration: credentials.expires_at.epoch_seconds_f64(),
        }),
        ..wire::AssumeRoleWithWebIdentityResponse::default()
    })
}

async fn get_caller_identity(
    call: Call,
    _: wire::GetCallerIdentityRequest,
) -> Result<wire::GetCallerIdentityResponse, Failure> {
    let caller = call.caller();
    Ok(wire::GetCallerIdentityResponse {
        user_id: caller.map(credential_vending::Caller::user_id),
        account: Some(call.account_region().account.clone()),
        arn: caller.map(credential_vending::Caller::arn),
    })
}

fn refuse(name: &str, asked: bool) -> Result<(), Failure> {
    if asked {
        return Err(Failure::new("ValidationError", 400, format!("{name} is not supported by this server yet.")));
    }
    Ok(())
}

/// `arn:aws:iam::123456789012:role/name`, with a path or without.
fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, role] = parts.as_slice() else { return false };
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && role.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}
