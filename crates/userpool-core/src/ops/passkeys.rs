//! Passkeys: registered, listed and removed by their owners.

use document_store::Versioned;
use document_store::error::{StorageError, StorageErrorKind};
use identity_kernel::time::Timestamp;
use serde_json::Value;
use webauthn_verify::{CreationOptions, Expected, Refused, RegistrationResponse};

use crate::error::Error;
use crate::model::factors::FirstFactor;
use crate::model::notices::Notice;
use crate::model::passkeys::{
    ALGORITHMS, MOST_PASSKEYS, NotAdded, Passkey, PasskeyRegistration, REGISTRATION_VERSION, RelyingPartyId,
    UserPasskeys, UserVerification,
};
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::account::{Authenticated, Proof};
use crate::ops::case::Case;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ports::Action;
use crate::reasons::{Invalid, Kind, PasskeyProblem};
use crate::service::UserPools;
use crate::storage::{ChallengeWrite, PasskeyWrite, UserWrite, Write};

/// How long a registration may take, in seconds.
const REGISTRATION_SECONDS: i64 = 300;

impl UserPools {
    /// Begins the registration of a passkey of mine: the options for the browser, as
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` reads them. The answer is taken for five minutes, once.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::Passkey`] if the pool takes none or says no domain, or I have twenty.
    pub async fn start_passkey_registration<'a>(&self, caller: impl Into<Proof<'a>>) -> Result<Value, Error> {
        let me = self.self_service(caller.into()).await?;
        let relying_party = relying_party(&me.pool)?;
        self.may_change_passkeys(&me).await?;
        let kept = self.storage.passkeys().of_user(&me.pool.id, &me.user.sub).await?;
        if kept.as_ref().is_some_and(|kept| kept.list.len() >= MOST_PASSKEYS) {
            return Err(PasskeyProblem::TooMany.into());
        }
        let challenge = self.new_registration(&me, relying_party)?;
        let name = display_name(&me.user);
        let options = CreationOptions {
            relying_party_name: relying_party.as_str(),
            user_handle: me.user.sub.as_str().as_bytes(),
            user_name: me.user.username.as_str(),
            display_name: name,
            exclude: &kept.map(|kept| kept.descriptors(relying_party)).unwrap_or_default(),
        };
        Ok(self.expected(&me.pool, relying_party, &challenge).creation_options(&options))
    }

    /// Completes the registration of a passkey of mine with what the browser answered: the JSON of its
    /// `PublicKeyCredential`.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::Passkey`]; [`Error::InvalidParameter`] for what cannot be read, and for a passkey
    /// that is registered already.
    pub async fn complete_passkey_registration<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        credential: &[u8],
    ) -> Result<Passkey, Error> {
        let me = self.self_service(caller.into()).await?;
        let case = own_case(Action::AddPasskey, &me);
        let outcome = self.complete_registration(me, credential).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn complete_registration(&self, me: Authenticated, credential: &[u8]) -> Result<Passkey, Error> {
        let relying_party = relying_party(&me.pool)?;
        self.may_change_passkeys(&me).await?;
        let response = RegistrationResponse::from_json(credential).map_err(refused)?;
        let challenge = response.challenge().map_err(refused)?;
        let registration = self.open_registration(&challenge).ok_or(PasskeyProblem::ChallengeNotFound)?;
        self.check_registration(&me, relying_party, &registration)?;
        let expected = self.expected(&me.pool, relying_party, &challenge);
        let new = expected.verify_registration(&response).map_err(refused)?;
        let passkey = Passkey::new(&new, &response, relying_party.as_str(), self.now());
        self.add_passkey(me, &registration, passkey).await
    }

    /// My passkeys, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`].
    pub async fn list_passkeys<'a>(&self, caller: impl Into<Proof<'a>>) -> Result<Vec<Passkey>, Error> {
        let me = self.self_service(caller.into()).await?;
        let kept = self.storage.passkeys().of_user(&me.pool.id, &me.user.sub).await?;
        Ok(kept.map(|kept| kept.record.list).unwrap_or_default())
    }

    /// Removes a passkey of mine: nobody signs in with it any more. Sessions that began with it go on.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::NotFound`] if I have none of this id.
    pub async fn delete_passkey<'a>(&self, caller: impl Into<Proof<'a>>, id: &str) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        let case = own_case(Action::RemovePasskey, &me);
        let outcome = self.remove_passkey(&me, id).await;
        self.record(case, &outcome).await;
        outcome
    }

    /// Whether this sign-in is fresh and strong enough, in pools that ask for it.
    async fn may_change_passkeys(&self, me: &Authenticated) -> Result<(), Error> {
        let second = self.second_factors(&me.pool, &me.user.sub).await?;
        self.may_change_factors(me, second.as_deref()).await
    }

    async fn remove_passkey(&self, me: &Authenticated, id: &str) -> Result<(), Error> {
        self.may_change_passkeys(me).await?;
        for _ in 0..MOST_ROUNDS {
            let kept = self.storage.passkeys().of_user(&me.pool.id, &me.user.sub).await?;
            let before = kept.filter(|kept| kept.get(id).is_some()).ok_or(Error::NotFound(Kind::Passkey))?;
            let after = before.without(id);
            let write = if after.list.is_empty() {
                PasskeyWrite::Delete { before }
            } else {
                PasskeyWrite::Update { before, after }
            };
            match self.storage.commit(vec![write.into()]).await {
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    Box::pin(self.tell_user(&me.pool, Some(&me.client), &me.user, Notice::PasskeyRemoved)).await;
                    return Ok(());
                }
            }
        }
        Err(Error::Concurrent)
    }

    /// A challenge that says, under seal, whose registration it is.
    fn new_registration(&self, me: &Authenticated, relying_party: &RelyingPartyId) -> Result<Vec<u8>, Error> {
        let now = self.now();
        let registration = PasskeyRegistration {
            v: REGISTRATION_VERSION,
            id: self.uuid(),
            pool: me.pool.id.clone(),
            client: me.client.id.clone(),
            user: me.user.sub.clone(),
            relying_party: relying_party.to_string(),
            mark: me.pool.mark(),
            begun_at: now,
            expires_at: now.plus_seconds(REGISTRATION_SECONDS),
        };
        let plain = serde_json::to_vec(&registration).map_err(|error| Error::internal("writing a challenge", error))?;
        Ok(self.seal("passkey-registration", "", &plain))
    }

    /// The registration that a challenge is; `None` for anything else, and for a form that this node does not know.
    fn open_registration(&self, challenge: &[u8]) -> Option<PasskeyRegistration> {
        let plain = self.master_key.open("passkey-registration", b"", challenge).ok()?;
        let registration: PasskeyRegistration = serde_json::from_slice(&plain).ok()?;
        (registration.v == REGISTRATION_VERSION).then_some(registration)
    }

    /// Whether a registration is this caller's, and still counts.
    fn check_registration(
        &self,
        me: &Authenticated,
        relying_party: &RelyingPartyId,
        begun: &PasskeyRegistration,
    ) -> Result<(), PasskeyProblem> {
        let lives = begun.expires_at.seconds_since(begun.begun_at);
        let counts = self.now().is_within(begun.begun_at, lives) && me.pool.is_valid_since(begun.mark, begun.begun_at);
        if begun.pool != me.pool.id || begun.user != me.user.sub || !counts {
            return Err(PasskeyProblem::ChallengeNotFound);
        }
        if begun.client != me.client.id {
            return Err(PasskeyProblem::ClientMismatch);
        }
        if begun.relying_party == relying_party.as_str() { Ok(()) } else { Err(PasskeyProblem::RelyingPartyMismatch) }
    }

    /// Stores a passkey and spends its registration, whatever else is done to the user meanwhile.
    async fn add_passkey(
        &self,
        me: Authenticated,
        begun: &PasskeyRegistration,
        new: Passkey,
    ) -> Result<Passkey, Error> {
        let (pool, sub) = (me.pool.id.clone(), me.user.sub.clone());
        for _ in 0..MOST_ROUNDS {
            let user = self.storage.users().get(&pool, &sub).await?.ok_or_else(Error::no_user)?;
            let kept = self.storage.passkeys().of_user(&pool, &sub).await?;
            let none = || UserPasskeys { pool: pool.clone(), sub: sub.clone(), list: Vec::new() };
            let so_far = kept.as_ref().map_or_else(none, |kept| kept.record.clone());
            let after = so_far.with(new.clone())?;
            let added = after.list.last().cloned().unwrap_or_else(|| new.clone());
            let writes = vec![spend(begun), touch(user, self.now()), set(kept, after)];
            match self.storage.commit(writes).await {
                Ok(()) => {
                    Box::pin(self.tell_user(&me.pool, Some(&me.client), &me.user, Notice::PasskeyAdded)).await;
                    return Ok(added);
                }
                Err(error) if is_spent(&error) => return Err(PasskeyProblem::ChallengeNotFound.into()),
                Err(error) if error.condition() == Some("passkey") => return Err(Invalid::Passkey.into()),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Concurrent)
    }

    /// What is expected of an answer about a passkey of this pool.
    pub(crate) fn expected<'a>(
        &'a self,
        pool: &UserPool,
        relying_party: &'a RelyingPartyId,
        challenge: &'a [u8],
    ) -> Expected<'a> {
        let required = pool.settings.passkeys.verification_required;
        Expected {
            challenge,
            relying_party,
            other_origins: &self.passkey_origins,
            framing_origins: &[],
            user_verification: if required { UserVerification::Required } else { UserVerification::Preferred },
            algorithms: &ALGORITHMS,
        }
    }
}

/// The domain that the pool's passkeys are made for, if it takes any.
pub(crate) fn relying_party(pool: &UserPool) -> Result<&RelyingPartyId, PasskeyProblem> {
    if !pool.settings.first_factors.allowed.contains(&FirstFactor::Passkey) {
        return Err(PasskeyProblem::NotEnabled);
    }
    pool.settings.passkeys.relying_party.as_ref().ok_or(PasskeyProblem::ConfigurationMissing)
}

/// What people call the user: the name, or else the address, or else the username.
fn display_name(user: &User) -> &str {
    let attribute = |name: &str| user.attributes.get(name).filter(|value| !value.is_empty());
    attribute("name").or_else(|| attribute("email")).map_or(user.username.as_str(), String::as_str)
}

fn own_case(action: Action, me: &Authenticated) -> Case {
    let mut case = Case::new(action, &me.client.id);
    case.pool = Some(me.pool.id.clone());
    case.user = Some(me.user.sub.clone());
    case
}

fn spend(begun: &PasskeyRegistration) -> Write {
    ChallengeWrite::Spend { pool: begun.pool.clone(), id: begun.id.clone(), until: begun.expires_at }.into()
}

/// Whether a commit was refused because its first write spends what is spent.
fn is_spent(error: &StorageError) -> bool {
    error.kind() == StorageErrorKind::AlreadyExists && error.write() == Some(0)
}

/// A change of the user, so that nobody removes the user at the same moment.
fn touch(before: Versioned<User>, now: Timestamp) -> Write {
    let after = User { modified_at: now, ..before.record.clone() };
    UserWrite::Update { before, after }.into()
}

fn set(before: Option<Versioned<UserPasskeys>>, after: UserPasskeys) -> Write {
    match before {
        None => PasskeyWrite::Insert { passkeys: after }.into(),
        Some(before) => PasskeyWrite::Update { before, after }.into(),
    }
}

impl From<NotAdded> for Error {
    fn from(why: NotAdded) -> Self {
        match why {
            NotAdded::Known => Invalid::Passkey.into(),
            NotAdded::TooMany => PasskeyProblem::TooMany.into(),
        }
    }
}

/// What a refused registration is told.
fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Malformed(_) | Refused::Type => Invalid::Passkey.into(),
        Refused::Challenge => PasskeyProblem::ChallengeNotFound.into(),
        Refused::Origin | Refused::CrossOrigin => PasskeyProblem::OriginNotAllowed.into(),
        Refused::RelyingParty => PasskeyProblem::RelyingPartyMismatch.into(),
        _ => PasskeyProblem::NotSupported.into(),
    }
}
