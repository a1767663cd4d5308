//! From an identity to an OpenID token.

use identity_kernel::secret::SecretString;
use login_providers::ProviderKind;

use crate::error::Error;
use crate::model::ids::IdentityId;
use crate::model::pool::IdentityPool;
use crate::ops::credentials::{TOKEN_SECONDS, saml_logins, stamp, tags};
use crate::ops::logins::Logins;
use crate::ops::own_tokens::NewToken;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::{Invalid, Refusal};
use crate::service::IdentityPools;

impl IdentityPools {
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
        let caller = self.prove(identity, logins).await?;
        details.pool = Some(caller.pool.id.clone());
        self.check_classic(&caller.pool)?;
        if saml_logins(&caller.proof).next().is_some() {
            // A token that outlives the response, and roles that it does not name: the enhanced flow alone.
            return Err(Refusal::ProviderKindNotSupported(ProviderKind::Saml).into());
        }
        let tags = tags(&caller)?;
        let resolved = self.resolve(caller, details).await?;
        let amr = stamp(&resolved).amr;
        let (pool, identity) = (&resolved.pool, &resolved.identity);
        let token = self.sign_own(NewToken { pool, identity, amr, tags, seconds: TOKEN_SECONDS }).await?;
        Ok((resolved.identity.id, token))
    }

    /// That callers may choose their role themselves.
    pub(crate) fn check_classic(&self, pool: &IdentityPool) -> Result<(), Error> {
        if !pool.settings.allow_classic.unwrap_or(self.defaults.classic_flow) {
            return Err(Invalid::ClassicFlowClosed.into());
        }
        if !pool.roles.mappings.is_empty() {
            return Err(Invalid::ClassicFlowWithMappings.into());
        }
        Ok(())
    }
}
