//! A browser is sent to an outside provider, and comes back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::error::StorageErrorKind;
use identity_kernel::secret::{SecretString, constant_time_eq};
use identity_kernel::time::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::authorize::Authorization;
use super::error::OAuthError;
use crate::error::Error;
use crate::model::authorization::OAuthCode;
use crate::model::ids::{ProviderName, UserPoolId};
use crate::ops::identity_providers::ProviderWithSecrets;
use crate::service::UserPools;
use crate::storage::ChallengeWrite;

/// For how long somebody may be on the way, in seconds.
const LIFETIME_SECONDS: i64 = 300;

/// The longest request that is kept, in bytes: it travels in a cookie.
const LONGEST_REQUEST: usize = 2000;

/// The purpose under which what is kept is sealed.
const SEAL: &str = "federation";

/// What a browser takes along to a provider, and what it keeps until it comes back.
#[derive(Debug)]
pub struct FederationBegun {
    /// The provider.
    pub provider: ProviderWithSecrets,
    /// What the provider gives back.
    pub state: String,
    /// What the ID token must bring back.
    pub nonce: String,
    /// What the verifier answers, by `S256`.
    pub code_challenge: String,
    /// What the browser keeps, under seal.
    pub kept: SecretString,
}

/// What was kept of a sign-in at a provider, once its browser has come back with it.
#[derive(Debug)]
pub struct FederationReturned {
    /// The provider.
    pub provider: ProviderWithSecrets,
    /// What the ID token must bring back.
    pub nonce: String,
    /// What answers the challenge.
    pub code_verifier: SecretString,
    /// The request of the client, as it stood at the authorization endpoint.
    pub request: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    v: u8,
    provider: ProviderName,
    state: String,
    nonce: String,
    code_verifier: String,
    request: String,
    begun_at: Timestamp,
}

const LOST: OAuthError = OAuthError::new(
    OAuthCode::InvalidRequest,
    "the sign-in at the provider took too long, or was begun in another browser",
);

impl UserPools {
    /// Begins a sign-in at an outside provider that the client lists. `request` is the client's request as a query.
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn begin_federation(
        &self,
        authorization: &Authorization,
        provider: &ProviderName,
        request: &str,
    ) -> Result<FederationBegun, OAuthError> {
        let (pool, client) = (authorization.pool(), authorization.client());
        if !client.settings.oauth.providers.contains(provider) {
            return Err(OAuthError::new(OAuthCode::InvalidRequest, "the client lets nobody of this provider in"));
        }
        if request.len() > LONGEST_REQUEST {
            return Err(OAuthError::new(
                OAuthCode::InvalidRequest,
                "the request is too long for a sign-in at a provider",
            ));
        }
        let provider = self.describe_identity_provider(&pool.id, provider).await?;
        let random = || self.new_bearer_secret().expose().to_owned();
        let kept = Kept {
            v: 1,
            provider: provider.provider.name.clone(),
            state: random(),
            nonce: random(),
            code_verifier: random(),
            request: request.to_owned(),
            begun_at: self.now(),
        };
        let json =
            serde_json::to_vec(&kept).map_err(|error| Error::internal("keeping a sign-in at a provider", error))?;
        let sealed = self.seal(SEAL, pool.id.as_str(), &json);
        let code_challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, kept.code_verifier.as_bytes()));
        let (state, nonce, kept) = (kept.state, kept.nonce, URL_SAFE_NO_PAD.encode(sealed).into());
        Ok(FederationBegun { provider, state, nonce, code_challenge, kept })
    }

    /// Takes back what a browser has kept, once: it is the one that was sent away, and the answer is of that sign-in.
    ///
    /// # Errors
    ///
    /// [`OAuthError`].
    pub async fn resume_federation(
        &self,
        pool: &UserPoolId,
        kept: &SecretString,
        state: &str,
    ) -> Result<FederationReturned, OAuthError> {
        let sealed = URL_SAFE_NO_PAD.decode(kept.expose()).map_err(|_| LOST)?;
        let json = self.open(SEAL, pool.as_str(), &sealed).map_err(|_| LOST)?;
        let kept: Kept = serde_json::from_slice(&json).map_err(|_| LOST)?;
        let in_time = self.now().is_within(kept.begun_at, LIFETIME_SECONDS);
        if kept.v != 1 || !in_time || !constant_time_eq(kept.state.as_bytes(), state.as_bytes()) {
            return Err(LOST);
        }
        let until = kept.begun_at.plus_seconds(LIFETIME_SECONDS);
        let spend = ChallengeWrite::Spend { pool: pool.clone(), id: format!("federation-{}", kept.state), until };
        self.storage.commit(vec![spend.into()]).await.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => LOST,
            _ => error.into(),
        })?;
        let provider = self.describe_identity_provider(pool, &kept.provider).await?;
        let Kept { nonce, code_verifier, request, .. } = kept;
        Ok(FederationReturned { provider, nonce, code_verifier: code_verifier.into(), request })
    }
}
