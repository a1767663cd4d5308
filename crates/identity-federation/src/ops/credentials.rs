//! From an identity to a role to credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use credential_vending::ops::assume::{Asker, AssumeRole, AssumedRole, UndefinedRole};
use credential_vending::ops::saml_logins::SamlLogin;
use credential_vending::{
    AuditChain, Carried, CredentialBackend, Credentials, Error as VendingError, IdentityStamp, LoginRecord,
};
use iam_policy::Context;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ids::IdentityId;
use crate::model::role_choice::{self, Choice, NoRoleReason};
use crate::ops::linking::{Caller, Proof, Resolved};
use crate::ops::logins::{Logins, Verified, login_record};
use crate::ops::own_tokens::{NewToken, authenticated, chain_of, tags_of};
use crate::ops::principal_tags::session_tags;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::Invalid;
use crate::role_trace::TraceStep;
use crate::service::IdentityPools;

pub use crate::ops::logins::PROVIDER;

/// The session name of what the enhanced flow vends.
pub const SESSION_NAME: &str = "CognitoIdentityCredentials";

/// Seconds that an OpenID token lives.
pub(crate) const TOKEN_SECONDS: i64 = 600;
/// Seconds that vended credentials live.
const CREDENTIAL_SECONDS: i64 = 3600;

/// Asks for credentials.
#[derive(Clone, Debug)]
pub struct GetCredentials {
    /// For which identity.
    pub identity: IdentityId,
    /// With which logins; none for a guest. A developer's user shows the token that the pool gave for it, under
    /// [`PROVIDER`].
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
    /// none or it does not trust the pool (or, where there are tags, to tag sessions); [`Error::ResourceConflict`] if the logins
    /// cannot be one identity's; [`Error::ExternalService`]; [`Error::Backend`] where another service vends for the role's account.
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

    /// Vends, and notes on the way what is known. The role is chosen before anything is linked or merged: a call that the
    /// rules refuse changes nothing.
    async fn vend(&self, request: &GetCredentials, details: &mut Details) -> Result<VendedCredentials, Error> {
        let caller = match own_token(&request.logins)? {
            Some(token) => self.prove_by_own_token(&request.identity, token).await?,
            None => self.prove(&request.identity, &request.logins).await?,
        };
        details.pool = Some(caller.pool.id.clone());
        let choice = choose(&caller, request.custom_role.as_deref())?;
        let (role_arn, reason) = match &choice.role {
            Ok(chosen) => (chosen.role_arn.clone(), chosen.reason.clone()),
            Err(no_role) => return Err(denied(no_role, choice.trace)),
        };
        let tags = tags(&caller)?;
        let resolved = self.resolve(caller, details).await?;
        details.role_arn = Some(role_arn.clone());
        let assume = Assume {
            role_arn: role_arn.clone(),
            session_name: SESSION_NAME.to_owned(),
            duration_seconds: CREDENTIAL_SECONDS,
            stamp: stamp(&resolved),
            chain: AuditChain { logins: login_records(&resolved), role: reason },
            tags,
            session_policies: None,
            policy_arns: Vec::new(),
            undefined: UndefinedRole::GrantNothing,
            minimum_token_size: 0,
        };
        let credentials = self.credentials_of(&resolved, assume).await?;
        self.use_saml_logins(&resolved.proof).await?;
        details.access_key_id = Some(credentials.access_key_id.clone());
        Ok(VendedCredentials { identity: resolved.identity.id, credentials, role_arn, trace: choice.trace })
    }

    /// Asks whoever vends for the role: the own service, or that of the role's account.
    async fn credentials_of(&self, resolved: &Resolved, assume: Assume) -> Result<Credentials, Error> {
        let Some(backend) = self.backend_of(&assume.role_arn) else {
            let assumed = self.assume(assume).await.map_err(|error| match error {
                VendingError::AccessDenied | VendingError::InvalidInput(_) => Error::InvalidConfiguration,
                other => Error::Vending(other),
            })?;
            return Ok(assumed.credentials);
        };
        let token = if backend.needs_token() { Some(self.own_token_of(resolved, &assume).await?) } else { None };
        backend.assume_role(self.request_of(assume), token.as_ref()).await.map_err(Error::Backend)
    }

    /// Uses the SAML responses that were shown: what was vended with them is handed out once.
    async fn use_saml_logins(&self, proof: &Proof) -> Result<(), Error> {
        for login in saml_logins(proof) {
            self.use_saml_login(login).await?;
        }
        Ok(())
    }

    /// Who vends credentials of this role, if it is not the own service.
    pub(crate) fn backend_of(&self, role_arn: &str) -> Option<&Arc<dyn CredentialBackend>> {
        self.backends.get(role_arn.split(':').nth(4)?)
    }

    /// The pool's token of what is to be vended.
    async fn own_token_of(&self, resolved: &Resolved, assume: &Assume) -> Result<SecretString, Error> {
        let (pool, identity) = (&resolved.pool, &resolved.identity);
        let (amr, tags) = (assume.stamp.amr.clone(), assume.tags.clone());
        self.sign_own(NewToken { pool, identity, amr, tags, seconds: TOKEN_SECONDS }).await
    }

    /// Assumes a role for an identity: the one way by which anything is vended to one.
    pub(crate) async fn assume(&self, request: Assume) -> Result<AssumedRole, VendingError> {
        self.vending.assume_role(self.request_of(request)).await
    }

    /// What vending is asked for an identity.
    pub(crate) fn request_of(&self, request: Assume) -> AssumeRole {
        let Assume {
            role_arn,
            session_name,
            duration_seconds,
            stamp,
            chain,
            tags,
            session_policies,
            policy_arns,
            undefined,
            minimum_token_size,
        } = request;
        let is_guest = stamp.amr.first().is_none_or(|first| first != "authenticated");
        let origin = if is_guest { None } else { self.origin_of_identity(&stamp) };
        let login = Context::new()
            .with("cognito-identity.amazonaws.com:sub", &stamp.identity)
            .with("cognito-identity.amazonaws.com:aud", &stamp.pool)
            .with_all("cognito-identity.amazonaws.com:amr", stamp.amr.iter().cloned());
        AssumeRole {
            role_arn,
            session_name,
            duration_seconds,
            asker: Asker::WebIdentity(PROVIDER.to_owned()),
            login,
            identity: Some(stamp),
            chain,
            tags,
            session_policies,
            policy_arns,
            ceiling: is_guest.then(|| self.defaults.guest_ceiling.clone()),
            undefined,
            carried: Carried { origin, ..Carried::default() },
            minimum_token_size,
        }
    }
}

/// An identity assumes a role.
pub(crate) struct Assume {
    pub(crate) role_arn: String,
    pub(crate) session_name: String,
    pub(crate) duration_seconds: i64,
    pub(crate) stamp: IdentityStamp,
    pub(crate) chain: AuditChain,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) session_policies: Option<Vec<String>>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) undefined: UndefinedRole,
    /// The session token has so many characters at least.
    pub(crate) minimum_token_size: usize,
}

/// The token of the pool's own that is shown, if one is: alone.
fn own_token(logins: &Logins) -> Result<Option<&SecretString>, Error> {
    match logins.get(PROVIDER) {
        Some(_) if logins.len() > 1 => Err(Invalid::OwnTokenWithOthers.into()),
        token => Ok(token),
    }
}

fn choose(caller: &Caller, custom_role: Option<&str>) -> Result<Choice, Error> {
    let roles = &caller.pool.roles;
    match &caller.proof {
        Proof::Guest if custom_role.is_some() => Err(Invalid::GuestNamesRole.into()),
        Proof::Guest => Ok(role_choice::choose_for_guest(roles)),
        Proof::Logins(verified) => {
            let keyed: Vec<_> = verified.iter().map(Verified::keyed).collect();
            Ok(role_choice::choose(roles, &keyed, custom_role))
        }
        Proof::OwnToken(_) => Ok(role_choice::choose_for_developers_user(roles, custom_role)),
    }
}

fn denied(no_role: &NoRoleReason, trace: Vec<TraceStep>) -> Error {
    match no_role {
        NoRoleReason::NotConfigured => Error::InvalidConfiguration,
        NoRoleReason::Denied(mapping) => Error::RoleDenied { mapping: mapping.clone(), trace },
    }
}

/// The SAML responses among what is shown.
pub(crate) fn saml_logins(proof: &Proof) -> impl Iterator<Item = &SamlLogin> {
    let verified = if let Proof::Logins(verified) = proof { verified.as_slice() } else { &[] };
    verified.iter().filter_map(|login| login.saml.as_ref())
}

/// The tags of the session.
pub(crate) fn tags(caller: &Caller) -> Result<BTreeMap<String, String>, Error> {
    match &caller.proof {
        Proof::Guest => Ok(BTreeMap::new()),
        Proof::Logins(verified) => session_tags(&caller.pool, verified),
        Proof::OwnToken(claims) => Ok(tags_of(claims)),
    }
}

fn login_records(resolved: &Resolved) -> Vec<LoginRecord> {
    match &resolved.proof {
        Proof::Guest => Vec::new(),
        Proof::Logins(verified) => verified.iter().map(|login| login_record(&login.assertion)).collect(),
        Proof::OwnToken(claims) => chain_of(&resolved.pool, claims).logins,
    }
}

/// What vended credentials say of the identity.
pub(crate) fn stamp(resolved: &Resolved) -> IdentityStamp {
    let amr = match &resolved.proof {
        Proof::Guest => vec!["unauthenticated".to_owned()],
        Proof::Logins(verified) => {
            let logins: Vec<_> = verified.iter().map(|login| (login.login(), login.kind())).collect();
            authenticated(&resolved.pool, &logins)
        }
        Proof::OwnToken(claims) => claims.amr.clone(),
    };
    IdentityStamp { identity: resolved.identity.id.to_string(), pool: resolved.pool.id.to_string(), amr }
}
