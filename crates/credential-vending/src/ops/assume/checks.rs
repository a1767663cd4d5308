//! What a request to assume a role must meet.

use std::collections::BTreeMap;

use iam_policy::{Context, Policy, PolicyKind};

use crate::authority::Authority;
use crate::compiled::Ask;
use crate::error::Error;
use crate::ops::assume::request::AssumeRole;
use crate::reasons::Invalid;
use crate::trust::Login;

/// Room for session policies and tags, in bytes.
const ROOM: usize = 4096;

pub(super) fn check_request(request: &AssumeRole) -> Result<(), Error> {
    check_shape(&request.role_arn, &request.session_name, request.duration_seconds)?;
    Ok(request.carried.check(&request.tags)?)
}

/// That a role's ARN, a session's name and how many seconds it is to last can be ones: what is said of a request before
/// anything in it is looked up.
///
/// # Errors
///
/// [`Error::InvalidInput`].
pub fn check_shape(role_arn: &str, session_name: &str, seconds: i64) -> Result<(), Error> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    if !(2..=64).contains(&session_name.len()) || !session_name.bytes().all(letter) {
        return Err(Invalid::SessionName.into());
    }
    if !(900..=43200).contains(&seconds) {
        return Err(Invalid::Duration.into());
    }
    let parts: Vec<&str> = role_arn.splitn(6, ':').collect();
    if !matches!(parts.as_slice(), ["arn", _, "iam", "", _, role] if role.starts_with("role/")) {
        return Err(Invalid::RoleArn(role_arn.to_owned()).into());
    }
    Ok(())
}

/// The role must trust the login to assume it, and, if tags come along, to tag the session.
pub(crate) fn check_trust(trust: &str, request: &AssumeRole) -> Result<(), Error> {
    // A stored trust policy that cannot be read trusts nobody.
    let trust = Policy::parse("trust", PolicyKind::Trust, trust).map_err(|_| Error::AccessDenied)?;
    let context = trust_context(request);
    let login = Login { asker: &request.asker, role_arn: &request.role_arn, context: &context };
    let trusted = request.actions().all(|action| login.is_trusted(&trust, action));
    if trusted { Ok(()) } else { Err(Error::AccessDenied) }
}

/// The caller's policies and the trust policy must agree on all of it.
pub(super) fn check_keys(trust: &str, request: &AssumeRole, authority: &Authority<'_>) -> Result<(), Error> {
    let trust = Policy::parse("trust", PolicyKind::Trust, trust).map_err(|_| Error::AccessDenied)?;
    let context = trust_context(request);
    let ask = |action| Ask { action, resource: &request.role_arn, context: context.clone() };
    let allowed = request.actions().all(|action| authority.assumes(&trust, ask(action)));
    if allowed { Ok(()) } else { Err(Error::AccessDenied) }
}

impl AssumeRole {
    /// Everything that the role must trust the asker to do.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &'static str> {
        let tagging = (!self.tags.is_empty()).then_some("sts:TagSession");
        let naming = self.carried.source_identity.is_some().then_some("sts:SetSourceIdentity");
        [Some(self.asker.action()), tagging, naming].into_iter().flatten()
    }
}

/// What trust policies may ask for.
pub(crate) fn trust_context(request: &AssumeRole) -> Context {
    let mut context = request.login.clone().with("sts:RoleSessionName", &request.session_name);
    for (key, value) in &request.tags {
        context = context.with(&format!("aws:RequestTag/{key}"), value);
    }
    if !request.tags.is_empty() {
        context = context.with_all("aws:TagKeys", request.tags.keys().cloned());
    }
    if let Some(source) = &request.carried.source_identity {
        context = context.with("sts:SourceIdentity", source);
    }
    if !request.carried.transitive.is_empty() {
        context = context.with_all("sts:TransitiveTagKeys", request.carried.transitive.iter().cloned());
    }
    context
}

pub(super) fn packed_percent(request: &AssumeRole) -> Result<usize, Error> {
    for policy in request.ceiling.iter().flatten() {
        Policy::parse("guest ceiling", PolicyKind::Identity, policy)?;
    }
    percent_of(request.session_policies.as_deref(), &request.policy_arns, &request.tags)
}

/// How much of the room policies, ARNs and tags take. What a managed policy says takes none.
pub(crate) fn percent_of(
    policies: Option<&[String]>,
    arns: &[String],
    tags: &BTreeMap<String, String>,
) -> Result<usize, Error> {
    let mut size: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    size += arns.iter().map(String::len).sum::<usize>();
    for policy in policies.into_iter().flatten() {
        Policy::parse("session policy", PolicyKind::Identity, policy)?;
        size += policy.len();
    }
    let percent = size * 100 / ROOM;
    if percent > 100 { Err(Error::PackedPolicyTooLarge(percent)) } else { Ok(percent) }
}
