//! Ceremonies: begun, sealed, opened, and led on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document_store::Versioned;
use document_store::error::{StorageError, StorageErrorKind};
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::ceremony::{CEREMONY_VERSION, Ceremony, Challenge, Evidence, Facts, Passed, Step, Stop, fingerprint};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::ids::Subject;
use crate::model::pool::UserPool;
use crate::model::user::{Credential, User};
use crate::ops::attributes;
use crate::ops::gate::Party;
use crate::ops::outcome::{AuthOutcome, NewPasswordRequired};
use crate::ops::taken::taken_alias;
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::{ChallengeWrite, Write};

/// What a sign-in begins with.
#[derive(Clone, Copy)]
pub(crate) struct Begun<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) client: &'a AppClient,
    pub(crate) flow: AllowedFlow,
    pub(crate) user: Option<&'a User>,
    pub(crate) password: Option<&'a Credential>,
}

/// How long a proof by SRP may take, in seconds.
const PROOF_SECONDS: i64 = 180;

impl UserPools {
    /// A ceremony at its first challenge. For a name of nobody it is written with the same length as for somebody.
    pub(crate) fn new_ceremony(&self, begun: Begun<'_>, next: Challenge, name: &str) -> Ceremony {
        let Begun { pool, client, flow, user, password } = begun;
        let nobody = || self.pretended_subject(pool, name);
        let now = self.now();
        let seconds = match next {
            Challenge::NewPassword {} => client.settings.challenge_minutes * 60,
            _ => PROOF_SECONDS,
        };
        Ceremony {
            v: CEREMONY_VERSION,
            id: self.uuid(),
            pool: pool.id.clone(),
            client: client.id.clone(),
            user: user.map_or_else(nobody, |user| user.sub.clone()),
            known: u8::from(user.is_some() && password.is_some()),
            flow,
            passed: Vec::new(),
            next,
            bound_to: password.map_or_else(|| "0".repeat(44), fingerprint),
            mark: pool.mark(),
            begun_at: now,
            expires_at: now.plus_seconds(seconds),
        }
    }

    /// A subject that nobody has, the same for the same name on every node.
    pub(crate) fn pretended_subject(&self, pool: &UserPool, name: &str) -> Subject {
        let name = format!("{}\n{}", pool.id, pool.fold(name));
        let hash = self.master_key.keyed_hash("pretended-subject", name.as_bytes());
        Subject::from_random(*hash.first_chunk().unwrap_or(&[0; 16]))
    }

    /// A ceremony as it travels through the client: sealed, in Base64.
    pub(crate) fn seal_ceremony(&self, ceremony: &Ceremony) -> Result<String, Error> {
        let plain = serde_json::to_vec(ceremony).map_err(|error| Error::internal("writing a challenge", error))?;
        Ok(STANDARD.encode(self.seal("ceremony", "", &plain)))
    }

    /// The ceremony that was sealed; `None` for anything else, and for a form that this node does not know.
    pub(crate) fn open_ceremony(&self, sealed: &str) -> Option<Ceremony> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let plain = self.master_key.open("ceremony", b"", &sealed).ok()?;
        let ceremony: Ceremony = serde_json::from_slice(&plain).ok()?;
        (ceremony.v == CEREMONY_VERSION).then_some(ceremony)
    }

    pub(crate) fn advance(
        &self,
        ceremony: Ceremony,
        evidence: Evidence,
        (pool, client): (&UserPool, &AppClient),
        user: Option<&User>,
        password: Option<&Credential>,
    ) -> Result<Step, Stop> {
        ceremony.advance(evidence, &Facts { pool, client, user, password }, self.now())
    }

    /// Where a right answer leads: through the gate, or to the next challenge.
    pub(crate) async fn go_on(
        &self,
        (pool, client): (&UserPool, &AppClient),
        user: &Versioned<User>,
        step: Step,
        writes: Vec<Write>,
    ) -> Result<AuthOutcome, Error> {
        match step {
            Step::Done(passed) => {
                let tokens = self.begin_session(Party { pool, client, user }, &passed, writes).await?;
                Ok(AuthOutcome::Tokens(Box::new(tokens)))
            }
            Step::Ask(challenge, passed) => {
                self.storage.commit(writes).await.map_err(refused)?;
                self.ask(Party { pool, client, user }, challenge, &passed).await
            }
        }
    }

    async fn ask(&self, party: Party<'_>, challenge: Challenge, passed: &Passed) -> Result<AuthOutcome, Error> {
        let Party { pool, client, user } = party;
        let password = self.storage.passwords().get(&pool.id, &user.sub).await?;
        let begun = Begun { pool, client, flow: passed.flow(), user: Some(user), password: password.as_deref() };
        let mut ceremony = self.new_ceremony(begun, challenge, user.username.as_str());
        ceremony.passed = passed.factors().to_vec();
        let shown = |name: &String| name != "sub" && client.reads(name);
        let attributes: Attributes =
            user.attributes.iter().filter(|(name, _)| shown(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        let required = attributes::missing(pool, &user.attributes).map(str::to_owned).collect();
        Ok(AuthOutcome::NewPasswordRequired(NewPasswordRequired {
            session: SecretString::from(self.seal_ceremony(&ceremony)?),
            username: user.username.to_string(),
            attributes,
            required,
        }))
    }
}

/// Spends a step's one-time id: of two that answer it, one wins.
pub(crate) fn spend(ceremony: &Ceremony) -> Write {
    let Ceremony { pool, id, expires_at, .. } = ceremony;
    ChallengeWrite::Spend { pool: pool.clone(), id: id.clone(), until: *expires_at }.into()
}

/// What is said when a ceremony ends at this challenge.
pub(crate) fn stopped(challenge: &Challenge, stop: Stop) -> Error {
    match (stop, challenge) {
        (Stop::Barred(bar), _) => bar.into(),
        (Stop::TemporaryPasswordExpired, _) => Refusal::TemporaryPasswordExpired.into(),
        // Of a proof of the password, nothing is told but that it is none.
        (_, Challenge::Password {} | Challenge::PasswordVerifier { .. }) => Error::wrong_password(),
        (Stop::Expired, _) => Refusal::SessionExpired.into(),
        (Stop::Foreign | Stop::Wrong, _) => Refusal::SessionInvalid.into(),
    }
}

/// What is said when the commit at the end of a step is refused: the step was answered before, or a name is taken.
pub(crate) fn refused(error: StorageError) -> Error {
    match (error.kind(), error.condition()) {
        (StorageErrorKind::AlreadyExists, None) => Refusal::SessionSpent.into(),
        _ => taken_alias(error),
    }
}
