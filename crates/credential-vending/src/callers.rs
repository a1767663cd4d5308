//! Who signed a request, and what they may do.

use std::sync::Arc;

use document_store::Versioned;
use document_store::error::StorageError;
use iam_policy::{Context, Decision, Principal, StatementTrace};
use identity_kernel::secret::SecretString;

use crate::authority::Authority;
use crate::carried::Via;
use crate::compiled::RolePolicies;
use crate::error::CredentialError;
use crate::model::{OperatorKey, Revoked, Role};
use crate::service::CredentialVending;
use crate::session::{SessionKind, SessionStamp};

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

impl Caller {
    /// The session; `None` of an operator.
    pub fn session(&self) -> Option<&SessionStamp> {
        match self {
            Self::Operator(_) => None,
            Self::Session(session) => Some(session),
        }
    }

    /// Who it is to policies of resources and roles.
    pub fn principal(&self) -> Principal {
        match self {
            Self::Operator(key) => Principal::User(key.arn.clone()),
            Self::Session(session) => session.principal(),
        }
    }
}

impl Via {
    /// Who signed with this access key id.
    pub(crate) fn of(caller: &Caller, access_key_id: &str) -> Self {
        let session = caller.session();
        let identity = session.and_then(|session| session.identity.as_ref());
        Self {
            access_key_id: access_key_id.to_owned(),
            arn: caller.arn(),
            role_arn: session.map(|session| session.role_arn.clone()),
            identity: identity.map(|identity| identity.identity.clone()),
            pool: identity.map(|identity| identity.pool.clone()),
            issued_at: session.map(|session| session.issued_at),
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
        let alone = stamp.access_key_ids(access_key_id).map(|id| Revoked::Session(id.to_owned()));
        let what: Vec<Revoked> = stamp.revocable().into_iter().chain(alone).collect();
        let found = self.storage.revocations().of(&what).await?;
        let revoked = found.iter().any(|revocation| stamp.is_revoked_by(revocation, access_key_id));
        if revoked { Err(CredentialError::Revoked) } else { Ok(()) }
    }

    /// What a caller may do, as it stands now: for all decisions about one request. The role is looked up once.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Storage`] alone: without the role's policies nothing is decided.
    pub async fn authority<'a>(&self, caller: &'a Caller) -> Result<Authority<'a>, CredentialError> {
        Ok(match caller {
            Caller::Operator(key) => Authority::of_operator(key, self.now()),
            Caller::Session(session) => {
                let policies = match session.kind {
                    SessionKind::Role => self.compiled_role(&session.role_arn).await?,
                    SessionKind::Operator | SessionKind::FederatedUser => {
                        self.compiled_operator(&session.role_id).await?
                    }
                };
                Authority::of_session(session, policies, self.now())
            }
        })
    }

    /// Whether a caller may do this, and what decided: [`Authority::decide`] for one decision.
    ///
    /// # Errors
    ///
    /// [`CredentialError::Storage`] alone.
    pub async fn decide(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: Context,
    ) -> Result<Decision, CredentialError> {
        Ok(self.authority(caller).await?.decide(action, resource, context))
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
        Ok(self.authority(caller).await?.explain(action, resource, context))
    }

    /// What the operator of this key may do now, for the sessions that the operator has made; `None` of one who is gone.
    async fn compiled_operator(&self, access_key_id: &str) -> Result<Option<Arc<RolePolicies>>, StorageError> {
        let key = match self.operators.get(access_key_id) {
            Some((key, _)) => Some(key),
            None => self.storage.operators().get(access_key_id).await?.map(|key| key.record),
        };
        let policies = |key: OperatorKey| {
            RolePolicies::from_documents(access_key_id, [("operator", key.policy.as_str())], None).ok().map(Arc::new)
        };
        Ok(key.and_then(policies))
    }

    /// The policies of the role of this ARN, as they are now; `None` if there is none, or they cannot be read.
    async fn compiled_role(&self, arn: &str) -> Result<Option<Arc<RolePolicies>>, StorageError> {
        let Some(role) = self.role_by_arn(arn).await? else { return Ok(None) };
        let managed = self.managed_policies_of(&role).await?;
        let versions: Vec<u64> =
            [role.version].into_iter().chain(managed.iter().map(|policy| policy.version)).collect();
        if let Some(known) = self.compiled.get(arn, &role.id, &versions) {
            return Ok(Some(known));
        }
        let managed: Vec<_> = managed.into_iter().map(|policy| policy.record).collect();
        let Ok(policies) = RolePolicies::compile(&role, &managed) else { return Ok(None) };
        let policies = Arc::new(policies);
        self.compiled.insert(arn, versions, Arc::clone(&policies));
        Ok(Some(policies))
    }

    /// The role of this ARN, as it is now: another account's ARN, or another path, is no role of ours.
    pub(crate) async fn role_by_arn(&self, arn: &str) -> Result<Option<Versioned<Role>>, StorageError> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.storage.roles().get(name).await?;
        Ok(found.filter(|role| role.arn == arn))
    }
}
