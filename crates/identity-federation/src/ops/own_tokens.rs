//! The pool's own OpenID tokens: made, and believed as long as what they tell of is so.

use std::collections::{BTreeMap, BTreeSet};

use credential_vending::AuditChain;
use identity_kernel::secret::SecretString;
use jwt_tokens::{IdentityPoolClaims, SessionTags, TokenError, Verifier};

use crate::error::Error;
use crate::model::identity::{Identity, Login};
use crate::model::ids::IdentityId;
use crate::model::pool::IdentityPool;
use crate::ops::linking::{Caller, Proof};
use crate::reasons::Refusal;
use crate::service::IdentityPools;

/// What a token of a pool is to say.
pub(crate) struct NewToken<'a> {
    pub(crate) pool: &'a IdentityPool,
    pub(crate) identity: &'a Identity,
    pub(crate) amr: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) seconds: i64,
}

impl IdentityPools {
    /// Signs a token.
    pub(crate) async fn sign_own(&self, token: NewToken<'_>) -> Result<SecretString, Error> {
        let NewToken { pool, identity, amr, tags, seconds } = token;
        let now = self.now().epoch_seconds();
        let principal_tags: BTreeMap<_, _> = tags.into_iter().map(|(key, value)| (key, vec![value])).collect();
        let claims = IdentityPoolClaims {
            sub: identity.id.to_string(),
            aud: pool.id.to_string(),
            amr,
            iss: self.issuer(&pool.id),
            iat: now,
            exp: now + seconds,
            pool_arn: self.pool_arn(&pool.id),
            tags: (!principal_tags.is_empty()).then_some(SessionTags { principal_tags }),
        };
        let keys = self.pool_keys(&pool.id).await?;
        let slow = keys.signing().algorithm().signs_slowly();
        let sign = move || keys.signing().sign(&claims);
        let token = if slow { self.compute(sign).await? } else { sign() };
        token.map(Into::into).map_err(|error| Error::internal("the token could not be signed", error))
    }

    /// What a token says that this pool has signed, for itself, and that is alive.
    pub(crate) async fn verify_own(
        &self,
        pool: &IdentityPool,
        token: &SecretString,
    ) -> Result<Result<IdentityPoolClaims, TokenError>, Error> {
        let keys = self.pool_keys(&pool.id).await?;
        let verifier = Verifier::new(self.issuer(&pool.id)).any_audience();
        let verified = verifier.verify(keys.key_set(), token.expose(), self.now());
        Ok(verified.and_then(|token| token.into_identity_pool_token(pool.id.as_str())))
    }

    /// Checks the token that a developer's user shows for this identity. It stands for the user as long as the user is
    /// this identity: unlinking, merging and deleting end it.
    pub(crate) async fn prove_by_own_token(&self, id: &IdentityId, token: &SecretString) -> Result<Caller, Error> {
        let named = self.identity(id).await?;
        let pool = self.pool(&named.pool).await?.record;
        let claims = self.verify_own(&pool, token).await?.map_err(refused)?;
        if claims.sub != id.as_str() {
            return Err(Refusal::LoginsNotOfIdentity.into());
        }
        if developers_user(&pool, &claims.amr).is_none() {
            return Err(Refusal::OwnTokenNotTaken.into());
        }
        if !still_holds(&pool, &named, &claims) {
            return Err(Refusal::LoginRevoked.into());
        }
        Ok(Caller { pool, named, proof: Proof::OwnToken(Box::new(claims)) })
    }
}

fn refused(error: TokenError) -> Error {
    match error {
        TokenError::Expired { .. } => Refusal::LoginExpired,
        TokenError::Issuer | TokenError::Audience => Refusal::LoginIssuer,
        TokenError::Signature | TokenError::UnknownKey => Refusal::LoginSignature,
        _ => Refusal::LoginInvalid,
    }
    .into()
}

/// What a token says of how the identity logged in: `authenticated`, then each provider and the login within it.
pub(crate) fn authenticated(pool: &IdentityPool, logins: &[(Login, &str)]) -> Vec<String> {
    let mut amr = vec!["authenticated".to_owned()];
    for (Login { provider, subject }, kind) in logins {
        let is_developer = pool.settings.developer_provider.as_deref() == Some(provider);
        let kind = if is_developer { pool.id.as_str() } else { kind };
        amr.extend([provider.clone(), format!("{provider}:{kind}:{subject}")]);
    }
    amr
}

/// The developer's user that a token tells of.
fn developers_user(pool: &IdentityPool, amr: &[String]) -> Option<Login> {
    let provider = pool.settings.developer_provider.as_deref()?;
    let front = format!("{provider}:{}:", pool.id);
    let user = amr.iter().skip(1).find_map(|entry| entry.strip_prefix(&front))?;
    let is_known = amr.first().is_some_and(|first| first == "authenticated");
    is_known.then(|| Login { provider: provider.to_owned(), subject: user.to_owned() })
}

/// The logins behind a token, as far as it tells of them.
pub(crate) fn chain_of(pool: &IdentityPool, claims: &IdentityPoolClaims) -> AuditChain {
    let mut chain = AuditChain::from_amr(&claims.amr);
    if let Some(user) = developers_user(pool, &claims.amr) {
        for login in chain.logins.iter_mut().filter(|login| login.provider == user.provider) {
            login.subject.clone_from(&user.subject);
        }
    }
    chain
}

/// Whether what a token tells of is so today: a guest is one still, and every login leads to the identity still.
pub(crate) fn still_holds(pool: &IdentityPool, identity: &Identity, claims: &IdentityPoolClaims) -> bool {
    let told: BTreeSet<Login> = chain_of(pool, claims)
        .logins
        .into_iter()
        .map(|login| Login { provider: login.provider, subject: login.subject })
        .collect();
    let is_of_pool = identity.pool == pool.id;
    is_of_pool && if told.is_empty() { identity.is_guest() } else { told.is_subset(&identity.logins) }
}

/// The session tags that a token carries.
pub(crate) fn tags_of(claims: &IdentityPoolClaims) -> BTreeMap<String, String> {
    let carried = claims.tags.iter().flat_map(|tags| &tags.principal_tags);
    carried.filter_map(|(key, values)| Some((key.clone(), values.first()?.clone()))).collect()
}
