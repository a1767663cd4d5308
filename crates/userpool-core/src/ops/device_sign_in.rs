//! Devices in sign-ins: known ones prove their secret by SRP, in the place of a second factor where the pool says so.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Identity, PublicValue, ServerSecret, SessionKey, Verifier};
use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::ceremony::{Ceremony, Challenge, Evidence, Passed, Step};
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::device::{Device, DeviceKey};
use crate::model::factors::are_multi_factor;
use crate::model::ids::Subject;
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::{Credential, User};
use crate::ops::case::Case;
use crate::ops::ceremonies::{Attempt, spend, stopped};
use crate::ops::devices::device_context;
use crate::ops::outcome::{AuthOutcome, Caller, Challenged};
use crate::ops::srp::VerifierAnswer;
use crate::ops::taken::refused_step;
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{DeviceWrite, Write};

impl UserPools {
    /// The device that the call says it comes from, where the pool knows devices. One that cannot be is taken for none that
    /// is known.
    pub(crate) fn claimed_device(&self, pool: &UserPool) -> Option<DeviceKey> {
        pool.settings.devices.and(self.context.device_key.as_deref())?.parse().ok()
    }

    /// Refuses a sign-in that says to come from a device that is not known as the user's. A name of nobody costs the same
    /// reading.
    pub(crate) async fn check_named_device(
        &self,
        pool: &UserPool,
        username: &str,
        user: Option<&User>,
        password: Option<&Credential>,
    ) -> Result<(), Error> {
        let Some(said) = self.claimed_device(pool) else { return Ok(()) };
        let sub = user.map_or_else(|| self.pretended_subject(pool, username), |user| user.sub.clone());
        self.known_device(pool, &sub, password, Some(said)).await.map(drop)
    }

    /// The device that a call says it comes from, if it is the user's.
    pub(crate) async fn claimed_device_of(
        &self,
        pool: &UserPool,
        sub: &Subject,
        password: Option<&Credential>,
    ) -> Result<Option<Versioned<Device>>, Error> {
        match self.claimed_device(pool) {
            Some(said) => self.device(pool, sub, &said, password).await,
            None => Ok(None),
        }
    }

    /// The user's device of this key. Of one that is forgotten, or another user's, the client is told: it forgets it then.
    pub(crate) async fn known_device(
        &self,
        pool: &UserPool,
        sub: &Subject,
        password: Option<&Credential>,
        said: Option<DeviceKey>,
    ) -> Result<Option<Versioned<Device>>, Error> {
        let Some(key) = said.filter(|_| pool.settings.devices.is_some()) else { return Ok(None) };
        self.device(pool, sub, &key, password).await?.map(Some).ok_or(Error::NotFound(Kind::Device))
    }

    /// The device that a proof of the password comes from. It is looked for before the proof is spent: a client that is told
    /// that the device is not known forgets it, and answers again without it, whatever it said when it began.
    pub(crate) async fn device_of_proof(
        &self,
        pool: &UserPool,
        ceremony: &Ceremony,
        password: Option<&Credential>,
    ) -> Result<Option<Versioned<Device>>, Error> {
        match (self.claimed_device(pool), &ceremony.device) {
            (Some(said), _) => self.known_device(pool, &ceremony.user, password, Some(said)).await,
            (None, Some(said)) if pool.settings.devices.is_some() => {
                self.device(pool, &ceremony.user, said, password).await
            }
            (None, _) => Ok(None),
        }
    }

    /// Whether the tokens of a sign-in offer a device to be confirmed: where the pool knows devices and the sign-in comes from
    /// none that is known, or from one that could not stand for the second factor that was asked for.
    pub(crate) async fn offers_device(&self, attempt: &Attempt<'_>, passed: &Passed) -> Result<bool, Error> {
        let is_tracked = attempt.pool.settings.devices.is_some() && passed.flow() != AllowedFlow::AdminUserPassword;
        let Some(key) = passed.device().filter(|_| is_tracked && !passed.is_by_device()) else {
            return Ok(is_tracked && !passed.is_by_device());
        };
        let Some(user) = attempt.user.as_ref().filter(|_| are_multi_factor(passed.factors())) else { return Ok(false) };
        let device = self.storage.devices().get(&attempt.pool.id, &user.sub, key).await?;
        Ok(!device.is_some_and(|device| device.by_two_factors))
    }

    /// The device of a session that is refreshed: the call must name it, and it must not be forgotten.
    pub(crate) async fn device_of_session(
        &self,
        pool: &UserPool,
        session: &Session,
    ) -> Result<Option<Versioned<Device>>, Error> {
        let Some(key) = session.device.as_ref().filter(|_| pool.settings.devices.is_some()) else { return Ok(None) };
        let invalid = || Error::from(Refusal::RefreshTokenInvalid);
        if self.claimed_device(pool).as_ref() != Some(key) {
            return Err(invalid());
        }
        let password = self.storage.passwords().get(&pool.id, &session.sub).await?;
        self.device(pool, &session.sub, key, password.as_deref()).await?.map(Some).ok_or_else(invalid)
    }

    /// The question for a device's public value.
    pub(crate) fn ask_for_device(&self, attempt: &Attempt<'_>, ceremony: &Ceremony) -> Result<AuthOutcome, Error> {
        let Challenge::DeviceSrp { key } = &ceremony.next else { return Err(Refusal::SessionInvalid.into()) };
        let name = attempt.user.as_ref().map(|user| user.username.to_string()).unwrap_or_default();
        let parameters = [("DEVICE_KEY", key.to_string()), ("USERNAME", name)];
        self.challenged(ceremony, parameters.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn challenged(&self, ceremony: &Ceremony, parameters: BTreeMap<String, String>) -> Result<AuthOutcome, Error> {
        let session = SecretString::from(self.seal_ceremony(ceremony)?);
        let name = ceremony.next.name();
        Ok(AuthOutcome::Challenged(Box::new(Challenged { name, session, parameters, available: Vec::new() })))
    }

    /// Takes a device's public value, and asks for the proof.
    pub(crate) async fn begin_device_proof(
        &self,
        case: &mut Case,
        through: (&UserPool, &AppClient, &Caller),
        username: &str,
        (session, client_public): (&SecretString, &str),
    ) -> Result<AuthOutcome, Error> {
        let client_public = PublicValue::from_hex(client_public).map_err(|_| Invalid::SrpPublicValue)?;
        let ceremony = self.open_ceremony(session.expose()).ok_or(Refusal::SessionInvalid)?;
        let challenge = ceremony.next.clone();
        let Challenge::DeviceSrp { key } = &challenge else { return Err(Refusal::SessionInvalid.into()) };
        let (attempt, device) = self.attempt_of_device(case, through, username, (&ceremony, key)).await?;
        let context = device_context(&device.pool, &device.sub, key);
        let verifier = self.open("device-verifier", &context, &device.sealed_verifier)?;
        let verifier = Verifier::from_bytes(&verifier)
            .map_err(|error| Error::internal("reading the stored verifier of a device", error))?;
        let secret = ServerSecret::new(self.random::<32>());
        let answer = self.compute(move || secret.respond(&verifier, &client_public)).await?;
        let answer = answer.map_err(|_| Invalid::SrpPublicValue)?;
        let proof_key = STANDARD.encode(answer.key.expose());
        let next = Challenge::DeviceVerifier { key: key.clone(), proof_key };
        let spend = spend(&ceremony);
        let step = self.advance(&attempt, ceremony, Evidence::DevicePublic(next));
        let Step::Ask(next, passed) = step.map_err(|stop| stopped(&challenge, stop))? else {
            return Err(Refusal::SessionInvalid.into());
        };
        self.storage.commit(vec![spend]).await.map_err(refused_step)?;
        let ceremony = self.next_ceremony(&attempt, &passed, next);
        let parameters = [
            ("DEVICE_KEY", key.to_string()),
            ("SALT", device.salt.clone()),
            ("SECRET_BLOCK", self.seal_ceremony(&ceremony)?),
            ("SRP_B", answer.public.to_hex()),
            ("USERNAME", attempt.user.as_ref().map(|user| user.username.to_string()).unwrap_or_default()),
        ];
        self.challenged(&ceremony, parameters.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// Takes a device's proof. It is judged once: a wrong one ends the sign-in.
    pub(crate) async fn finish_device_proof(
        &self,
        case: &mut Case,
        through: (&UserPool, &AppClient, &Caller),
        username: &str,
        answer: &VerifierAnswer,
    ) -> Result<AuthOutcome, Error> {
        let ceremony = self.open_ceremony(&answer.secret_block).ok_or_else(Error::wrong_password)?;
        let challenge = ceremony.next.clone();
        let Challenge::DeviceVerifier { key, proof_key } = &challenge else { return Err(Error::wrong_password()) };
        let (attempt, device) = self.attempt_of_device(case, through, username, (&ceremony, key)).await?;
        self.check_timestamp(&answer.timestamp)?;
        self.storage.commit(vec![spend(&ceremony)]).await.map_err(refused_step)?;
        let group_key = self.device_group_key(&device.pool, &device.sub, key);
        let identity = Identity { pool_name: &group_key, user_id: key.as_str() };
        let evidence = Evidence::DeviceProof(proves(proof_key, &identity, answer));
        let step = self.advance(&attempt, ceremony, evidence).map_err(|stop| stopped(&challenge, stop))?;
        let after = Device { authenticated_at: self.now(), address: self.context.source, ..device.record.clone() };
        let seen: Write = DeviceWrite::Update { before: device, after }.into();
        self.go_on(&attempt, step, vec![seen]).await
    }

    /// The attempt of a sign-in that asks a device, and the device as it is now.
    async fn attempt_of_device<'a>(
        &self,
        case: &mut Case,
        through: (&'a UserPool, &'a AppClient, &'a Caller),
        username: &'a str,
        (ceremony, key): (&Ceremony, &DeviceKey),
    ) -> Result<(Attempt<'a>, Versioned<Device>), Error> {
        let (pool, client, _) = through;
        ceremony.check(pool, client, self.now()).map_err(|stop| stopped(&ceremony.next, stop))?;
        let is_other = |said: DeviceKey| said != *key;
        if ceremony.known != 1 || self.claimed_device(pool).is_some_and(is_other) {
            return Err(Refusal::SessionInvalid.into());
        }
        let found = self.storage.passwords().with_user(&pool.id, &ceremony.user).await?;
        let (user, kept) = found.ok_or(Refusal::SessionInvalid)?;
        case.user = Some(user.sub.clone());
        if !self.is_named(pool, &user, username).await? {
            return Err(Refusal::SessionInvalid.into());
        }
        let device = self.known_device(pool, &user.sub, kept.as_deref(), Some(key.clone())).await?;
        let device = device.ok_or(Error::NotFound(Kind::Device))?;
        let attempt = self.attempt(through, username, (Some(user), kept)).await?;
        Ok((Attempt { device: Some(device.clone()), ..attempt }, device))
    }
}

/// Whether the answer proves the knowledge of the device's secret.
fn proves(key: &str, identity: &Identity<'_>, answer: &VerifierAnswer) -> bool {
    let key = STANDARD.decode(key).ok().and_then(|key| key.first_chunk::<16>().copied());
    let (Some(key), Ok(block)) = (key, STANDARD.decode(&answer.secret_block)) else { return false };
    SessionKey::from_bytes(key).accepts(answer.signature.expose(), identity, &block, &answer.timestamp)
}
