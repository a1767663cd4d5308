//! Where identity pools meet user pools: a key set, the question whether a sign-in still counts, and which claims users write.
//! The two domains do not know each other; whoever wires them by hand joins them with these.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use identity_federation::ports::{ClaimWriters, LoginState, LoginStates};
use jwt_tokens::KeySet;
use login_providers::{Assertion, Issuers, TrustedIssuer, Unreachable};
use userpool_core::UserPools;
use userpool_core::model::ids::UserPoolId;

/// The issuers that an identity pool may trust: this process's own user pools, known by name and answered with the keys they
/// hold, and whoever `outside` knows.
pub struct UserPoolIssuers {
    user_pools: Arc<UserPools>,
    outside: Option<Arc<dyn Issuers>>,
}

impl UserPoolIssuers {
    /// Own pools first, then `outside`. An own pool is never asked for outside.
    pub fn new(user_pools: Arc<UserPools>, outside: Option<Arc<dyn Issuers>>) -> Self {
        Self { user_pools, outside }
    }
}

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

#[async_trait]
impl Issuers for UserPoolIssuers {
    async fn issuer_of(&self, provider: &str, kid: Option<&str>) -> Result<Option<TrustedIssuer>, Unreachable> {
        if let Some(pool) = own_pool(&self.user_pools, provider)
            && let Ok(keys) = self.user_pools.key_set(&pool).await
        {
            let issuer = self.user_pools.issuer(&pool);
            return Ok(Some(TrustedIssuer { issuer, keys: Arc::new(KeySet::from_jwks(keys.keys)) }));
        }
        match &self.outside {
            Some(outside) => outside.issuer_of(provider, kid).await,
            None => Ok(None),
        }
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
    async fn state_of(&self, login: &Assertion) -> LoginState {
        let Some(pool) = own_pool(&self.0, &login.provider) else { return LoginState::Unknown };
        let Some(session) = login.text("origin_jti") else { return LoginState::Unknown };
        match self.0.session_counts(&pool, session).await {
            Ok(true) => LoginState::Alive,
            Ok(false) => LoginState::Ended,
            Err(_) => LoginState::Unknown,
        }
    }
}

#[async_trait]
impl ClaimWriters for UserPoolLogins {
    async fn written_by_users(&self, provider: &str, claims: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        self.0.claims_that_users_write(&own_pool(&self.0, provider)?, claims).await.ok()
    }
}
