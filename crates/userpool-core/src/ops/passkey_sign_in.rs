//! Sign-in with a passkey.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document_store::Versioned;
use identity_kernel::secret::SecretString;
use webauthn_verify::{AssertionResponse, Expected, RequestOptions, UserVerification};

use crate::error::Error;
use crate::model::ceremony::{Ceremony, Challenge, Evidence};
use crate::model::challenge::PasskeyProof;
use crate::model::client::AppClient;
use crate::model::factors::Demand;
use crate::model::ids::Subject;
use crate::model::passkeys::{Passkey, UserPasskeys};
use crate::model::pool::UserPool;
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::ops::passkeys::relying_party;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::taken::refused_step;
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::PasskeyWrite;

impl UserPools {
    /// What is to be signed with a passkey.
    pub(crate) fn passkey_challenge(&self) -> Challenge {
        Challenge::Passkey { challenge: STANDARD.encode(self.random::<32>()) }
    }

    /// Reads the passkeys of somebody who may sign in with one: only where the pool takes any.
    pub(crate) async fn with_passkeys<'a>(&self, mut attempt: Attempt<'a>) -> Result<Attempt<'a>, Error> {
        if relying_party(attempt.pool).is_ok() {
            // For nobody as much is read as for somebody.
            let nobody = || self.pretended_subject(attempt.pool, attempt.name);
            let sub = attempt.user.as_ref().map_or_else(nobody, |user| user.sub.clone());
            attempt.passkeys = self.storage.passkeys().of_user(&attempt.pool.id, &sub).await?;
        }
        Ok(attempt)
    }

    /// Asks for a signature with one of the user's passkeys.
    pub(crate) fn ask_for_passkey(&self, attempt: &Attempt<'_>, ceremony: &Ceremony) -> Result<AuthOutcome, Error> {
        let allow = attempt.own_passkeys().unwrap_or_default();
        let challenge = to_sign(ceremony).ok_or(Refusal::SessionInvalid)?;
        let options = self.expected_of(attempt, &challenge)?.request_options(&RequestOptions { allow: &allow });
        self.asked(ceremony, [("CREDENTIAL_REQUEST_OPTIONS", options.to_string())], Vec::new())
    }

    /// What is expected of a signature at a sign-in: that the user is verified too, where it must stand for two factors.
    fn expected_of<'a>(&'a self, attempt: &Attempt<'a>, challenge: &'a [u8]) -> Result<Expected<'a>, Error> {
        let expected = self.expected(attempt.pool, relying_party(attempt.pool)?, challenge);
        let is_alone = attempt.judge(|facts| facts.demand() == Demand::None);
        let user_verification = if is_alone { expected.user_verification } else { UserVerification::Required };
        Ok(Expected { user_verification, ..expected })
    }

    /// Takes the signature. Whether the passkey is one of the user's, made for the pool's domain, is looked at now: one that was
    /// removed meanwhile is of no use. Its counter is kept before anything is given for it.
    pub(crate) async fn answer_passkey(
        &self,
        case: &mut Case,
        through: (&UserPool, &AppClient, &Caller),
        username: &str,
        session: &SecretString,
        credential: &[u8],
    ) -> Result<AuthOutcome, Error> {
        let (ceremony, attempt) = self.resume(through, username, session).await?;
        case.user = attempt.user.as_ref().map(|user| user.sub.clone());
        let challenge = ceremony.next.clone();
        let asked = to_sign(&ceremony).ok_or(Refusal::SessionInvalid)?;
        let proof = match AssertionResponse::from_json(credential) {
            Ok(response) => self.use_passkey(&attempt, &ceremony, &asked, &response).await?,
            Err(_) => None,
        };
        let step = self.advance(&attempt, ceremony, Evidence::Passkey(proof));
        self.go_on(&attempt, step.map_err(|stop| stopped(&challenge, stop))?, Vec::new()).await
    }

    /// What a signature proves, if it is right: the challenge is spent then, and the passkey's use is kept.
    async fn use_passkey(
        &self,
        attempt: &Attempt<'_>,
        ceremony: &Ceremony,
        challenge: &[u8],
        response: &AssertionResponse,
    ) -> Result<Option<PasskeyProof>, Error> {
        let Some(user) = attempt.user.as_ref().filter(|user| user.sub == ceremony.user) else { return Ok(None) };
        let expected = self.expected_of(attempt, challenge)?;
        for _ in 0..MOST_ROUNDS {
            let kept = self.storage.passkeys().of_user(&user.pool, &user.sub).await?;
            let Some((before, after, proof)) = kept.and_then(|kept| self.judge(&user.sub, kept, &expected, response))
            else {
                return Ok(None);
            };
            let writes = vec![spend(ceremony), PasskeyWrite::Update { before, after }.into()];
            match self.storage.commit(writes).await {
                Ok(()) => return Ok(Some(proof)),
                // Another of the user's passkeys was used, added or removed meanwhile.
                Err(error) if is_overtaken(&error) && error.write() == Some(1) => {}
                Err(error) => return Err(refused_step(error)),
            }
        }
        Err(Error::Concurrent)
    }

    /// The user's passkeys after this use of one, if it is right.
    fn judge(
        &self,
        owner: &Subject,
        kept: Versioned<UserPasskeys>,
        expected: &Expected<'_>,
        response: &AssertionResponse,
    ) -> Option<(Versioned<UserPasskeys>, UserPasskeys, PasskeyProof)> {
        let own = |passkey: &&Passkey| passkey.relying_party == expected.relying_party.as_str();
        let passkey = kept.get(&response.id.to_string()).filter(own)?;
        let used = passkey.judged(owner, |known| expected.verify_assertion(known, response))?.ok()?;
        let proof = PasskeyProof { platform: passkey.is_platform(), verified: used.flags.user_verified() };
        let after = kept.replacing(&passkey.clone().used(&used, self.now()));
        Some((kept, after, proof))
    }
}

/// What was asked to be signed.
fn to_sign(ceremony: &Ceremony) -> Option<Vec<u8>> {
    match &ceremony.next {
        Challenge::Passkey { challenge } => STANDARD.decode(challenge).ok(),
        _ => None,
    }
}
