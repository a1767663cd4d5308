//! `GetWebIdentityToken`: a session's holder as an OpenID Connect token that other services can trust.

mod claims;
mod keys;
mod permit;
mod request;

use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::OutboundProblem;
use crate::service::IdentityPools;

pub use request::{GetWebIdentityToken, SubjectMode};

/// A token for other services.
#[derive(Clone, Debug)]
pub struct OutboundToken {
    /// The token: a JWS whose key is in [`outbound_key_set`](IdentityPools::outbound_key_set).
    pub token: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The longest token, in characters: what servers read as one header.
const LONGEST_TOKEN: usize = 8 * 1024;

impl IdentityPools {
    /// A token that says who the caller is, signed by the account's own issuer.
    ///
    /// The caller's policies must allow `sts:GetWebIdentityToken`, `sts:SetWebIdentityTokenScope` for a scope, and
    /// `sts:TagGetWebIdentityToken` for tags. This service takes no such token back for credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Outbound`] with why; [`Error::Vending`] for tags that are none; [`Error::Internal`] if keys of the algorithm cannot
    /// be made; [`Error::Storage`], [`Error::TooManyRequests`].
    pub async fn get_web_identity_token(&self, request: GetWebIdentityToken) -> Result<OutboundToken, Error> {
        let details = Details {
            role_arn: request.caller.session().map(|session| session.role_arn.clone()),
            audiences: request.audiences.clone(),
            ..Details::default()
        };
        let made = self.make_outbound(request).await;
        self.record(Action::GetWebIdentityToken, details, Outcome::of(&made)).await;
        made
    }

    async fn make_outbound(&self, request: GetWebIdentityToken) -> Result<OutboundToken, Error> {
        self.permit_outbound(&request).await?;
        let issuer = self.outbound_issuer().ok_or(OutboundProblem::Disabled)?;
        let now = self.now();
        let expires_at = now.plus_seconds(request.check()?);
        if request.caller.session().is_some_and(|session| expires_at > session.expires_at) {
            return Err(OutboundProblem::DurationEscalation.into());
        }
        let claims = request.claims(&issuer, &self.uuid(), (now, expires_at), self.account_region())?;
        let keys = self.outbound_keys(request.algorithm).await?;
        let signed = self.compute(move || keys.signing().sign(&claims)).await?;
        let token = signed.map_err(|error| Error::internal("the token could not be signed", error))?;
        if token.len() > LONGEST_TOKEN {
            return Err(OutboundProblem::TooLarge.into());
        }
        Ok(OutboundToken { token: token.into(), expires_at })
    }
}
