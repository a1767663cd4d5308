//! Devices: confirmed, seen, remembered and forgotten.

use std::net::IpAddr;

use cognito_srp::{Salt, Verifier};
use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::ceremony::fingerprint;
use crate::model::device::{Device, DeviceKey, DeviceSettings};
use crate::model::ids::{Subject, UserPoolId};
use crate::model::notices::Notice;
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::Credential;
use crate::ops::account::{Authenticated, Proof};
use crate::ops::outcome::NewDevice;
use crate::reasons::{Invalid, Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{DeviceWrite, SessionWrite};

/// Confirms the device that a sign-in was offered.
#[derive(Clone, Debug)]
pub struct ConfirmDevice {
    /// The key that came with the tokens.
    pub key: DeviceKey,
    /// What the device calls itself, up to 1,024 characters.
    pub name: Option<String>,
    /// The salt of the device's own secret.
    pub salt: Vec<u8>,
    /// The SRP verifier of that secret, over the group key that came with the tokens.
    pub verifier: Vec<u8>,
}

/// A device as it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviceInfo {
    /// Its key.
    pub key: DeviceKey,
    /// What it calls itself.
    pub name: Option<String>,
    /// Whether it is remembered.
    pub remembered: bool,
    /// The address that it last signed in from.
    pub address: Option<IpAddr>,
    /// When it was confirmed.
    pub created_at: Timestamp,
    /// When its status was last changed.
    pub modified_at: Timestamp,
    /// When it last signed in.
    pub authenticated_at: Timestamp,
}

/// Whether a device is remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RememberedStatus {
    /// It stands for the second factor, if the pool says so.
    Remembered,
    /// It does not.
    NotRemembered,
}

/// Whether a device that was just confirmed is remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Confirmed {
    /// It is.
    Remembered,
    /// Once the user says so.
    OnPrompt,
}

/// The most characters of a device's name.
const LONGEST_NAME: usize = 1024;

/// How often a change is tried again that others overtook.
const TRIES: usize = 8;

impl UserPools {
    /// Confirms the device that I was offered with the tokens of this sign-in: from now on it can sign in by its own secret. It
    /// takes the place of those that another password has forgotten and, beyond [`MOST_DEVICES`](crate::model::device::MOST_DEVICES),
    /// of the one that has signed in least lately.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::NotFound`] for another key than the one that came with this sign-in's tokens;
    /// [`Error::DeviceKeyExists`] if it was confirmed before; [`Error::InvalidParameter`] for a verifier or salt that cannot be,
    /// a name that is too long, and where the pool knows no devices.
    pub async fn confirm_device<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        request: ConfirmDevice,
    ) -> Result<Confirmed, Error> {
        let me = self.self_service(caller.into()).await?;
        let settings = devices_of(&me.pool)?;
        let (salt, verifier) = checked(&request)?;
        let password = self.storage.passwords().get(&me.pool.id, &me.user.sub).await?;
        for _ in 0..TRIES {
            let before = self.session_to_confirm_in(&me, &request.key).await?;
            let device = self.new_device(&me, &before, &request, (&salt, &verifier), settings, password.as_deref());
            let after = Session { device: Some(request.key.clone()), ..before.record.clone() };
            let mut writes = vec![DeviceWrite::Insert { device }.into(), SessionWrite::Update { before, after }.into()];
            writes.extend(self.room_for_a_device(&me, &fingerprint(password.as_deref())).await?);
            match self.storage.commit(writes).await {
                Err(error) if error.kind() == StorageErrorKind::Conflict => {}
                Err(error) if error.kind() == StorageErrorKind::AlreadyExists => return Err(Error::DeviceKeyExists),
                outcome => {
                    outcome?;
                    Box::pin(self.tell_user(&me.pool, Some(&me.client), &me.user, Notice::DeviceConfirmed)).await;
                    return Ok(if settings.remembered_on_prompt { Confirmed::OnPrompt } else { Confirmed::Remembered });
                }
            }
        }
        Err(Error::Concurrent)
    }

    /// The session of the caller, if it was offered this key.
    async fn session_to_confirm_in(&self, me: &Authenticated, key: &DeviceKey) -> Result<Versioned<Session>, Error> {
        let id = me.claims.origin_jti.as_deref().ok_or(Refusal::AccessTokenInvalid)?;
        let session = self.storage.sessions().get(&me.pool.id, id).await?.ok_or(Refusal::AccessTokenRevoked)?;
        if !session.is_alive(&me.pool, &me.user) {
            return Err(Refusal::AccessTokenRevoked.into());
        }
        let offered = session.device_offered && self.offered_key(&me.pool.id, &session.id)? == *key;
        if offered { Ok(session) } else { Err(Error::NotFound(Kind::Device)) }
    }

    fn new_device(
        &self,
        me: &Authenticated,
        session: &Session,
        request: &ConfirmDevice,
        (salt, verifier): (&Salt, &Verifier),
        settings: DeviceSettings,
        password: Option<&Credential>,
    ) -> Device {
        let now = self.now();
        let (pool, sub) = (me.pool.id.clone(), me.user.sub.clone());
        let context = device_context(&pool, &sub, &request.key);
        Device {
            pool,
            sub,
            key: request.key.clone(),
            name: request.name.clone(),
            client: me.client.id.clone(),
            salt: salt.to_hex(),
            sealed_verifier: self.seal("device-verifier", &context, verifier.expose()),
            bound_to: fingerprint(password),
            by_two_factors: session.grant.multi_factor,
            remembered: !settings.remembered_on_prompt,
            created_at: now,
            modified_at: now,
            authenticated_at: now,
            address: self.context.source,
        }
    }

    /// A device of mine.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::NotFound`]; [`Error::InvalidParameter`] where the pool knows no devices.
    pub async fn get_device<'a>(&self, caller: impl Into<Proof<'a>>, key: &DeviceKey) -> Result<DeviceInfo, Error> {
        let me = self.self_service(caller.into()).await?;
        Ok(self.device_to_change(&me.pool, &me.user.sub, key).await?.record.into())
    }

    /// My devices by key.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::InvalidParameter`] where the pool knows no devices.
    pub async fn list_devices<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        page: PageRequest,
    ) -> Result<Page<DeviceInfo>, Error> {
        let me = self.self_service(caller.into()).await?;
        self.devices_of_user(&me.pool, &me.user.sub, page).await
    }

    /// Says whether a device of mine is remembered.
    ///
    /// # Errors
    ///
    /// As [`get_device`](Self::get_device), and [`Error::Concurrent`].
    pub async fn update_device_status<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        key: &DeviceKey,
        status: RememberedStatus,
    ) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        self.set_device_status(&me.pool, &me.user.sub, key, status).await
    }

    /// Forgets a device of mine: it signs in and refreshes no more.
    ///
    /// # Errors
    ///
    /// As [`get_device`](Self::get_device), and [`Error::Concurrent`].
    pub async fn forget_device<'a>(&self, caller: impl Into<Proof<'a>>, key: &DeviceKey) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        self.remove_device(&me.pool, &me.user.sub, key).await
    }

    pub(crate) async fn set_device_status(
        &self,
        pool: &UserPool,
        sub: &Subject,
        key: &DeviceKey,
        status: RememberedStatus,
    ) -> Result<(), Error> {
        let before = self.device_to_change(pool, sub, key).await?;
        let remembered = status == RememberedStatus::Remembered;
        let after = Device { remembered, modified_at: self.now(), ..before.record.clone() };
        Ok(self.storage.commit(vec![DeviceWrite::Update { before, after }.into()]).await?)
    }

    pub(crate) async fn remove_device(&self, pool: &UserPool, sub: &Subject, key: &DeviceKey) -> Result<(), Error> {
        let before = self.device_to_change(pool, sub, key).await?;
        Ok(self.storage.commit(vec![DeviceWrite::Delete { before }.into()]).await?)
    }

    pub(crate) async fn device_to_change(
        &self,
        pool: &UserPool,
        sub: &Subject,
        key: &DeviceKey,
    ) -> Result<Versioned<Device>, Error> {
        devices_of(pool)?;
        let password = self.storage.passwords().get(&pool.id, sub).await?;
        self.device(pool, sub, key, password.as_deref()).await?.ok_or(Error::NotFound(Kind::Device))
    }

    pub(crate) async fn devices_of_user(
        &self,
        pool: &UserPool,
        sub: &Subject,
        page: PageRequest,
    ) -> Result<Page<DeviceInfo>, Error> {
        devices_of(pool)?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let password = self.storage.passwords().get(&pool.id, sub).await?;
        let found = self.storage.devices().of_user(&pool.id, sub, &PageRequest { limit, ..page }).await?;
        let items = found.items.into_iter().map(|device| device.record);
        let items = items.filter(|device| device.is_bound_to(&fingerprint(password.as_deref())));
        Ok(Page { items: items.map(DeviceInfo::from).collect(), next: found.next })
    }

    /// A user's device that was not forgotten. Another password than the one it was confirmed under forgets it.
    pub(crate) async fn device(
        &self,
        pool: &UserPool,
        sub: &Subject,
        key: &DeviceKey,
        password: Option<&Credential>,
    ) -> Result<Option<Versioned<Device>>, Error> {
        let found = self.storage.devices().get(&pool.id, sub, key).await?;
        Ok(found.filter(|device| device.is_bound_to(&fingerprint(password))))
    }

    /// What a sign-in without a known device is offered: a key of its own, which follows from the session, and the group key
    /// that goes into the hashes of SRP in the place of the pool's name.
    pub(crate) fn offered_device(&self, session: &Session) -> Result<NewDevice, Error> {
        let key = self.offered_key(&session.pool, &session.id)?;
        let group_key = self.device_group_key(&session.pool, &session.sub, &key);
        Ok(NewDevice { key, group_key })
    }

    fn offered_key(&self, pool: &UserPoolId, session: &str) -> Result<DeviceKey, Error> {
        let hash = self.master_key.keyed_hash("device-key", format!("{pool}\n{session}").as_bytes());
        let uuid = Subject::from_random(*hash.first_chunk().unwrap_or(&[0; 16]));
        format!("{}_{uuid}", pool.region()).parse().map_err(|error| Error::internal("making a device key", error))
    }

    /// The group key of a device: the same whenever it is asked for.
    pub(crate) fn device_group_key(&self, pool: &UserPoolId, sub: &Subject, key: &DeviceKey) -> String {
        let hash = self.master_key.keyed_hash("device-group", device_context(pool, sub, key).as_bytes());
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letter = |byte: &u8| letters.get(usize::from(*byte) % letters.len()).copied().unwrap_or(b'A');
        let text: String = hash.iter().take(9).map(|byte| char::from(letter(byte))).collect();
        format!("-{text}")
    }
}

/// What a sealed verifier of a device is bound to.
pub(crate) fn device_context(pool: &UserPoolId, sub: &Subject, key: &DeviceKey) -> String {
    format!("{pool}\n{sub}\n{key}")
}

fn devices_of(pool: &UserPool) -> Result<DeviceSettings, Error> {
    pool.settings.devices.ok_or_else(|| Invalid::DevicesOff.into())
}

fn checked(request: &ConfirmDevice) -> Result<(Salt, Verifier), Error> {
    let is_long = |name: &String| name.chars().count() > LONGEST_NAME;
    if request.name.as_ref().is_some_and(is_long) {
        return Err(Invalid::DeviceName.into());
    }
    let salt = Salt::from_bytes(&request.salt).map_err(|_| Invalid::DeviceVerifier)?;
    let verifier = Verifier::from_client(&request.verifier).map_err(|_| Invalid::DeviceVerifier)?;
    Ok((salt, verifier))
}

impl From<Device> for DeviceInfo {
    fn from(device: Device) -> Self {
        let Device { key, name, remembered, address, created_at, modified_at, authenticated_at, .. } = device;
        Self { key, name, remembered, address, created_at, modified_at, authenticated_at }
    }
}
