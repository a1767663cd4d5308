//! Assuming a role: the one way to temporary credentials.

use std::collections::BTreeMap;

use iam_policy::{Context, Policy, PolicyKind};

use crate::audit_chain::AuditChain;
use crate::error::{CredentialError, Error};
use crate::ports::{Action, Outcome};
use crate::reasons::{Fault, Invalid};
use crate::service::{CredentialVending, id_of_undefined};
use crate::session::{IdentityStamp, Limits, SessionStamp};
use crate::tag_rules;
use crate::trust::Login;
use crate::vending_key::Credentials;

/// Somebody with a verified login asks to assume a role.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name: 2 to 64 letters, digits and `+=,.@-_`.
    pub session_name: String,
    /// How long, 900 to 43,200 seconds and no longer than the role allows.
    pub duration_seconds: i64,
    /// The login's provider, as trust policies name it: `cognito-identity.amazonaws.com`, or a provider's ARN.
    pub provider: String,
    /// What the login says of itself, as trust policies ask for it: `cognito-identity.amazonaws.com:aud` and so on.
    pub login: Context,
    /// The identity, if one asks.
    pub identity: Option<IdentityStamp>,
    /// The logins behind it, and why it is this role.
    pub chain: AuditChain,
    /// Session tags; a role must trust `sts:TagSession` to take any. As AWS has it: 50 at most, keys of 1 to 128 characters
    /// that do not begin with `aws:` and differ in more than case, values of up to 256; letters, digits, blanks and
    /// `_.:/=+-@`.
    pub tags: BTreeMap<String, String>,
    /// Policies that narrow the session. `None` narrows nothing.
    pub session_policies: Option<Vec<String>>,
    /// What guests may do at most; `None` for somebody who has logged in.
    pub ceiling: Option<Vec<String>>,
    /// What to do about a role that nobody has created.
    pub undefined: UndefinedRole,
}

/// What to do about a role that nobody has created.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UndefinedRole {
    /// Refuse, as if it did not trust the caller.
    Refuse,
    /// Vend: somebody who may say so has said that this role is the caller's. Such a session may do nothing.
    GrantNothing,
}

/// An assumed role.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// The credentials.
    pub credentials: Credentials,
    /// What the session is.
    pub session: SessionStamp,
    /// How much of a session token's room policies and tags take, in percent.
    pub packed_percent: usize,
}

/// Room for session policies and tags, in bytes.
const ROOM: usize = 4096;

impl CredentialVending {
    /// Vends credentials of a role to somebody whose login was verified, if the role trusts it.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`] if the role does not trust the login (or its tags), or there is no such role;
    /// [`Error::DurationTooLong`]; [`Error::InvalidInput`], for tags too; [`Error::MalformedPolicy`] for a session policy or
    /// ceiling that cannot be read; [`Error::PackedPolicyTooLarge`] if policies and tags, or the whole session, do not fit
    /// into a session token.
    pub async fn assume_role(&self, request: AssumeRole) -> Result<AssumedRole, Error> {
        let role_arn = request.role_arn.clone();
        let assumed = self.vend(request).await;
        let access_key_id = assumed.as_ref().ok().map(|assumed| assumed.credentials.access_key_id.clone());
        self.record(Action::AssumeRole, &role_arn, access_key_id, Outcome::of(&assumed)).await;
        assumed
    }

    async fn vend(&self, request: AssumeRole) -> Result<AssumedRole, Error> {
        check_request(&request)?;
        check_tags(&request.tags)?;
        let packed_percent = packed_percent(&request)?;
        let role = self.role_by_arn(&request.role_arn).await?;
        let role_id = match &role {
            Some(role) => {
                check_trust(&role.trust, &request)?;
                if request.duration_seconds > role.max_session_seconds {
                    return Err(Error::DurationTooLong);
                }
                role.id.clone()
            }
            None if request.undefined == UndefinedRole::GrantNothing => id_of_undefined(&request.role_arn),
            None => return Err(Error::AccessDenied),
        };
        let now = self.now();
        let mut session = SessionStamp {
            role_arn: request.role_arn,
            role_id,
            session_name: request.session_name,
            identity: request.identity,
            chain: request.chain,
            tags: request.tags,
            revocations_seen: Vec::new(),
            issued_at: now,
            expires_at: now.plus_seconds(request.duration_seconds),
            limits: Limits::new(request.session_policies, request.ceiling),
        };
        let seen = self.storage.revocations().of(&session.revocable()).await?;
        session.revocations_seen.extend(seen.into_iter().map(|seen| seen.id));
        let credentials = self.newest_vending_key().await?.vend(self.entropy.as_ref(), &session);
        let credentials = credentials.map_err(|error| match error {
            CredentialError::TooLarge { percent } => Error::PackedPolicyTooLarge(percent),
            other => Error::Internal(Fault::new("the session could not be vended", other)),
        })?;
        Ok(AssumedRole { credentials, session, packed_percent })
    }
}

fn check_request(request: &AssumeRole) -> Result<(), Error> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    let name = &request.session_name;
    if !(2..=64).contains(&name.len()) || !name.bytes().all(letter) {
        return Err(Invalid::SessionName.into());
    }
    if !(900..=43200).contains(&request.duration_seconds) {
        return Err(Invalid::Duration.into());
    }
    let parts: Vec<&str> = request.role_arn.splitn(6, ':').collect();
    if !matches!(parts.as_slice(), ["arn", _, "iam", "", _, role] if role.starts_with("role/")) {
        return Err(Invalid::RoleArn(request.role_arn.clone()).into());
    }
    Ok(())
}

/// What AWS takes as session tags.
fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    tag_rules::check_session_tags(tags).map_err(Error::InvalidInput)
}

/// The role must trust the login to assume it, and, if tags come along, to tag the session.
pub(crate) fn check_trust(trust: &str, request: &AssumeRole) -> Result<(), Error> {
    // A stored trust policy that cannot be read trusts nobody.
    let trust = Policy::parse("trust", PolicyKind::Trust, trust).map_err(|_| Error::AccessDenied)?;
    let context = trust_context(request);
    let login = Login { provider: &request.provider, role_arn: &request.role_arn, context: &context };
    let trusted = login.is_trusted(&trust, "sts:AssumeRoleWithWebIdentity")
        && (request.tags.is_empty() || login.is_trusted(&trust, "sts:TagSession"));
    if trusted { Ok(()) } else { Err(Error::AccessDenied) }
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
    context
}

fn packed_percent(request: &AssumeRole) -> Result<usize, Error> {
    let policies = request.session_policies.iter().flatten();
    let mut size: usize = request.tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    for policy in policies {
        Policy::parse("session policy", PolicyKind::Identity, policy)?;
        size += policy.len();
    }
    for policy in request.ceiling.iter().flatten() {
        Policy::parse("guest ceiling", PolicyKind::Identity, policy)?;
    }
    let percent = size * 100 / ROOM;
    if percent > 100 { Err(Error::PackedPolicyTooLarge(percent)) } else { Ok(percent) }
}
