//! Sign-ins of browsers at a pool's pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::Versioned;
use identity_kernel::secret::SecretString;
use ring::digest::{SHA256, digest};

use crate::error::Error;
use crate::model::browser_session::BrowserSession;
use crate::model::ceremony::Passed;
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::model::session_tracking::MOST_SSO_MINUTES;
use crate::model::user::User;
use crate::ops::outcome::BrowserSecret;
use crate::ops::rounds::is_overtaken;
use crate::service::UserPools;
use crate::storage::AuthorizationWrite;

impl UserPools {
    /// A new secret of 256 random bits.
    pub(crate) fn new_bearer_secret(&self) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.random::<32>()).into()
    }

    pub(crate) fn new_browser_session(
        &self,
        pool: &UserPool,
        user: &User,
        passed: &Passed,
    ) -> (BrowserSecret, BrowserSession) {
        let (secret, now) = (self.new_bearer_secret(), self.now());
        let session = BrowserSession {
            pool: pool.id.clone(),
            id: hash_of(&secret),
            sub: user.sub.clone(),
            epoch: user.epoch,
            mark: pool.mark(),
            auth_time: now,
            proofs: passed.kept(),
            // How long it is used again, each client says; longer than this none can.
            expires_at: now.plus_seconds(MOST_SSO_MINUTES * 60),
        };
        (BrowserSecret(secret), session)
    }

    /// The sign-in that a browser's secret stands for, with its user, if it still counts.
    pub(crate) async fn browser_session(
        &self,
        pool: &UserPool,
        secret: &SecretString,
    ) -> Result<Option<(BrowserSession, User)>, Error> {
        let Some(session) = self.storage.authorizations().browser(&pool.id, &hash_of(secret)).await? else {
            return Ok(None);
        };
        let Some(user) = self.storage.users().get(&pool.id, &session.sub).await? else { return Ok(None) };
        let alive = session.is_alive(pool, &user, self.now());
        Ok(alive.then_some((session.record, user.record)))
    }

    /// Ends a browser's sign-in at a pool's pages. Tokens that clients have got by it stay.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; a sign-in that is not there is ended.
    pub async fn sign_out_browser(&self, pool: &UserPoolId, secret: &SecretString) -> Result<(), Error> {
        let found: Option<Versioned<BrowserSession>> =
            self.storage.authorizations().browser(pool, &hash_of(secret)).await?;
        let Some(before) = found else { return Ok(()) };
        match self.storage.commit(vec![AuthorizationWrite::DeleteBrowser { before }.into()]).await {
            Err(error) if !is_overtaken(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// What a secret is found by: it has 256 random bits, so that its hash tells nobody what it is.
pub(crate) fn hash_of(secret: &SecretString) -> String {
    let hash = digest(&SHA256, secret.expose().as_bytes());
    hash.as_ref().iter().fold(String::with_capacity(64), |hex, byte| format!("{hex}{byte:02x}"))
}
