//! What several operations show and refuse.

use cognito_wire::sts as wire;
use credential_vending::{Credentials, SessionStamp};

use crate::error::Failure;

pub(super) fn credentials(credentials: &Credentials) -> wire::Credentials {
    wire::Credentials {
        access_key_id: credentials.access_key_id.clone(),
        secret_access_key: credentials.secret.expose().into(),
        session_token: credentials.session_token.expose().to_owned(),
        expiration: credentials.expires_at.epoch_seconds_f64(),
    }
}

/// How long a session token is, as answers tell it.
pub(super) struct TokenSize {
    /// In characters, which are bytes.
    pub(super) size: Option<i64>,
    /// In percent of the longest.
    pub(super) utilization: Option<i64>,
}

impl TokenSize {
    pub(super) fn of(credentials: &Credentials) -> Self {
        Self {
            size: i64::try_from(credentials.session_token.expose().len()).ok(),
            utilization: i64::try_from(credentials.token_percent()).ok(),
        }
    }
}

pub(super) fn assumed_role_user(session: &SessionStamp) -> wire::AssumedRoleUser {
    wire::AssumedRoleUser { assumed_role_id: session.user_id(), arn: session.session_arn() }
}

/// Refuses a member that is not built: dropping a restriction would widen the session.
pub(super) fn refuse(name: &str, asked: bool) -> Result<(), Failure> {
    if asked {
        return Err(Failure::new("ValidationError", 400, format!("{name} is not supported by this server yet.")));
    }
    Ok(())
}

/// Takes the ARN of a role.
pub(super) fn check_role_arn(arn: &str) -> Result<(), Failure> {
    if is_role_arn(arn) { Ok(()) } else { Err(Failure::new("ValidationError", 400, format!("{arn} is invalid"))) }
}

/// `arn:aws:iam::123456789012:role/name`, with a path or without.
fn is_role_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, role] = parts.as_slice() else { return false };
    account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && role.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}
