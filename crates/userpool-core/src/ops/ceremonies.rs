//! Ceremonies: begun, sealed, opened, and led on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use document_store::Versioned;
use identity_kernel::secret::SecretString;
use webauthn_verify::CredentialId;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::ceremony::{
    CEREMONY_VERSION, Ceremony, Challenge, Evidence, Facts, FirstFactor, Passed, Step, Stop, binding, first_factors,
};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::device::Device;
use crate::model::factors::{Factor, MfaMode, SecondFactors};
use crate::model::ids::Subject;
use crate::model::passkeys::UserPasskeys;
use crate::model::pool::UserPool;
use crate::model::risk::RiskAction;
use crate::model::user::{Credential, User};
use crate::ops::attempts::counter_of;
use crate::ops::attributes;
use crate::ops::gate::Party;
use crate::ops::outcome::{AuthOutcome, Caller, Challenged, NewPasswordRequired};
use crate::ops::passkeys::relying_party;
use crate::ops::taken::refused_step;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::{ChallengeWrite, Write};

/// Who attempts to sign in, and the records that the attempt is judged on.
pub(crate) struct Attempt<'a> {
    pub(crate) pool: &'a UserPool,
    pub(crate) client: &'a AppClient,
    pub(crate) caller: &'a Caller,
    /// The name that was typed, or, in later steps, the user's.
    pub(crate) name: &'a str,
    /// `None` for nobody.
    pub(crate) user: Option<Versioned<User>>,
    pub(crate) password: Option<Versioned<Credential>>,
    /// Read only where the pool knows second factors.
    pub(crate) second: Option<Versioned<SecondFactors>>,
    /// Read only for sign-ins that may go on with a passkey.
    pub(crate) passkeys: Option<Versioned<UserPasskeys>>,
    /// What is done about how risky it is.
    pub(crate) risk: RiskAction,
    /// The device that it comes from, if that is known.
    pub(crate) device: Option<Versioned<Device>>,
}

impl Attempt<'_> {
    /// The user's passkeys for the pool's domain, as options name them; `None` where none were read.
    pub(crate) fn own_passkeys(&self) -> Option<Vec<(CredentialId, Vec<String>)>> {
        let relying_party = relying_party(self.pool).ok()?;
        self.passkeys.as_ref().map(|passkeys| passkeys.descriptors(relying_party))
    }

    /// Hands the records out for judgement.
    pub(crate) fn judge<T>(&self, judgement: impl FnOnce(&Facts<'_>) -> T) -> T {
        let none = SecondFactors::default();
        judgement(&Facts {
            pool: self.pool,
            client: self.client,
            user: self.user.as_deref(),
            password: self.password.as_deref(),
            second: self.second.as_deref().unwrap_or(&none),
            passkey: self.own_passkeys().is_some_and(|own| !own.is_empty()),
            risk: self.risk,
            device: self.device.as_deref(),
        })
    }
}

/// How long a signature with a passkey may take at most, in seconds.
const PASSKEY_SECONDS: i64 = 300;

/// How long a proof by SRP may take, in seconds.
const PROOF_SECONDS: i64 = 180;

impl UserPools {
    /// A sign-in at its first challenge. For a name of nobody it is written with the same length as for somebody.
    pub(crate) fn begin_ceremony(&self, attempt: &Attempt<'_>, flow: AllowedFlow, next: Challenge) -> Ceremony {
        let id = self.uuid();
        let device = attempt.device.as_ref().map(|device| device.key.clone());
        let device = device.or_else(|| self.claimed_device(attempt.pool));
        Ceremony { device, ..self.ceremony(attempt, id.clone(), id, (flow, Vec::new()), next) }
    }

    /// A sign-in at its next challenge.
    pub(crate) fn next_ceremony(&self, attempt: &Attempt<'_>, passed: &Passed, next: Challenge) -> Ceremony {
        let so_far = (passed.flow(), passed.factors().to_vec());
        let (answered, device) = (passed.answered().to_vec(), passed.device().cloned());
        let ceremony = self.ceremony(attempt, self.uuid(), passed.sign_in().to_owned(), so_far, next);
        Ceremony { answered, device, target: passed.target(), ..ceremony }
    }

    fn ceremony(
        &self,
        attempt: &Attempt<'_>,
        id: String,
        sign_in: String,
        (flow, passed): (AllowedFlow, Vec<Factor>),
        next: Challenge,
    ) -> Ceremony {
        let Attempt { pool, client, name, user, password, .. } = attempt;
        let nobody = || self.pretended_subject(pool, name);
        let now = self.now();
        let seconds = match next {
            Challenge::Password {} | Challenge::PasswordVerifier { .. } => PROOF_SECONDS,
            Challenge::Passkey { .. } => (client.settings.challenge_minutes * 60).min(PASSKEY_SECONDS),
            _ => client.settings.challenge_minutes * 60,
        };
        Ceremony {
            v: CEREMONY_VERSION,
            id,
            sign_in,
            pool: pool.id.clone(),
            client: client.id.clone(),
            user: user.as_ref().map_or_else(nobody, |user| user.sub.clone()),
            known: u8::from(user.is_some()),
            flow,
            passed,
            answered: Vec::new(),
            device: None,
            target: None,
            next,
            bound_to: binding(user.as_deref(), password.as_deref()),
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

    pub(crate) fn advance(&self, attempt: &Attempt<'_>, ceremony: Ceremony, evidence: Evidence) -> Result<Step, Stop> {
        let known = attempt.device.as_ref().map(|device| device.key.clone());
        let ceremony = Ceremony { device: known.or(ceremony.device), ..ceremony };
        attempt.judge(|facts| ceremony.advance(evidence, facts, self.now()))
    }

    /// An attempt by somebody whose user and password are known.
    pub(crate) async fn attempt<'a>(
        &self,
        (pool, client, caller): (&'a UserPool, &'a AppClient, &'a Caller),
        name: &'a str,
        found: (Option<Versioned<User>>, Option<Versioned<Credential>>),
    ) -> Result<Attempt<'a>, Error> {
        let (user, password) = found;
        // For nobody as much is read as for somebody.
        let sub = user.as_ref().map_or_else(|| self.watched_nobody(&pool.id, name), |user| user.sub.clone());
        let second = self.second_factors(pool, &sub).await?;
        let risk = self.assess((pool, client), &sub).await?;
        let device = self.claimed_device_of(pool, &sub, password.as_deref()).await?;
        Ok(Attempt { pool, client, caller, name, user, password, second, passkeys: None, risk, device })
    }

    /// The user's second factors, where the pool asks for any: elsewhere nothing is read.
    pub(crate) async fn second_factors(
        &self,
        pool: &UserPool,
        sub: &Subject,
    ) -> Result<Option<Versioned<SecondFactors>>, Error> {
        if pool.settings.mfa.mode == MfaMode::Off {
            return Ok(None);
        }
        Ok(self.storage.factors().second(&pool.id, sub).await?)
    }

    /// Where a right answer leads: through the gate, or to the next challenge. Tries are forgotten when every factor has
    /// passed.
    pub(crate) async fn go_on(
        &self,
        attempt: &Attempt<'_>,
        step: Step,
        mut writes: Vec<Write>,
    ) -> Result<AuthOutcome, Error> {
        match step {
            Step::Done(passed) => {
                let Attempt { pool, client, user, .. } = attempt;
                let user = user.as_deref().ok_or_else(Error::wrong_password)?;
                let second = attempt.second.as_deref().cloned().unwrap_or_default();
                let device = attempt.device.as_deref().filter(|_| passed.is_by_device());
                let offers_device = self.offers_device(attempt, &passed).await?;
                let offers_device = offers_device && !matches!(attempt.caller, Caller::Page(_));
                let party = Party { pool, client, user, second: &second, device, offers_device, narrowed: None };
                writes.push(Self::forget_attempts(&pool.id, counter_of(attempt.caller, user.sub.as_str())));
                if matches!(attempt.caller, Caller::Page(_)) {
                    return Ok(AuthOutcome::AtPage(self.keep_for_browser(party, &passed, writes).await?));
                }
                let tokens = self.begin_session(party, &passed, writes).await?;
                Ok(AuthOutcome::Tokens(Box::new(tokens)))
            }
            Step::Ask(challenge, passed) => {
                if !writes.is_empty() {
                    self.storage.commit(writes).await.map_err(refused_step)?;
                }
                self.ask(attempt, self.next_ceremony(attempt, &passed, challenge)).await
            }
            Step::Define(passed) => {
                if !writes.is_empty() {
                    self.storage.commit(writes).await.map_err(refused_step)?;
                }
                self.define(attempt, passed).await
            }
        }
    }

    /// The question of a step: what goes to the client.
    pub(crate) async fn ask(&self, attempt: &Attempt<'_>, ceremony: Ceremony) -> Result<AuthOutcome, Error> {
        match ceremony.next {
            Challenge::Passkey { .. } => self.ask_for_passkey(attempt, &ceremony),
            Challenge::NewPassword {} => self.ask_for_password(attempt, &ceremony),
            Challenge::DeviceSrp { .. } => self.ask_for_device(attempt, &ceremony),
            Challenge::Code { contact, place } => self.ask_for_code(attempt, &ceremony, contact, place).await,
            Challenge::SelectFirst {} => {
                self.asked(&ceremony, [], attempt.judge(|facts| first_factors(facts, ceremony.target)))
            }
            Challenge::SelectSecond {}
            | Challenge::SetUp {}
            | Challenge::SetUpDone {}
            | Challenge::SoftwareToken {} => self.ask_for_second(attempt, &ceremony),
            // The others are asked where the work for them is done.
            _ => Err(Error::internal("asking a question", ceremony.next.name())),
        }
    }

    /// A challenge with these parameters.
    pub(crate) fn asked<const N: usize>(
        &self,
        ceremony: &Ceremony,
        parameters: [(&str, String); N],
        available: Vec<FirstFactor>,
    ) -> Result<AuthOutcome, Error> {
        Ok(AuthOutcome::Challenged(Box::new(Challenged {
            name: ceremony.next.name(),
            session: SecretString::from(self.seal_ceremony(ceremony)?),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
            available: available.into_iter().map(|factor| factor.name().to_owned()).collect(),
        })))
    }

    /// Opens a step that somebody answers by this name, with the records that the answer is judged on.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] for what is no step, another pool's, client's or user's, or too late.
    pub(crate) async fn resume<'a>(
        &self,
        (pool, client, caller): (&'a UserPool, &'a AppClient, &'a Caller),
        name: &'a str,
        session: &SecretString,
    ) -> Result<(Ceremony, Attempt<'a>), Error> {
        let ceremony = self.open_ceremony(session.expose()).ok_or(Refusal::SessionInvalid)?;
        ceremony.check(pool, client, self.now()).map_err(|stop| stopped(&ceremony.next, stop))?;
        // Read for nobody too: it is a subject that nobody has then.
        let found = self.storage.passwords().with_user(&pool.id, &ceremony.user).await?;
        let (user, password) = found.unzip();
        let is_theirs = match &user {
            Some(user) => self.is_named(pool, user, name).await?,
            None => self.pretended_subject(pool, name) == ceremony.user,
        };
        if !is_theirs {
            return Err(Refusal::SessionInvalid.into());
        }
        let attempt = self.attempt((pool, client, caller), name, (user, password.flatten())).await?;
        Ok((ceremony, attempt))
    }

    fn ask_for_password(&self, attempt: &Attempt<'_>, ceremony: &Ceremony) -> Result<AuthOutcome, Error> {
        let Attempt { pool, client, user: Some(user), .. } = attempt else { return Err(Error::wrong_password()) };
        let shown = |name: &String| name != "sub" && client.reads(name);
        let attributes: Attributes =
            user.attributes.iter().filter(|(name, _)| shown(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        let required = attributes::missing(pool, &user.attributes).map(str::to_owned).collect();
        Ok(AuthOutcome::NewPasswordRequired(NewPasswordRequired {
            session: SecretString::from(self.seal_ceremony(ceremony)?),
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
        (_, Challenge::Password {} | Challenge::PasswordVerifier { .. })
        | (Stop::Wrong, Challenge::Define {} | Challenge::DeviceVerifier { .. } | Challenge::Passkey { .. }) => {
            Error::wrong_password()
        }
        (Stop::Expired, _) => Refusal::SessionExpired.into(),
        (Stop::Wrong, Challenge::Code { .. } | Challenge::SoftwareToken {}) => Error::CodeMismatch,
        (Stop::NotOffered, _) => Invalid::FactorNotOffered.into(),
        (Stop::Foreign | Stop::Wrong, _) => Refusal::SessionInvalid.into(),
    }
}
