//! The SRP steps of a sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Identity, PublicValue, Salt, ServerSecret, SessionKey, Verifier, parse_timestamp};
use document_store::error::StorageErrorKind;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::{Mark, UserPool};
use crate::model::user::User;
use crate::ops::sign_in::AuthOutcome;
use crate::reasons::{Invalid, Refusal};
use crate::service::{UserPools, srp_context};
use crate::storage::Write;

/// The challenge to prove that the client knows the password.
#[derive(Clone, Debug)]
pub struct PasswordVerifier {
    /// `SALT` in hexadecimal.
    pub salt: String,
    /// `SRP_B` in hexadecimal.
    pub server_public: String,
    /// `SECRET_BLOCK` in Base64: sealed state of this step.
    pub secret_block: String,
    /// `USER_ID_FOR_SRP`: the name that goes into the hashes.
    pub user_id: String,
}

/// The proof.
#[derive(Clone, Debug)]
pub struct VerifierAnswer {
    /// `PASSWORD_CLAIM_SECRET_BLOCK`, as it came.
    pub secret_block: String,
    /// `PASSWORD_CLAIM_SIGNATURE` in Base64.
    pub signature: SecretString,
    /// `TIMESTAMP`.
    pub timestamp: String,
}

/// What the server knows between the two steps. Sealed into the secret block, so that any node can take the answer.
#[derive(Serialize, Deserialize)]
struct SrpState {
    id: String,
    pool: UserPoolId,
    client: ClientId,
    user_id: String,
    /// `None` for a name of nobody: the answer is refused whatever it is.
    sub: Option<Subject>,
    key: [u8; 16],
    mark: Mark,
    begun_at: Timestamp,
}

/// How long the proof may take, in seconds.
const ANSWER_SECONDS: i64 = 180;
/// How far the proof's timestamp may lie from now, in seconds.
const SKEW_SECONDS: i64 = 300;

impl UserPools {
    pub(crate) async fn begin_srp(
        &self,
        pool: &UserPool,
        client: &AppClient,
        username: &str,
        client_public: &str,
    ) -> Result<AuthOutcome, Error> {
        // Before any other work: a value that would give the key away is refused.
        let client_public = PublicValue::from_hex(client_public).map_err(|_| Invalid::SrpPublicValue)?;
        let user = self.find_user(pool, username).await?;
        let known = match &user {
            Some(user) => self.srp_of(user)?,
            None if client.settings.hide_users => None,
            None => return Err(Error::no_user()),
        };
        let (salt, verifier) = known.unwrap_or_else(|| self.pretended_srp(pool, username));
        let secret = ServerSecret::new(self.random::<32>());
        let step = self.compute(move || secret.respond(&verifier, &client_public)).await?;
        let step = step.map_err(|_| Invalid::SrpPublicValue)?;
        let user_id = user.as_ref().map_or_else(|| username.to_owned(), |user| user.username.to_string());
        let state = SrpState {
            id: self.uuid(),
            pool: pool.id.clone(),
            client: client.id.clone(),
            user_id: user_id.clone(),
            sub: user.filter(|user| user.credential.is_some()).map(|user| user.sub.clone()),
            key: *step.key.expose(),
            mark: pool.mark(),
            begun_at: self.now(),
        };
        let plain = serde_json::to_vec(&state).map_err(|error| Error::internal("writing a challenge", error))?;
        let secret_block = STANDARD.encode(self.seal("srp-state", "", &plain));
        Ok(AuthOutcome::PasswordVerifier(PasswordVerifier {
            salt,
            server_public: step.public.to_hex(),
            secret_block,
            user_id,
        }))
    }

    pub(crate) async fn finish_srp(
        &self,
        pool: &UserPool,
        client: &AppClient,
        username: &str,
        answer: &VerifierAnswer,
    ) -> Result<AuthOutcome, Error> {
        let block = STANDARD.decode(&answer.secret_block).map_err(|_| Error::wrong_password())?;
        let plain = self.master_key.open("srp-state", b"", &block).map_err(|_| Error::wrong_password())?;
        let state: SrpState = serde_json::from_slice(&plain).map_err(|_| Error::wrong_password())?;
        let now = self.now();
        let alive = now.is_within(state.begun_at, ANSWER_SECONDS) && pool.counts(state.mark, state.begun_at);
        if state.pool != pool.id || state.client != client.id || !alive {
            return Err(Error::wrong_password());
        }
        let said_at = parse_timestamp(&answer.timestamp).ok_or(Invalid::Timestamp)?;
        if said_at.seconds_since(now).abs() > SKEW_SECONDS {
            return Err(Refusal::TimestampOutOfRange.into());
        }
        let user = match &state.sub {
            Some(sub) => self.storage.user(&pool.id, sub).await?,
            None => None,
        };
        let counter = self.count_attempt(pool, user.as_deref(), &state.user_id).await?;
        self.spend(&pool.id, &state.id, state.begun_at.plus_seconds(ANSWER_SECONDS)).await?;
        let identity = Identity { pool_name: pool.id.short_name(), user_id: &state.user_id };
        let key = SessionKey::from_bytes(state.key);
        let proved = key.accepts(answer.signature.expose(), &identity, &block, &answer.timestamp);
        match user {
            Some(user) if proved && self.is_named(pool, &user, username).await? => {
                self.after_first_factor(pool, client, user, counter).await
            }
            _ => Err(Error::wrong_password()),
        }
    }

    /// Whether this name leads to this user.
    async fn is_named(&self, pool: &UserPool, user: &User, name: &str) -> Result<bool, Error> {
        if pool.fold(name) == pool.fold(user.username.as_str()) {
            return Ok(true);
        }
        Ok(self.find_user(pool, name).await?.is_some_and(|named| named.sub == user.sub))
    }

    /// Spends a one-time id; of two that try, one wins.
    async fn spend(&self, pool: &UserPoolId, id: &str, until: Timestamp) -> Result<(), Error> {
        let write = Write::SpendChallenge(pool.clone(), id.to_owned(), until);
        self.storage.commit(vec![write]).await.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => Error::wrong_password(),
            _ => error.into(),
        })
    }

    /// The salt and verifier of a user's password; `None` for a user without.
    fn srp_of(&self, user: &User) -> Result<Option<(String, Verifier)>, Error> {
        let Some(credential) = &user.credential else { return Ok(None) };
        let context = srp_context(&user.pool, &user.username);
        let verifier = self.open("srp-verifier", &context, &credential.sealed_verifier)?;
        let verifier = Verifier::from_bytes(&verifier)
            .map_err(|error| Error::internal("a stored verifier is no verifier", error))?;
        Ok(Some((credential.srp_salt.clone(), verifier)))
    }

    /// A salt and a verifier for a name of nobody: the same for the same name on any node (RFC 5054 §2.5.1.3), without
    /// an exponentiation that a real name would not cost either.
    fn pretended_srp(&self, pool: &UserPool, username: &str) -> (String, Verifier) {
        let name = format!("{}\n{}", pool.id, pool.fold(username));
        let salt = self.master_key.keyed_hash("pretended-salt", name.as_bytes());
        let salt = Salt::new(*salt.first_chunk().unwrap_or(&[0; 16]));
        let mut verifier = [0; 384];
        for (block, bytes) in verifier.chunks_exact_mut(32).enumerate() {
            let hash = self.master_key.keyed_hash("pretended-verifier", format!("{block}\n{name}").as_bytes());
            bytes.copy_from_slice(&hash);
        }
        (salt.to_hex(), Verifier::pretended(verifier))
    }
}
