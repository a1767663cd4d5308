//! What several operations show and refuse.

use std::collections::{BTreeMap, BTreeSet};

use cognito_wire::sts as wire;
use credential_vending::{Credentials, Error, OriginIdentity, SessionStamp};

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

/// Who stands behind a session, as answers tell it.
pub(super) fn propagation_context(origin: OriginIdentity) -> wire::TrustedIdentityPropagationContext {
    let OriginIdentity { subject, subject_type, issuer, provider_arn, transaction } = origin;
    let told: BTreeMap<String, _> = transaction.into_iter().map(|(key, value)| (key, value.into())).collect();
    wire::TrustedIdentityPropagationContext {
        origin_identity: Some(wire::OriginIdentity {
            subject: Some(subject.into()),
            subject_type: Some(subject_type.as_str().into()),
            issuer: Some(issuer.into()),
            federated_provider_arn: provider_arn,
        }),
        transaction_context: (!told.is_empty()).then_some(wire::TransactionContext { identity_provider: Some(told) }),
    }
}

/// The tags of a session by key.
pub(super) fn tags(tags: Option<Vec<wire::Tag>>) -> Result<BTreeMap<String, String>, Failure> {
    let tags = tags.unwrap_or_default();
    let count = tags.len();
    let by_key: BTreeMap<String, String> = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    let distinct: BTreeSet<String> = by_key.keys().map(|key| key.to_lowercase()).collect();
    if distinct.len() < count {
        let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(Failure::new("InvalidParameterValue", 400, message));
    }
    Ok(by_key)
}

/// The ARNs of the managed policies that narrow a session.
pub(super) fn policy_arns(policies: Option<Vec<wire::PolicyDescriptorType>>) -> Result<Vec<String>, Failure> {
    let arn = |policy: wire::PolicyDescriptorType| {
        policy.arn.ok_or_else(|| Failure::new("ValidationError", 400, "A policy in PolicyArns has no arn."))
    };
    policies.unwrap_or_default().into_iter().map(arn).collect()
}

/// How long a session token is to be at least.
pub(super) fn minimum(size: Option<i64>) -> usize {
    size.and_then(|size| usize::try_from(size).ok()).unwrap_or(0)
}

/// What a domain error is on the wire, where a refusal of the domain has words of its own.
pub(super) fn denied_as(words: String) -> impl FnOnce(Error) -> Failure {
    move |error| match error {
        Error::AccessDenied => Failure::new("AccessDenied", 403, words),
        other => other.into(),
    }
}

/// Operators have no second factor here that a code could be of.
pub(super) fn refuse_second_factor(asked: bool) -> Result<(), Failure> {
    if asked {
        let message = "MultiFactorAuthentication failed, no device with this serial number";
        return Err(Failure::new("AccessDenied", 403, message));
    }
    Ok(())
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
