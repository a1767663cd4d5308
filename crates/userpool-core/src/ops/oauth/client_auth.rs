//! Which client calls, and whether it is that one.

use identity_kernel::secret::SecretString;

use super::error::OAuthError;
use crate::model::authorization::OAuthCode;
use crate::model::client::AppClient;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::pool::UserPool;
use crate::service::UserPools;

/// How a client says who it is (RFC 6749 §2.3.1).
#[derive(Clone, Debug)]
pub struct ClientProof {
    /// Its id, as it came.
    pub id: String,
    /// Its secret; `None` of a public client.
    pub secret: Option<SecretString>,
}

const UNKNOWN: OAuthError =
    OAuthError::new(OAuthCode::InvalidClient, "the client is not known, or did not prove who it is");

impl UserPools {
    /// The client of this pool that calls, once it has proved it. Public clients and those without secret prove nothing; one
    /// that brings a secret and has none is not who it takes itself for.
    pub(crate) async fn calling_client(
        &self,
        pool: &UserPoolId,
        proof: &ClientProof,
    ) -> Result<(UserPool, AppClient), OAuthError> {
        let id: ClientId = proof.id.parse().map_err(|_| UNKNOWN)?;
        let pool = self.find_pool(pool).await?.ok_or(UNKNOWN)?.record;
        let client = self.storage.clients().get(&pool.id, &id).await?.ok_or(UNKNOWN)?.record;
        if !client.is_confidential() && proof.secret.is_some() {
            return Err(UNKNOWN);
        }
        self.check_plain_secret(&client, proof.secret.as_ref())?;
        if !client.settings.oauth.enabled {
            return Err(OAuthError::new(OAuthCode::UnauthorizedClient, "the client may not use these endpoints"));
        }
        Ok((pool, client))
    }
}
