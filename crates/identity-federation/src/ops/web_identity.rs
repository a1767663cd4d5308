//! `AssumeRoleWithWebIdentity`: a token for credentials, the caller naming the role.

use credential_vending::Error as VendingError;
use credential_vending::IdentityStamp;
use credential_vending::ops::assume::{AssumedRole, UndefinedRole, check_shape};
use identity_kernel::secret::SecretString;
use jwt_tokens::{IdentityPoolClaims, TokenError, Verifier};
use login_providers::LoginError;

use crate::error::Error;
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::ops::credentials::{Assume, PROVIDER};
use crate::ops::own_tokens::{chain_of, still_holds, tags_of};
use crate::ports::{Action, Details, Outcome};
use crate::reasons::WebTokenProblem;
use crate::service::IdentityPools;

/// Asks for credentials of a role with a token.
#[derive(Clone, Debug)]
pub struct AssumeRoleWithWebIdentity {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
    /// An identity pool's OpenID token, an ID token of a registered provider or of Google, or an access token.
    pub token: SecretString,
    /// Whose access token it is: `www.amazon.com` or `graph.facebook.com`. `None` for OpenID tokens, which say it themselves.
    pub provider_id: Option<String>,
    /// How long, 900 to 43,200 seconds.
    pub duration_seconds: i64,
    /// A policy that narrows the session.
    pub session_policy: Option<String>,
    /// The ARNs of managed policies that narrow it too, 10 at most.
    pub policy_arns: Vec<String>,
    /// The session token has so many characters at least, 0 to 4,096.
    pub minimum_token_size: usize,
}

/// Credentials, and whose.
#[derive(Clone, Debug)]
pub struct WebIdentitySession {
    /// The role, assumed.
    pub assumed: AssumedRole,
    /// `sub` of the token, or whom its provider says that it is of.
    pub subject: String,
    /// Whom the token was made for.
    pub audience: String,
    /// The token's provider: its issuer, `cognito-identity.amazonaws.com`, or whose access token it is.
    pub provider: String,
}

impl IdentityPools {
    /// Vends credentials of the role that the caller names, if the role trusts the token.
    ///
    /// A role that nobody has created is assumed with an identity pool's token only, and only if that pool names it for
    /// such callers; the session may do nothing.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidIdentityToken`], also for a pool's token whose identity or login is gone since; [`Error::TokenExpired`],
    /// [`Error::ExternalService`]; [`Error::Vending`] with what vending refused: the role does not trust the token, the pool's
    /// classic flow is closed or it has role mappings, a policy that cannot be read, a duration too long.
    pub async fn assume_role_with_web_identity(
        &self,
        request: AssumeRoleWithWebIdentity,
    ) -> Result<WebIdentitySession, Error> {
        let mut details = Details { role_arn: Some(request.role_arn.clone()), ..Details::default() };
        let session = self.with_web_identity(request, &mut details).await;
        details.access_key_id = session.as_ref().ok().map(|done| done.assumed.credentials.access_key_id.clone());
        self.record(Action::AssumeRoleWithWebIdentity, details, Outcome::of(&session)).await;
        session
    }

    async fn with_web_identity(
        &self,
        request: AssumeRoleWithWebIdentity,
        details: &mut Details,
    ) -> Result<WebIdentitySession, Error> {
        check_shape(&request.role_arn, &request.session_name, request.duration_seconds).map_err(Error::Vending)?;
        if let Some(provider) = request.provider_id.clone() {
            details.providers = vec![provider.clone()];
            return self.with_access_token(&provider, request).await;
        }
        let issuer = Verifier::unverified_claim(request.token.expose(), "iss");
        let issuer = issuer.map_err(|_| WebTokenProblem::NoIssuer)?;
        // A token that was made of credentials makes none.
        if self.outbound_issuer().is_some_and(|own| own == issuer) {
            return Err(WebTokenProblem::UnknownProvider.into());
        }
        if let Some(pool) = self.pool_of_token(&issuer, request.token.expose()).await? {
            details.pool = Some(pool.id.clone());
            let session = self.with_pool_token(&pool, request).await?;
            details.identity = session.subject.parse().ok();
            return Ok(session);
        }
        details.providers = vec![issuer.clone()];
        self.with_outside_token(&issuer, request).await
    }

    /// The identity pool that would have issued this token, if one would.
    async fn pool_of_token(&self, issuer: &str, token: &str) -> Result<Option<IdentityPool>, Error> {
        let Ok(audience) = Verifier::unverified_claim(token, "aud") else { return Ok(None) };
        let Ok(id) = audience.parse::<IdentityPoolId>() else { return Ok(None) };
        if self.issuer(&id) != issuer {
            return Ok(None);
        }
        Ok(self.storage.pools().get(&id).await?.map(|pool| pool.record))
    }

    async fn with_pool_token(
        &self,
        pool: &IdentityPool,
        request: AssumeRoleWithWebIdentity,
    ) -> Result<WebIdentitySession, Error> {
        let claims = self.verify_own(pool, &request.token).await?.map_err(refused_token)?;
        self.check_today(pool, &claims).await?;
        let is_guest = claims.amr.first().is_none_or(|first| first != "authenticated");
        let named = if is_guest {
            pool.roles.unauthenticated.as_deref() == Some(&request.role_arn)
        } else {
            pool.names_for_logins(&request.role_arn)
        };
        let assumed = self
            .assume(Assume {
                role_arn: request.role_arn,
                session_name: request.session_name,
                duration_seconds: request.duration_seconds,
                chain: chain_of(pool, &claims),
                tags: tags_of(&claims),
                stamp: IdentityStamp { identity: claims.sub.clone(), pool: claims.aud.clone(), amr: claims.amr },
                session_policies: request.session_policy.map(|policy| vec![policy]),
                policy_arns: request.policy_arns,
                undefined: if named { UndefinedRole::GrantNothing } else { UndefinedRole::Refuse },
                minimum_token_size: request.minimum_token_size,
            })
            .await
            .map_err(Error::Vending)?;
        Ok(WebIdentitySession { assumed, subject: claims.sub, audience: claims.aud, provider: PROVIDER.to_owned() })
    }

    /// That what a token tells of is so today, and that callers may choose their role themselves.
    async fn check_today(&self, pool: &IdentityPool, claims: &IdentityPoolClaims) -> Result<(), Error> {
        let id: IdentityId = claims.sub.parse().map_err(|_| WebTokenProblem::Malformed)?;
        let identity = self.storage.identities().get(&id).await?;
        if !identity.is_some_and(|identity| still_holds(pool, &identity, claims)) {
            return Err(WebTokenProblem::Ended.into());
        }
        self.check_classic(pool).map_err(|_| Error::Vending(VendingError::AccessDenied))
    }
}

pub(crate) fn refused_token(error: TokenError) -> Error {
    match error {
        TokenError::Expired { .. } => Error::TokenExpired,
        TokenError::Audience => WebTokenProblem::Audience.into(),
        TokenError::Signature | TokenError::UnknownKey => WebTokenProblem::Signature.into(),
        _ => WebTokenProblem::Malformed.into(),
    }
}

pub(crate) fn refused_login(error: LoginError) -> Error {
    match error {
        LoginError::ClientNotTrusted => WebTokenProblem::Audience.into(),
        LoginError::Token(error) => refused_token(error),
        LoginError::Unavailable(cause) => Error::internal("a token could not be checked", cause),
        LoginError::Unreachable(source) => Error::ExternalService(source),
        _ => WebTokenProblem::UnknownProvider.into(),
    }
}
