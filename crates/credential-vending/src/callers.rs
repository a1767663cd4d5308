//! Who signed a request, and what they may do.

use std::sync::Arc;

use document_store::Versioned;
use document_store::error::StorageError;
use iam_policy::{Context, Decision, StatementTrace};
use identity_kernel::secret::SecretString;

use crate::authority::Authority;
use crate::compiled::RolePolicies;
use crate::error::CredentialError;
use crate::model::{OperatorKey, Revoked, Role};
use crate::scoped;
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
        let alone = scoped::ids(access_key_id).into_iter().map(|id| Revoked::Session(id.to_owned()));
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
                Authority::of_session(session, self.compiled_role(&session.role_arn).await?, self.now())
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
