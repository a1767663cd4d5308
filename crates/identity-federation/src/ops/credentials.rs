//! From an identity to a role to credentials, or to an OpenID token.

use credential_vending::ops::assume::{AssumeRole, AssumedRole, UndefinedRole};
use credential_vending::{AuditChain, Credentials, Error as VendingError, IdentityStamp};
use iam_policy::Context;
use identity_kernel::secret::SecretString;
use jwt_tokens::IdentityPoolClaims;

use crate::error::Error;
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::role_choice::{self, Choice, NoRoleReason};
use crate::ops::identities::Resolved;
use crate::ops::logins::{Logins, Verified, login_record};
use crate::ports::{Action, Details, Outcome};
use crate::reasons::Invalid;
use crate::role_trace::TraceStep;
use crate::service::IdentityPools;

/// How trust policies name identity pools.
pub const PROVIDER: &str = "cognito-identity.amazonaws.com";

/// The session name of what the enhanced flow vends.
pub const SESSION_NAME: &str = "CognitoIdentityCredentials";

/// Seconds that an OpenID token lives.
const TOKEN_SECONDS: i64 = 600;
/// Seconds that vended credentials live.
const CREDENTIAL_SECONDS: i64 = 3600;

/// Asks for credentials.
#[derive(Clone, Debug)]
pub struct GetCredentials {
    /// For which identity.
    pub identity: IdentityId,
    /// With which logins; none for a guest.
    pub logins: Logins,
    /// For which of several roles.
    pub custom_role: Option<String>,
}

/// Credentials, and how their role was chosen.
#[derive(Clone, Debug)]
pub struct VendedCredentials {
    /// The identity they belong to.
    pub identity: IdentityId,
    /// The credentials.
    pub credentials: Credentials,
    /// The role.
    pub role_arn: String,
    /// Every step of the choice.
    pub trace: Vec<TraceStep>,
}

impl IdentityPools {
    /// Vends credentials to an identity: the role comes from the pool's rules, and must trust the pool.
    ///
    /// They live an hour. A guest's are held to the guests' ceiling, whatever the role allows.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if a login does not hold, is another's, or is missing;
    /// [`Error::RoleDenied`] with every step if the rules give no role; [`Error::InvalidConfiguration`] if the pool names
    /// none or it does not trust the pool; [`Error::ResourceConflict`]; [`Error::ExternalService`].
    pub async fn get_credentials_for_identity(&self, request: GetCredentials) -> Result<VendedCredentials, Error> {
        let mut details = Details {
            identity: Some(request.identity.clone()),
            providers: request.logins.keys().cloned().collect(),
            ..Details::default()
        };
        let vended = self.vend(&request, &mut details).await;
        self.record(Action::GetCredentials, details, Outcome::of(&vended)).await;
        vended
    }

    /// Vends, and notes on the way what is known.
    async fn vend(&self, request: &GetCredentials, details: &mut Details) -> Result<VendedCredentials, Error> {
        let resolved = self.resolve(&request.identity, &request.logins).await?;
        details.pool = Some(resolved.pool.id.clone());
        let choice = choose(&resolved, request.custom_role.as_deref())?;
        let (role_arn, reason) = match &choice.role {
            Ok(chosen) => (chosen.role_arn.clone(), chosen.reason.clone()),
            Err(no_role) => return Err(denied(no_role, choice.trace)),
        };
        details.role_arn = Some(role_arn.clone());
        let logins = resolved.logins.iter().map(|login| login_record(&login.assertion)).collect();
        let stamp = stamp(&resolved);
        let assumed = self
            .assume(Assume {
                role_arn: role_arn.clone(),
                session_name: SESSION_NAME.to_owned(),
                duration_seconds: CREDENTIAL_SECONDS,
                stamp,
                chain: AuditChain { logins, role: reason },
                session_policies: None,
                undefined: UndefinedRole::GrantNothing,
            })
            .await;
        let assumed = assumed.map_err(|error| match error {
            VendingError::AccessDenied | VendingError::InvalidInput(_) => Error::InvalidConfiguration,
            other => Error::Vending(other),
        })?;
        details.access_key_id = Some(assumed.credentials.access_key_id.clone());
        Ok(VendedCredentials {
            identity: resolved.identity.id,
            credentials: assumed.credentials,
            role_arn,
            trace: choice.trace,
        })
    }

    /// Which role these logins would get, and why, without vending anything or writing anything: for operators.
    ///
    /// # Errors
    ///
    /// As [`get_credentials_for_identity`](Self::get_credentials_for_identity), but that a refusal by the rules is an
    /// answer.
    pub async fn explain_role(
        &self,
        pool: &IdentityPoolId,
        logins: &Logins,
        custom_role: Option<&str>,
    ) -> Result<Choice, Error> {
        let pool = self.pool(pool).await?.record;
        let verified = self.verify_logins(&pool, logins).await?;
        if verified.is_empty() {
            return Ok(role_choice::choose_for_guest(&pool.roles));
        }
        let keyed: Vec<_> = verified.iter().map(Verified::keyed).collect();
        Ok(role_choice::choose(&pool.roles, &keyed, custom_role))
    }

    /// An OpenID token that says which identity the caller is: for ten minutes, for `AssumeRoleWithWebIdentity` and for
    /// whoever else trusts the pool's issuer.
    ///
    /// # Errors
    ///
    /// As [`get_credentials_for_identity`](Self::get_credentials_for_identity) up to the identity;
    /// [`Error::InvalidParameter`] if the pool's classic flow is closed or the pool has role mappings.
    pub async fn get_open_id_token(
        &self,
        identity: &IdentityId,
        logins: &Logins,
    ) -> Result<(IdentityId, SecretString), Error> {
        let mut details = Details {
            identity: Some(identity.clone()),
            providers: logins.keys().cloned().collect(),
            ..Details::default()
        };
        let made = self.sign_open_id_token(identity, logins, &mut details).await;
        self.record(Action::GetOpenIdToken, details, Outcome::of(&made)).await;
        made
    }

    async fn sign_open_id_token(
        &self,
        identity: &IdentityId,
        logins: &Logins,
        details: &mut Details,
    ) -> Result<(IdentityId, SecretString), Error> {
        let resolved = self.resolve(identity, logins).await?;
        details.pool = Some(resolved.pool.id.clone());
        self.check_classic(&resolved)?;
        let now = self.now().epoch_seconds();
        let stamp = stamp(&resolved);
        let claims = IdentityPoolClaims {
            sub: stamp.identity,
            aud: stamp.pool,
            amr: stamp.amr,
            iss: self.issuer(&resolved.pool.id),
            iat: now,
            exp: now + TOKEN_SECONDS,
            pool_arn: self.pool_arn(&resolved.pool.id),
        };
        let keys = self.pool_keys(&resolved.pool.id).await?;
        let token =
            keys.signing().sign(&claims).map_err(|error| Error::internal("the token could not be signed", error))?;
        Ok((resolved.identity.id, token.into()))
    }

    fn check_classic(&self, resolved: &Resolved) -> Result<(), Error> {
        if !resolved.pool.settings.allow_classic.unwrap_or(self.defaults.classic_flow) {
            return Err(Invalid::ClassicFlowClosed.into());
        }
        if !resolved.pool.roles.mappings.is_empty() {
            return Err(Invalid::ClassicFlowWithMappings.into());
        }
        Ok(())
    }

    /// Assumes a role for an identity: the one way by which anything is vended to one.
    pub(crate) async fn assume(&self, request: Assume) -> Result<AssumedRole, VendingError> {
        let Assume { role_arn, session_name, duration_seconds, stamp, chain, session_policies, undefined } = request;
        let is_guest = stamp.amr.first().is_none_or(|first| first != "authenticated");
        let login = Context::new()
            .with("cognito-identity.amazonaws.com:sub", &stamp.identity)
            .with("cognito-identity.amazonaws.com:aud", &stamp.pool)
            .with_all("cognito-identity.amazonaws.com:amr", stamp.amr.iter().cloned());
        self.vending
            .assume_role(AssumeRole {
                role_arn,
                session_name,
                duration_seconds,
                provider: PROVIDER.to_owned(),
                login,
                identity: Some(stamp),
                chain,
                tags: std::collections::BTreeMap::new(),
                session_policies,
                ceiling: is_guest.then(|| self.defaults.guest_ceiling.clone()),
                undefined,
            })
            .await
    }
}

/// An identity assumes a role.
pub(crate) struct Assume {
    pub(crate) role_arn: String,
    pub(crate) session_name: String,
    pub(crate) duration_seconds: i64,
    pub(crate) stamp: IdentityStamp,
    pub(crate) chain: AuditChain,
    pub(crate) session_policies: Option<Vec<String>>,
    pub(crate) undefined: UndefinedRole,
}

fn choose(resolved: &Resolved, custom_role: Option<&str>) -> Result<Choice, Error> {
    if resolved.logins.is_empty() {
        if custom_role.is_some() {
            return Err(Invalid::GuestNamesRole.into());
        }
        return Ok(role_choice::choose_for_guest(&resolved.pool.roles));
    }
    let keyed: Vec<_> = resolved.logins.iter().map(Verified::keyed).collect();
    Ok(role_choice::choose(&resolved.pool.roles, &keyed, custom_role))
}

fn denied(no_role: &NoRoleReason, trace: Vec<TraceStep>) -> Error {
    match no_role {
        NoRoleReason::NotConfigured => Error::InvalidConfiguration,
        NoRoleReason::Denied(mapping) => Error::RoleDenied { mapping: mapping.clone(), trace },
    }
}

/// What vended credentials say of the identity: `authenticated`, then each provider and the login within it.
fn stamp(resolved: &Resolved) -> IdentityStamp {
    let mut amr = Vec::new();
    for verified in &resolved.logins {
        let login = verified.login();
        amr.push(login.provider.clone());
        let kind = if verified.mapping_key == login.provider || verified.mapping_key.starts_with("arn:") {
            "OIDC"
        } else {
            "CognitoSignIn"
        };
        amr.push(format!("{}:{kind}:{}", login.provider, login.subject));
    }
    amr.insert(0, if amr.is_empty() { "unauthenticated" } else { "authenticated" }.to_owned());
    IdentityStamp { identity: resolved.identity.id.to_string(), pool: resolved.pool.id.to_string(), amr }
}
