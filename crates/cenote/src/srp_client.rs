use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, SrpError, write_timestamp};
use identity_kernel::entropy;
use identity_kernel::secret::SecretString;
use userpool_core::Error;
use userpool_core::model::ids::{ClientId, UserPoolId};
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, InitiateAuth, RespondToChallenge, SignInFlow};
use userpool_core::ops::srp::VerifierAnswer;

use crate::Cenote;

/// Why a sign-in by SRP did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SrpSignInError {
    /// The server sent a value that breaks the protocol.
    #[error("the server's challenge is malformed")]
    Challenge,
    /// The pool refused.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl From<SrpError> for SrpSignInError {
    fn from(_: SrpError) -> Self {
        Self::Challenge
    }
}

/// Both steps of a sign-in by SRP, as a client takes them: for tests, examples, and tools that hold a password and want
/// never to send it.
///
/// The outcome is what the pool answers to the proof: tokens, or the next challenge.
///
/// # Errors
///
/// [`SrpSignInError`]; a wrong password is [`Error::NotAuthorized`].
pub async fn sign_in_by_srp(
    cenote: &Cenote,
    pool: &UserPoolId,
    client: &ClientId,
    username: &str,
    password: &SecretString,
) -> Result<AuthOutcome, SrpSignInError> {
    let secret = ClientSecret::new(entropy::bytes(cenote.entropy.as_ref()));
    let flow = SignInFlow::UserSrp { username: username.to_owned(), client_public: secret.public_value().to_hex() };
    let begun = InitiateAuth { client: client.clone(), caller: Caller::Public, secret_hash: None, flow };
    let challenge = match cenote.user_pools.initiate_auth(begun).await? {
        AuthOutcome::PasswordVerifier(challenge) => challenge,
        other => return Ok(other),
    };
    let identity = Identity { pool_name: pool.short_name(), user_id: &challenge.user_id };
    let server = PublicValue::from_hex(&challenge.server_public)?;
    let salt = Salt::from_hex(&challenge.salt)?;
    let key = secret.session_key(&identity, password.expose(), &salt, &server)?;
    let block = STANDARD.decode(&challenge.secret_block).map_err(|_| SrpSignInError::Challenge)?;
    let timestamp = write_timestamp(cenote.clock.now());
    let signature = key.sign(&identity, &block, &timestamp).into();
    let answer = VerifierAnswer { secret_block: challenge.secret_block, signature, timestamp };
    let answered = RespondToChallenge {
        client: client.clone(),
        caller: Caller::Public,
        secret_hash: None,
        username: challenge.user_id,
        answer: Answer::PasswordVerifier(answer),
    };
    Ok(cenote.user_pools.respond_to_auth_challenge(answered).await?)
}
