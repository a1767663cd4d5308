//! Where identity pools meet user pools: a key set, the question whether a sign-in still counts, and which claims users write.
//! The two domains do not know each other; whoever wires them by hand joins them with these.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use identity_federation::ports::{ClaimWriters, LoginState, LoginStates, Unavailable};
use identity_kernel::time::Timestamp;
use login_providers::{
    Assertion, LoginError, LoginVerifier, PresentedLogin, ProviderKind, TrustedIssuer, judge_id_token,
};
use userpool_core::UserPools;
use userpool_core::model::ids::UserPoolId;

/// The own pool of a provider's name: its issuer without scheme, or the name that Amazon's pools have, under which
/// clients know it too.
fn own_pool(user_pools: &UserPools, provider: &str) -> Option<UserPoolId> {
    let (_, id) = provider.rsplit_once('/')?;
    let id: UserPoolId = id.parse().ok()?;
    let issuer = user_pools.issuer(&id);
    let without_scheme = issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest);
    let amazon = format!("cognito-idp.{}.amazonaws.com/{id}", id.region());
    (provider == without_scheme || provider == amazon).then_some(id)
}

/// Verifies ID tokens of this process's own user pools, with the keys that they hold: nobody outside is ever asked.
pub struct OwnUserPools(Arc<UserPools>);

impl OwnUserPools {
    /// Over these pools.
    pub fn new(user_pools: Arc<UserPools>) -> Self {
        Self(user_pools)
    }
}

#[async_trait]
impl LoginVerifier for OwnUserPools {
    fn kind(&self) -> ProviderKind {
        ProviderKind::OwnUserPool
    }

    fn answers_for(&self, provider: &str) -> bool {
        own_pool(&self.0, provider).is_some()
    }

    fn name_one(&self, name: &str, other: &str) -> bool {
        let pool = own_pool(&self.0, name);
        pool.is_some() && pool == own_pool(&self.0, other)
    }

    async fn verify(&self, login: PresentedLogin<'_>, now: Timestamp) -> Result<Assertion, LoginError> {
        let pool = own_pool(&self.0, login.provider).ok_or(LoginError::UnknownProvider)?;
        let keys = self.0.verification_keys(&pool).await.map_err(|error| match error {
            userpool_core::Error::NotFound(_) => LoginError::UnknownProvider,
            failed => LoginError::Unavailable(failed.into()),
        })?;
        judge_id_token(&TrustedIssuer { issuer: self.0.issuer(&pool), keys }, login, now)
    }
}

/// Asks this process's own user pools whether a sign-in still counts, and what their users write themselves.
pub struct UserPoolLogins(Arc<UserPools>);

impl UserPoolLogins {
    /// Over these pools.
    pub fn new(user_pools: Arc<UserPools>) -> Self {
        Self(user_pools)
    }
}

#[async_trait]
impl LoginStates for UserPoolLogins {
    async fn state_of(&self, login: &Assertion) -> Result<LoginState, Unavailable> {
        let Some(pool) = own_pool(&self.0, &login.provider) else { return Ok(LoginState::Unknown) };
        let Some(session) = login.text("origin_jti") else { return Ok(LoginState::Unknown) };
        let counts = self.0.session_counts(&pool, session).await.map_err(|error| Unavailable(error.into()))?;
        Ok(if counts { LoginState::Alive } else { LoginState::Ended })
    }
}

#[async_trait]
impl ClaimWriters for UserPoolLogins {
    async fn written_by_users(&self, provider: &str, claims: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        self.0.claims_that_users_write(&own_pool(&self.0, provider)?, claims).await.ok()
    }
}
