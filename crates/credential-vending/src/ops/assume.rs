//! Assuming a role: the one way to temporary credentials.

mod checks;
mod request;

use identity_kernel::time::Timestamp;

pub use crate::asker::Asker;
pub use checks::check_shape;
pub(crate) use checks::{check_trust, percent_of, trust_context};
pub use request::{AssumeRole, UndefinedRole};

use crate::authority::Authority;
use crate::error::{CredentialError, Error};
use crate::ports::{Action, Outcome};
use crate::reasons::{Fault, Invalid};
use crate::service::{CredentialVending, id_of_undefined};
use crate::session::{Limits, SessionKind, SessionStamp};
use crate::tag_rules;
use crate::vending_key::Credentials;

/// Whom the trust policy is asked about.
pub(crate) enum Judged<'a> {
    /// Somebody with a login: the trust policy alone decides.
    Login,
    /// Somebody with credentials, whose own policies have a say; and when those end, if what is made by them ends with them.
    Keys(&'a Authority<'a>, Option<Timestamp>),
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
        let assumed = self.vend(request, Judged::Login).await;
        let access_key_id = assumed.as_ref().ok().map(|assumed| assumed.credentials.access_key_id.clone());
        self.record(Action::AssumeRole, &role_arn, access_key_id, Outcome::of(&assumed)).await;
        assumed
    }

    pub(crate) async fn vend(&self, request: AssumeRole, judged: Judged<'_>) -> Result<AssumedRole, Error> {
        checks::check_request(&request)?;
        tag_rules::check_session_tags(&request.tags).map_err(Error::InvalidInput)?;
        let role = self.role_by_arn(&request.role_arn).await?;
        let role_id = match &role {
            Some(role) => {
                match judged {
                    Judged::Login => check_trust(&role.trust, &request)?,
                    Judged::Keys(authority, _) => checks::check_keys(&role.trust, &request, authority)?,
                }
                role.id.clone()
            }
            None if request.undefined == UndefinedRole::GrantNothing => id_of_undefined(&request.role_arn),
            None => return Err(Error::AccessDenied),
        };
        let packed_percent = checks::packed_percent(&request)?;
        let session_policies = self.session_policies(request.session_policies, &request.policy_arns).await?;
        if role.is_some_and(|role| request.duration_seconds > role.max_session_seconds) {
            return Err(Error::DurationTooLong);
        }
        let now = self.now();
        let ends = now.plus_seconds(request.duration_seconds);
        let session = SessionStamp {
            kind: SessionKind::Role,
            role_arn: request.role_arn,
            role_id,
            session_name: request.session_name,
            identity: request.identity,
            chain: request.chain,
            tags: request.tags,
            carried: request.carried,
            revocations_seen: Vec::new(),
            issued_at: now,
            expires_at: if let Judged::Keys(_, Some(end)) = judged { ends.min(end) } else { ends },
            limits: Limits::new(session_policies, request.ceiling),
        };
        self.seal(session, packed_percent, request.minimum_token_size).await
    }

    /// Vends a session that has seen every revocation before it.
    pub(crate) async fn seal(
        &self,
        mut session: SessionStamp,
        packed_percent: usize,
        minimum_token_size: usize,
    ) -> Result<AssumedRole, Error> {
        if minimum_token_size > 4096 {
            return Err(Invalid::MinimumTokenSize.into());
        }
        let seen = self.storage.revocations().of(&session.revocable()).await?;
        session.revocations_seen.extend(seen.into_iter().map(|seen| seen.id));
        let key = self.newest_vending_key().await?;
        let credentials = key.vend_sized(self.entropy.as_ref(), &session, minimum_token_size);
        let credentials = credentials.map_err(|error| match error {
            CredentialError::TooLarge { percent } => Error::PackedPolicyTooLarge(percent),
            other => Error::Internal(Fault::new("the session could not be vended", other)),
        })?;
        self.keep_for_audit(&session, &credentials.access_key_id).await?;
        Ok(AssumedRole { credentials, session, packed_percent })
    }
}
