//! Who signed a request, and what they may do.

use iam_policy::{Context, Decision, Layer, Policies, Policy, PolicyKind, Principal, Reason, Request, Verdict, decide};
use identity_kernel::secret::SecretString;

use crate::error::CredentialError;
use crate::model::{OperatorKey, Revoked, Role};
use crate::service::CredentialVending;
use crate::vending_key::SessionStamp;

/// Somebody whose keys count.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Caller {
    /// An operator with permanent keys.
    Operator(OperatorKey),
    /// The holder of vended credentials.
    Session(Box<SessionStamp>),
}

impl Caller {
    /// The caller's ARN, as `GetCallerIdentity` shows it.
    pub fn arn(&self) -> String {
        match self {
            Self::Operator(key) => key.arn.clone(),
            Self::Session(stamp) => stamp.session_arn(),
        }
    }

    /// The caller's id, as `GetCallerIdentity` shows it.
    pub fn user_id(&self) -> String {
        match self {
            Self::Operator(key) => key.access_key_id.clone(),
            Self::Session(stamp) => stamp.user_id(),
        }
    }
}

impl CredentialVending {
    /// The secret of an access key id, so that a signature can be checked, and who its holder is.
    ///
    /// For vended keys: the session token must be the key's own, alive, and not revoked. Whether the caller holds the
    /// secret, the signature tells.
    ///
    /// # Errors
    ///
    /// [`CredentialError`].
    pub async fn holder(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
    ) -> Result<(Caller, SecretString), CredentialError> {
        if let Some(token) = session_token {
            let stamp = self.vending_key.open(access_key_id, token, self.now())?;
            self.check_revocation(access_key_id, &stamp).await?;
            return Ok((Caller::Session(Box::new(stamp)), self.vending_key.secret_of(access_key_id)));
        }
        let key = self.storage.operator_key(access_key_id).await?.ok_or(CredentialError::Invalid)?.record;
        let secret = self
            .master_key
            .open("operator-secret", access_key_id.as_bytes(), &key.sealed_secret)
            .map_err(|_| CredentialError::Invalid)?;
        let secret = SecretString::from(String::from_utf8_lossy(&secret).into_owned());
        Ok((Caller::Operator(key), secret))
    }

    async fn check_revocation(&self, access_key_id: &str, stamp: &SessionStamp) -> Result<(), CredentialError> {
        let session = self.storage.revoked_at(&Revoked::Session(access_key_id.to_owned())).await?;
        let identity = match &stamp.identity {
            Some(identity) => self.storage.revoked_at(&Revoked::Identity(identity.identity.clone())).await?,
            None => None,
        };
        if session.is_some() || identity.is_some_and(|at| stamp.issued_at <= at) {
            Err(CredentialError::Revoked)
        } else {
            Ok(())
        }
    }

    /// Whether a caller may do this, and what decided.
    ///
    /// `context` holds the circumstances that the resource server knows (`aws:SourceIp`, `s3:prefix`, …); who the caller
    /// is and what time it is are added here. A role that nobody has created allows nothing.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Storage`] alone: without the role's policies nothing is decided.
    pub async fn decide(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: Context,
    ) -> Result<Decision, CredentialError> {
        let now = self.now();
        let context =
            context.with("aws:CurrentTime", now.to_iso8601()).with("aws:EpochTime", now.epoch_seconds().to_string());
        match caller {
            Caller::Operator(key) => {
                let policies: Vec<Policy> =
                    Policy::parse("operator", PolicyKind::Identity, &key.policy).into_iter().collect();
                let request = Request {
                    principal: Principal::User(key.arn.clone()),
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    context: context.with("aws:PrincipalArn", key.arn.clone()).with("aws:userid", &key.access_key_id),
                };
                Ok(decide(&Policies::of_identity(&policies), &request))
            }
            Caller::Session(stamp) => {
                let role = self.role_by_arn(&stamp.role_arn).await?;
                let request = Request {
                    principal: Principal::role_session(&stamp.role_arn, &stamp.session_name),
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    context: stamp.describe(context),
                };
                Ok(decide_session(stamp, role.as_ref(), &request))
            }
        }
    }

    /// The role of this ARN, as it is now: another account's ARN, or another path, is no role of ours.
    pub(crate) async fn role_by_arn(&self, arn: &str) -> Result<Option<Role>, identity_kernel::storage::StorageError> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.storage.role(name).await?;
        Ok(found.map(|role| role.record).filter(|role| role.arn == arn))
    }
}

/// Decides for a session by the role's policies as they are now, and by the session's limits as they were vended. A
/// policy that cannot be read denies everything: a statement of it might have forbidden this.
fn decide_session(stamp: &SessionStamp, role: Option<&Role>, request: &Request) -> Decision {
    let nothing = Decision { verdict: Verdict::ImplicitDeny, reason: Reason::NothingAllows(Layer::Identity) };
    // A role that was deleted and made again is another role.
    let Some(role) = role.filter(|role| role.id == stamp.role_id) else { return nothing };
    let read = |(name, text): (&String, &String)| Policy::parse(name, PolicyKind::Identity, text);
    let Ok(identity) = role.policies.iter().map(read).collect::<Result<Vec<_>, _>>() else { return nothing };
    let boundary = role.boundary.as_ref().map(|text| Policy::parse("boundary", PolicyKind::Identity, text));
    let Ok(boundary) = boundary.transpose() else { return nothing };
    let (session, ceiling) = stamp.limits();
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_ref().map(std::slice::from_ref),
        session: session.as_deref(),
        ceiling: ceiling.as_deref(),
        ..Policies::default()
    };
    decide(&policies, request)
}
