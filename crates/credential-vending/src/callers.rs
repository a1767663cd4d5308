//! Who signed a request, and what they may do.

use std::sync::Arc;

use document_store::Versioned;
use document_store::error::StorageError;
use iam_policy::{
    Context, Decision, Layer, Policies, Policy, PolicyKind, Principal, Request, StatementTrace, decide, explain,
};
use identity_kernel::secret::SecretString;

use crate::compiled::{RolePolicies, nothing_allows};
use crate::error::CredentialError;
use crate::model::{OperatorKey, Revoked, Role};
use crate::service::CredentialVending;
use crate::session::SessionStamp;

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
            let key = self.vending_key_of(access_key_id).await?;
            let stamp = key.open(access_key_id, token, self.now())?;
            self.check_revocation(access_key_id, &stamp).await?;
            return Ok((Caller::Session(Box::new(stamp)), key.secret_of(access_key_id)));
        }
        if let Some((key, secret)) = self.operators.get(access_key_id) {
            return Ok((Caller::Operator(key), secret));
        }
        let key = self.storage.operators().get(access_key_id).await?.ok_or(CredentialError::Invalid)?.record;
        let secret = self
            .master_key
            .open("operator-secret", access_key_id.as_bytes(), &key.sealed_secret)
            .map_err(|_| CredentialError::Invalid)?;
        let secret = std::str::from_utf8(&secret).map_err(|_| CredentialError::Invalid)?.into();
        Ok((Caller::Operator(key), secret))
    }

    async fn check_revocation(&self, access_key_id: &str, stamp: &SessionStamp) -> Result<(), CredentialError> {
        let alone = Revoked::Session(access_key_id.to_owned());
        let what: Vec<Revoked> = stamp.revocable().into_iter().chain([alone]).collect();
        let found = self.storage.revocations().of(&what).await?;
        let revoked = found.iter().any(|revocation| stamp.is_revoked_by(revocation, access_key_id));
        if revoked { Err(CredentialError::Revoked) } else { Ok(()) }
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
        let context = self.with_time(context);
        match caller {
            Caller::Operator(key) => {
                let policies = operator_policies(key);
                Ok(decide(&Policies::of_identity(&policies), &operator_request(key, action, resource, context)))
            }
            Caller::Session(session) => Ok(match self.compiled_role(&session.role_arn).await? {
                Some(role) => role.decide(session, action, resource, context),
                None => nothing_allows(Layer::Identity),
            }),
        }
    }

    /// Every statement that [`decide`](Self::decide) looks at, with each of its conditions and what was seen.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Storage`] alone.
    pub async fn explain(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: Context,
    ) -> Result<Vec<StatementTrace>, CredentialError> {
        let context = self.with_time(context);
        match caller {
            Caller::Operator(key) => {
                let policies = operator_policies(key);
                Ok(explain(&Policies::of_identity(&policies), &operator_request(key, action, resource, context)))
            }
            Caller::Session(session) => {
                let role = self.compiled_role(&session.role_arn).await?;
                Ok(role.map_or_else(Vec::new, |role| role.explain(session, action, resource, context)))
            }
        }
    }

    fn with_time(&self, context: Context) -> Context {
        let now = self.now();
        context.with("aws:CurrentTime", now.to_iso8601()).with("aws:EpochTime", now.epoch_seconds().to_string())
    }

    /// The policies of the role of this ARN, as they are now; `None` if there is none, or they cannot be read.
    async fn compiled_role(&self, arn: &str) -> Result<Option<Arc<RolePolicies>>, StorageError> {
        let Some(role) = self.role_by_arn(arn).await? else { return Ok(None) };
        if let Some(known) = self.compiled.get(arn, &role.id, role.version) {
            return Ok(Some(known));
        }
        let Ok(policies) = RolePolicies::compile(&role) else { return Ok(None) };
        let policies = Arc::new(policies);
        self.compiled.insert(arn, role.version, Arc::clone(&policies));
        Ok(Some(policies))
    }

    /// The role of this ARN, as it is now: another account's ARN, or another path, is no role of ours.
    pub(crate) async fn role_by_arn(&self, arn: &str) -> Result<Option<Versioned<Role>>, StorageError> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.storage.roles().get(name).await?;
        Ok(found.filter(|role| role.arn == arn))
    }
}

/// What an operator may do: nothing, if the policy cannot be read.
fn operator_policies(key: &OperatorKey) -> Vec<Policy> {
    Policy::parse("operator", PolicyKind::Identity, &key.policy).into_iter().collect()
}

fn operator_request(key: &OperatorKey, action: &str, resource: &str, context: Context) -> Request {
    Request {
        principal: Principal::User(key.arn.clone()),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: context.with("aws:PrincipalArn", key.arn.clone()).with("aws:userid", &key.access_key_id),
    }
}
