//! Assuming a role: the one way to temporary credentials.

mod asker;
mod checks;

use std::collections::BTreeMap;

use iam_policy::Context;

pub use asker::Asker;
pub(crate) use checks::{check_trust, trust_context};

use crate::audit_chain::AuditChain;
use crate::carried::Carried;
use crate::error::{CredentialError, Error};
use crate::ports::{Action, Outcome};
use crate::reasons::Fault;
use crate::service::{CredentialVending, id_of_undefined};
use crate::session::{IdentityStamp, Limits, SessionStamp};
use crate::tag_rules;
use crate::vending_key::Credentials;

/// Somebody asks to assume a role.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name: 2 to 64 letters, digits and `+=,.@-_`.
    pub session_name: String,
    /// How long, 900 to 43,200 seconds and no longer than the role allows.
    pub duration_seconds: i64,
    /// Who asks, and by what.
    pub asker: Asker,
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
    /// What goes with the session into those that are assumed by it.
    pub carried: Carried,
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
        checks::check_request(&request)?;
        tag_rules::check_session_tags(&request.tags).map_err(Error::InvalidInput)?;
        let packed_percent = checks::packed_percent(&request)?;
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
            carried: request.carried,
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
