//! The SRP steps of a sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Identity, PublicValue, Salt, ServerSecret, SessionKey, Verifier, parse_timestamp};
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::{Ceremony, Challenge, Evidence};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::pool::UserPool;
use crate::model::risk::RiskAction;
use crate::model::user::{Credential, User};
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::reasons::{Invalid, Refusal};
use crate::service::{UserPools, srp_context};

pub use crate::ops::outcome::PasswordVerifier;

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

/// The server's part of a proof, and the challenge that it is.
pub(crate) struct SrpStep {
    pub(crate) challenge: Challenge,
    salt: String,
    server_public: String,
    user_id: String,
}

/// How far the proof's timestamp may lie from now, in seconds.
const SKEW_SECONDS: i64 = 300;

impl UserPools {
    pub(crate) async fn begin_srp(
        &self,
        case: &mut Case,
        (pool, client, caller): (&UserPool, &AppClient, &Caller),
        username: &str,
        (flow, client_public): (AllowedFlow, &str),
    ) -> Result<AuthOutcome, Error> {
        // Before any other work: a value that would give the key away is refused.
        let client_public = PublicValue::from_hex(client_public).map_err(|_| Invalid::SrpPublicValue)?;
        let (user, kept) = self.find_user_and_password(pool, username).await?.unzip();
        let kept = kept.flatten();
        if user.is_none() && !client.settings.prevent_user_existence_errors {
            return Err(Error::no_user());
        }
        case.user = user.as_ref().map(|user| user.sub.clone());
        self.pre_authentication(pool, client, user.as_deref(), username).await?;
        // What comes after the proof is judged when it is there.
        let (second, device, risk) = (None, None, RiskAction::NoAction);
        let attempt = Attempt {
            pool,
            client,
            caller,
            name: username,
            user,
            password: kept,
            second,
            passkeys: None,
            risk,
            device,
        };
        let step = self.srp_step(&attempt, &client_public).await?;
        let answered = self.srp_first(&attempt, flow).await?;
        let ceremony = Ceremony { answered, ..self.begin_ceremony(&attempt, flow, step.challenge.clone()) };
        self.ask_for_proof(&ceremony, step)
    }

    /// The server's part of a proof by SRP.
    pub(crate) async fn srp_step(&self, attempt: &Attempt<'_>, client_public: &PublicValue) -> Result<SrpStep, Error> {
        let Attempt { pool, name, user, password, .. } = attempt;
        let (salt, verifier) = match (user, password) {
            (Some(user), Some(kept)) if kept.has_verifier_of(&pool.srp_identity(user.username.as_str(), &user.sub)) => {
                self.srp_of(user, kept)?
            }
            _ => self.pretended_srp(pool, name),
        };
        let (secret, client_public) = (ServerSecret::new(self.random::<32>()), client_public.clone());
        let step = self.compute(move || secret.respond(&verifier, &client_public)).await?;
        let step = step.map_err(|_| Invalid::SrpPublicValue)?;
        let user_id = match user {
            Some(user) => pool.srp_identity(user.username.as_str(), &user.sub),
            None => pool.srp_identity(name, &self.pretended_subject(pool, name)),
        };
        let challenge =
            Challenge::PasswordVerifier { key: STANDARD.encode(step.key.expose()), user_id: user_id.clone() };
        Ok(SrpStep { challenge, salt, server_public: step.public.to_hex(), user_id })
    }

    pub(crate) fn ask_for_proof(&self, ceremony: &Ceremony, step: SrpStep) -> Result<AuthOutcome, Error> {
        let SrpStep { challenge: _, salt, server_public, user_id } = step;
        let secret_block = self.seal_ceremony(ceremony)?;
        Ok(AuthOutcome::PasswordVerifier(PasswordVerifier { salt, server_public, secret_block, user_id }))
    }

    pub(crate) async fn finish_srp(
        &self,
        case: &mut Case,
        (pool, client, caller): (&UserPool, &AppClient, &Caller),
        username: &str,
        answer: &VerifierAnswer,
    ) -> Result<AuthOutcome, Error> {
        let ceremony = self.open_ceremony(&answer.secret_block).ok_or_else(Error::wrong_password)?;
        let challenge = ceremony.next.clone();
        let Challenge::PasswordVerifier { key, user_id } = &challenge else { return Err(Error::wrong_password()) };
        ceremony.check(pool, client, self.now()).map_err(|stop| stopped(&challenge, stop))?;
        self.check_timestamp(&answer.timestamp)?;
        // Read for nobody too: it is a subject that nobody has then.
        let (user, kept) = self.storage.passwords().with_user(&pool.id, &ceremony.user).await?.unzip();
        let kept = kept.flatten();
        case.user = user.as_ref().map(|user| user.sub.clone());
        let device = self.device_of_proof(pool, &ceremony, kept.as_deref()).await?;
        let ceremony = Ceremony { device: device.as_ref().map(|device| device.key.clone()), ..ceremony };
        let spend = spend(&ceremony);
        self.count_attempt(pool, caller, user.as_deref(), user_id, vec![spend]).await?;
        let proved = proves(key, pool, user_id, answer)
            && match &user {
                Some(user) => self.is_named(pool, user, username).await?,
                None => false,
            };
        let proved = proved && kept.is_some();
        let attempt = self.attempt((pool, client, caller), username, (user, kept)).await?;
        let attempt = Attempt { device, ..attempt };
        let step = self.advance(&attempt, ceremony, Evidence::PasswordProof(proved));
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        self.go_on(&attempt, step, Vec::new()).await
    }

    pub(crate) fn check_timestamp(&self, said: &str) -> Result<(), Error> {
        let said_at = parse_timestamp(said).ok_or(Invalid::Timestamp)?;
        let near = said_at.seconds_since(self.now()).abs() <= SKEW_SECONDS;
        if near { Ok(()) } else { Err(Refusal::TimestampOutOfRange.into()) }
    }

    /// Whether this name leads to this user.
    pub(crate) async fn is_named(&self, pool: &UserPool, user: &User, name: &str) -> Result<bool, Error> {
        if pool.fold(name) == pool.fold(user.username.as_str()) {
            return Ok(true);
        }
        Ok(self.find_user(pool, name).await?.is_some_and(|named| named.sub == user.sub))
    }

    /// The salt and verifier of a user's password.
    fn srp_of(&self, user: &User, kept: &Credential) -> Result<(String, Verifier), Error> {
        let context = srp_context(&user.pool, &user.username);
        let verifier = self.open("srp-verifier", &context, &kept.sealed_verifier)?;
        let verifier =
            Verifier::from_bytes(&verifier).map_err(|error| Error::internal("reading a stored verifier", error))?;
        Ok((kept.srp_salt.clone(), verifier))
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

/// Whether the answer proves the knowledge of the password.
fn proves(key: &str, pool: &UserPool, user_id: &str, answer: &VerifierAnswer) -> bool {
    let key = STANDARD.decode(key).ok().and_then(|key| key.first_chunk::<16>().copied());
    let (Some(key), Ok(block)) = (key, STANDARD.decode(&answer.secret_block)) else { return false };
    let identity = Identity { pool_name: pool.id.short_name(), user_id };
    SessionKey::from_bytes(key).accepts(answer.signature.expose(), &identity, &block, &answer.timestamp)
}
