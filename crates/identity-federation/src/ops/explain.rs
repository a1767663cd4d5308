//! Which role somebody would get, and why, without vending or writing anything: for operators.

use std::collections::BTreeMap;
use std::fmt;

use credential_vending::ops::assume::UndefinedRole;
use credential_vending::ops::explain_trust::TrustExplanation;
use credential_vending::{AuditChain, IdentityStamp};
use iam_policy::StatementTrace;
use login_providers::Assertion;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::model::role_choice::{self, Choice};
use crate::ops::credentials::{Assume, SESSION_NAME};
use crate::ops::logins::{Logins, Verified};
use crate::ops::own_tokens::authenticated;
use crate::ops::principal_tags::session_tags;
use crate::reasons::{Invalid, Refusal};
use crate::service::IdentityPools;

/// A login as somebody says it is: nobody has verified it.
#[derive(Clone, Debug)]
pub struct ClaimedLogin {
    /// The provider's name, as in a call's logins.
    pub provider: String,
    /// The client that the login would be made for.
    pub client: String,
    /// Its claims.
    pub claims: Map<String, Value>,
}

/// Asks which role logins would get.
#[derive(Clone, Debug)]
pub struct ExplainClaims {
    /// In which pool.
    pub pool: IdentityPoolId,
    /// The logins; none for a guest.
    pub logins: Vec<ClaimedLogin>,
    /// The role that is asked for.
    pub custom_role: Option<String>,
    /// The identity, where trust policies ask for it; `None` for one that is nobody's.
    pub identity: Option<IdentityId>,
}

/// Which role logins would get, and every step to the credentials.
#[derive(Debug)]
#[non_exhaustive]
pub struct RoleExplanation {
    /// The role, or why there is none, and every rule that was looked at.
    pub choice: Choice,
    /// The tags of the session, or why the logins come to none.
    pub tags: Result<BTreeMap<String, String>, Error>,
    /// What the role's trust policy says; `None` if there is no role, or nobody has created it: such a session may do nothing.
    pub trust: Option<TrustExplanation>,
    /// Whether another security token service vends for the role's account: it judges the trust policy by itself.
    pub elsewhere: bool,
    /// What guests may do at most, as policy documents; `None` for somebody who has logged in.
    pub ceiling: Option<Vec<String>>,
}

impl IdentityPools {
    /// Which role these logins get, and why, down to the role's trust policy, the tags of the session and the guests' ceiling.
    /// Nothing is vended, linked or written.
    ///
    /// # Errors
    ///
    /// As [`get_credentials_for_identity`](Self::get_credentials_for_identity), but that a refusal by the rules, the tags or the
    /// trust policy is an answer.
    pub async fn explain_role(
        &self,
        pool: &IdentityPoolId,
        logins: &Logins,
        custom_role: Option<&str>,
    ) -> Result<RoleExplanation, Error> {
        let pool = self.pool(pool).await?.record;
        let verified = self.verify_logins(&pool, logins).await?;
        self.explain(&pool, &verified, custom_role, None).await
    }

    /// As [`explain_role`](Self::explain_role), for claims that nobody has verified: to try a mapping before a user meets it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if the pool does not take logins of a provider or client.
    pub async fn explain_claims(&self, request: ExplainClaims) -> Result<RoleExplanation, Error> {
        let ExplainClaims { pool, logins, custom_role, identity } = request;
        let pool = self.pool(&pool).await?.record;
        let mut claimed = Vec::with_capacity(logins.len());
        for login in logins {
            claimed.push(self.claimed(&pool, login).await?);
        }
        self.explain(&pool, &claimed, custom_role.as_deref(), identity).await
    }

    /// A login as it would be if it held.
    async fn claimed(&self, pool: &IdentityPool, login: ClaimedLogin) -> Result<Verified, Error> {
        let ClaimedLogin { provider, client, claims } = login;
        let provider = self.configured_name(pool, &provider).to_owned();
        let (clients, mapping_key) = self.trusted_clients(pool, &provider, &client).await?;
        if !clients.contains(&client) {
            return Err(Refusal::LoginClientNotTrusted.into());
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Verified {
            assertion: Assertion { provider, subject, authorized_party: client, claims },
            mapping_key,
            saml: None,
        })
    }

    async fn explain(
        &self,
        pool: &IdentityPool,
        logins: &[Verified],
        custom_role: Option<&str>,
        identity: Option<IdentityId>,
    ) -> Result<RoleExplanation, Error> {
        let choice = match (logins, custom_role) {
            ([], Some(_)) => return Err(Invalid::GuestNamesRole.into()),
            ([], None) => role_choice::choose_for_guest(&pool.roles),
            _ => {
                let keyed: Vec<_> = logins.iter().map(Verified::keyed).collect();
                role_choice::choose(&pool.roles, &keyed, custom_role)
            }
        };
        let tags = session_tags(pool, logins);
        let request = choice.role.as_ref().ok().map(|chosen| {
            let behind: Vec<_> = logins.iter().map(|login| (login.login(), login.kind())).collect();
            let guest = || vec!["unauthenticated".to_owned()];
            let amr = if behind.is_empty() { guest() } else { authenticated(pool, &behind) };
            let nobody = || format!("{}:00000000-0000-0000-0000-000000000000", pool.id.region());
            let identity = identity.map_or_else(nobody, |identity| identity.to_string());
            self.request_of(Assume {
                role_arn: chosen.role_arn.clone(),
                session_name: SESSION_NAME.to_owned(),
                duration_seconds: 3600,
                stamp: IdentityStamp { identity, pool: pool.id.to_string(), amr },
                chain: AuditChain::default(),
                tags: tags.as_ref().ok().cloned().unwrap_or_default(),
                session_policies: None,
                policy_arns: Vec::new(),
                undefined: UndefinedRole::GrantNothing,
                minimum_token_size: 0,
            })
        });
        let elsewhere = request.as_ref().is_some_and(|request| self.backend_of(&request.role_arn).is_some());
        let trust = match &request {
            Some(request) if !elsewhere => self.vending.explain_trust(request).await.map_err(Error::Vending)?,
            _ => None,
        };
        let ceiling = logins.is_empty().then(|| self.defaults.guest_ceiling.clone());
        Ok(RoleExplanation { choice, tags, trust, elsewhere, ceiling })
    }
}

impl RoleExplanation {
    /// Whether credentials would be vended.
    pub fn is_vended(&self) -> bool {
        self.choice.role.is_ok() && self.tags.is_ok() && self.trust.as_ref().is_none_or(|trust| trust.is_trusted)
    }
}

impl RoleExplanation {
    fn outcome(&self) -> &'static str {
        match (self.is_vended(), self.elsewhere) {
            (false, _) => "no credentials",
            (true, false) => "credentials are vended",
            (true, true) => "credentials are vended if that service says so",
        }
    }
}

/// Line by line, in the order in which it is decided.
impl fmt::Display for RoleExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.choice.trace {
            writeln!(f, "{step}")?;
        }
        match &self.tags {
            Ok(tags) if tags.is_empty() => writeln!(f, "no tags")?,
            Ok(tags) => tags.iter().try_for_each(|(key, value)| writeln!(f, "tag {key} = {value}"))?,
            Err(refused) => writeln!(f, "refused: {refused}")?,
        }
        match (&self.trust, &self.choice.role) {
            (Some(trust), _) => {
                write_statements(f, "to assume the role", &trust.assume)?;
                write_statements(f, "to tag the session", &trust.tag_session)?;
                writeln!(f, "the role {} this caller", if trust.is_trusted { "trusts" } else { "does not trust" })?;
            }
            (None, Ok(_)) if self.elsewhere => {
                writeln!(
                    f,
                    "another security token service vends for the role's account, and judges whom the role trusts"
                )?;
            }
            (None, Ok(_)) => writeln!(f, "nobody has created the role: its sessions may do nothing")?,
            (None, Err(_)) => {}
        }
        if let Some(ceiling) = &self.ceiling {
            writeln!(f, "held to what guests may do at most, {} policies", ceiling.len())?;
        }
        write!(f, "{}", self.outcome())
    }
}

fn write_statements(f: &mut fmt::Formatter<'_>, why: &str, statements: &[StatementTrace]) -> fmt::Result {
    for statement in statements {
        let effect = if statement.denies { "denies" } else { "allows" };
        let applies = if statement.applies() { "applies" } else { "does not apply" };
        writeln!(f, "trust statement {} {effect}, {why}: {applies}", statement.statement)?;
        if !statement.principal || !statement.action {
            let missed = if statement.principal { "action" } else { "principal" };
            writeln!(f, "  it means another {missed}")?;
        }
        for condition in &statement.conditions {
            let seen = condition.given.as_ref().map_or_else(|| "absent".to_owned(), |given| given.join(", "));
            let holds = if condition.holds { "holds" } else { "does not hold" };
            writeln!(f, "  {} {} {holds} (seen: {seen})", condition.operator, condition.key)?;
        }
    }
    Ok(())
}
