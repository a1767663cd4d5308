//! Sign-in: a ceremony of one or more steps that ends in tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::Versioned;
use document_store::error::StorageErrorKind;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::attempts::Attempts;
use crate::model::attributes::Attributes;
use crate::model::client::{AllowedFlow, AppClient};
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::{Mark, UserPool};
use crate::model::user::{User, UserStatus};
use crate::ops::attributes::{self, Author, taken_alias};
use crate::ops::srp::{PasswordVerifier, VerifierAnswer};
use crate::ops::tokens::Tokens;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::Write;

/// By which door somebody comes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Door {
    /// From anywhere; the client id says which pool.
    Public,
    /// Through a server that an administrator trusts, into this pool.
    Admin(UserPoolId),
}

/// Begins a sign-in.
#[derive(Clone, Debug)]
pub struct InitiateAuth {
    /// Through which client.
    pub client: ClientId,
    /// By which door.
    pub door: Door,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// How.
    pub flow: SignInFlow,
}

/// How a sign-in begins.
#[derive(Clone, Debug)]
pub enum SignInFlow {
    /// With the password, which is never sent (SRP).
    UserSrp {
        /// The name.
        username: String,
        /// `SRP_A` in hexadecimal.
        client_public: String,
    },
    /// With the password as it is.
    UserPassword {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// With the password as it is, by the administrators' door.
    AdminUserPassword {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// With a refresh token.
    RefreshToken {
        /// The token.
        token: SecretString,
    },
}

/// Answers a challenge.
#[derive(Clone, Debug)]
pub struct RespondToChallenge {
    /// Through which client.
    pub client: ClientId,
    /// By which door.
    pub door: Door,
    /// What a client with a secret sends beside the name.
    pub secret_hash: Option<String>,
    /// The name.
    pub username: String,
    /// The answer.
    pub answer: Answer,
}

/// The answer to a challenge.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The proof that the client knows the password.
    PasswordVerifier(VerifierAnswer),
    /// A new password for the temporary one.
    NewPassword {
        /// What the challenge gave.
        session: SecretString,
        /// The new password.
        password: SecretString,
        /// Attributes that were asked for, and others.
        attributes: Attributes,
    },
}

/// What a step of a sign-in comes to.
#[derive(Clone, Debug)]
pub enum AuthOutcome {
    /// The user is signed in.
    Tokens(Box<Tokens>),
    /// The client must prove that it knows the password.
    PasswordVerifier(PasswordVerifier),
    /// The user must choose a password.
    NewPasswordRequired(NewPasswordRequired),
}

/// The challenge to choose a password.
#[derive(Clone, Debug)]
pub struct NewPasswordRequired {
    /// To be sent back with the answer; once, within the client's minutes.
    pub session: SecretString,
    /// The user's name.
    pub username: String,
    /// What is known of the user.
    pub attributes: Attributes,
    /// Required attributes that the user lacks.
    pub required: Vec<String>,
}

/// A challenge between two steps: sealed, so that any node can take the answer.
#[derive(Serialize, Deserialize)]
struct NewPasswordState {
    id: String,
    pool: UserPoolId,
    client: ClientId,
    sub: Subject,
    /// The hash of the temporary password's hash: another password set meanwhile ends the challenge.
    credential: Vec<u8>,
    mark: Mark,
    begun_at: Timestamp,
    expires_at: Timestamp,
}

impl UserPools {
    /// Begins a sign-in, or refreshes one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the client does not allow the flow or the door does not; [`Error::NotAuthorized`]
    /// for a wrong name or password, a disabled user, a dead or foreign refresh token, or too many tries;
    /// [`Error::NotFound`] where users are not hidden; [`Error::UserNotConfirmed`],
    /// [`Error::PasswordResetRequired`]; [`Error::RefreshTokenReuse`]; [`Error::TooManyRequests`].
    pub async fn initiate_auth(&self, request: InitiateAuth) -> Result<AuthOutcome, Error> {
        let (client, pool) = self.through(&request.door, &request.client).await?;
        check_flow(&request.door, &client, &request.flow)?;
        let secret_hash = request.secret_hash.as_deref();
        match request.flow {
            SignInFlow::UserSrp { username, client_public } => {
                self.check_secret_hash(&client, &[&username], secret_hash)?;
                self.begin_srp(&pool, &client, &username, &client_public).await
            }
            SignInFlow::UserPassword { username, password } | SignInFlow::AdminUserPassword { username, password } => {
                self.check_secret_hash(&client, &[&username], secret_hash)?;
                self.sign_in_by_password(&pool, &client, &request.door, &username, &password).await
            }
            SignInFlow::RefreshToken { token } => {
                if client.settings.rotation.is_some() {
                    return Err(Invalid::RotationEnabled.into());
                }
                let tokens = self.refresh(&pool, &client, &token, |user| {
                    self.check_secret_hash(&client, &[user.username.as_str(), user.sub.as_str()], secret_hash)
                });
                Ok(AuthOutcome::Tokens(Box::new(tokens.await?)))
            }
        }
    }

    /// Takes the answer to a challenge.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] for a wrong proof, or a challenge that is spent, dead, or somebody else's;
    /// [`Error::InvalidPassword`] and [`Error::InvalidParameter`] for what the pool does not allow; and as
    /// [`initiate_auth`](Self::initiate_auth).
    pub async fn respond_to_auth_challenge(&self, request: RespondToChallenge) -> Result<AuthOutcome, Error> {
        let (client, pool) = self.through(&request.door, &request.client).await?;
        self.check_secret_hash(&client, &[&request.username], request.secret_hash.as_deref())?;
        match request.answer {
            Answer::PasswordVerifier(answer) => self.finish_srp(&pool, &client, &request.username, &answer).await,
            Answer::NewPassword { session, password, attributes } => {
                self.choose_password(&pool, &client, &request.username, &session, &password, attributes).await
            }
        }
    }

    /// The client and pool that a call speaks of.
    async fn through(&self, door: &Door, client: &ClientId) -> Result<(AppClient, UserPool), Error> {
        match door {
            Door::Public => {
                let (client, pool) = self.client_and_pool(client).await?;
                Ok((client.record, pool.record))
            }
            Door::Admin(pool) => {
                let pool = self.pool(pool).await?.record;
                Ok((self.client(&pool.id, client).await?.record, pool))
            }
        }
    }

    async fn sign_in_by_password(
        &self,
        pool: &UserPool,
        client: &AppClient,
        door: &Door,
        username: &str,
        password: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        let user = self.find_user(pool, username).await?;
        if user.is_none() && (!client.settings.hide_users || *door != Door::Public) {
            return Err(Error::no_user());
        }
        let counter = self.count_attempt(pool, user.as_deref(), username).await?;
        let hash = user.as_ref().and_then(|user| user.credential.as_ref()).map(|credential| credential.hash.as_str());
        // Somebody who is not there, or has no password, is refused after the same work as for a wrong password.
        let hash = hash.map_or_else(|| self.hasher.decoy(), str::to_owned);
        let right = self.is_password(password, &hash).await?;
        match user {
            Some(user) if right && user.credential.is_some() => {
                self.after_first_factor(pool, client, user, counter).await
            }
            _ => Err(Error::wrong_password()),
        }
    }

    /// Where every proof of a password leads: to tokens, to the next challenge, or to a refusal by the user's state.
    pub(crate) async fn after_first_factor(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: Versioned<User>,
        counter: String,
    ) -> Result<AuthOutcome, Error> {
        admit(&user)?;
        match user.status {
            UserStatus::Unconfirmed => Err(Error::UserNotConfirmed),
            UserStatus::ResetRequired => Err(Error::PasswordResetRequired),
            UserStatus::ForceChangePassword => self.ask_for_password(pool, client, &user, counter).await,
            UserStatus::Confirmed => {
                let forget = Write::ForgetAttempts(pool.id.clone(), counter);
                let tokens = self.start_session(pool, client, &user, vec![forget]).await?;
                Ok(AuthOutcome::Tokens(Box::new(tokens)))
            }
        }
    }

    async fn ask_for_password(
        &self,
        pool: &UserPool,
        client: &AppClient,
        user: &User,
        counter: String,
    ) -> Result<AuthOutcome, Error> {
        let now = self.now();
        let credential = user.credential.as_ref().ok_or_else(Error::wrong_password)?;
        if credential.expires_at.is_some_and(|end| now >= end) {
            return Err(Refusal::TemporaryPasswordExpired.into());
        }
        self.storage.commit(vec![Write::ForgetAttempts(pool.id.clone(), counter)]).await?;
        let state = NewPasswordState {
            id: self.uuid(),
            pool: pool.id.clone(),
            client: client.id.clone(),
            sub: user.sub.clone(),
            credential: fingerprint(&credential.hash),
            mark: pool.mark(),
            begun_at: now,
            expires_at: now.plus_seconds(client.settings.challenge_minutes * 60),
        };
        let plain = serde_json::to_vec(&state).map_err(|error| Error::internal("writing a challenge", error))?;
        let session = URL_SAFE_NO_PAD.encode(self.seal("new-password", "", &plain));
        let shown = |name: &String| name != "sub" && client.reads(name);
        let attributes: Attributes =
            user.attributes.iter().filter(|(name, _)| shown(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        let required = attributes::missing(pool, &user.attributes).map(str::to_owned).collect();
        Ok(AuthOutcome::NewPasswordRequired(NewPasswordRequired {
            session: SecretString::from(session),
            username: user.username.to_string(),
            attributes,
            required,
        }))
    }

    async fn choose_password(
        &self,
        pool: &UserPool,
        client: &AppClient,
        username: &str,
        session: &SecretString,
        password: &SecretString,
        given: Attributes,
    ) -> Result<AuthOutcome, Error> {
        let invalid = || Error::from(Refusal::SessionInvalid);
        let sealed = URL_SAFE_NO_PAD.decode(session.expose()).map_err(|_| invalid())?;
        let plain = self.master_key.open("new-password", b"", &sealed).map_err(|_| invalid())?;
        let state: NewPasswordState = serde_json::from_slice(&plain).map_err(|_| invalid())?;
        if state.pool != pool.id || state.client != client.id {
            return Err(invalid());
        }
        if self.now() >= state.expires_at || !pool.counts(state.mark, state.begun_at) {
            return Err(Refusal::SessionExpired.into());
        }
        let before = self.storage.user(&pool.id, &state.sub).await?.ok_or_else(invalid)?;
        let same_user = self.find_user(pool, username).await?.is_some_and(|named| named.sub == before.sub);
        let same_password =
            before.credential.as_ref().is_some_and(|credential| fingerprint(&credential.hash) == state.credential);
        if !same_user || !same_password || before.status != UserStatus::ForceChangePassword {
            return Err(invalid());
        }
        admit(&before)?;
        self.check_replacement(pool, &before, password).await?;
        attributes::check(pool, Author::User(client), &given)?;
        let after = self.with_new_password(pool, &before, password, given).await?;
        let version = before.version + 1;
        let writes = vec![
            Write::SpendChallenge(pool.id.clone(), state.id, state.expires_at),
            Write::UpdateUser(before, after.clone()),
        ];
        self.storage.commit(writes).await.map_err(|error| match (error.kind(), error.condition()) {
            (StorageErrorKind::AlreadyExists, None) => Refusal::SessionSpent.into(),
            _ => taken_alias(error),
        })?;
        let user = Versioned { record: after, version };
        let tokens = self.start_session(pool, client, &user, Vec::new()).await?;
        Ok(AuthOutcome::Tokens(Box::new(tokens)))
    }

    async fn with_new_password(
        &self,
        pool: &UserPool,
        before: &User,
        password: &SecretString,
        given: Attributes,
    ) -> Result<User, Error> {
        let mut after = before.clone();
        attributes::apply(pool, &mut after, given)?;
        if let Some(name) = attributes::missing(pool, &after.attributes).next() {
            return Err(Invalid::AttributeMissing(name.to_owned()).into());
        }
        after.credential = Some(self.credential(pool, &before.username, password, None).await?);
        after.status = UserStatus::Confirmed;
        after.refresh_names(pool);
        after.modified_at = self.now();
        Ok(after)
    }

    /// Counts a try before it is judged, so that no number of parallel guesses is free. Returns the counter's name.
    ///
    /// Tries at names of nobody are counted too, in a bounded number of counters.
    pub(crate) async fn count_attempt(
        &self,
        pool: &UserPool,
        user: Option<&User>,
        username: &str,
    ) -> Result<String, Error> {
        let counter = if let Some(user) = user {
            user.sub.to_string()
        } else {
            let hash = self.master_key.keyed_hash("attempts", pool.fold(username).as_bytes());
            let bucket = u16::from_be_bytes([hash.first().copied().unwrap_or(0), hash.get(1).copied().unwrap_or(0)]);
            format!("nobody-{bucket:04x}")
        };
        for _ in 0..16 {
            let before = self.storage.attempts(&pool.id, &counter).await?;
            let counted: Attempts = before.as_deref().copied().unwrap_or_default();
            let counted = counted
                .one_more(self.now())
                .map_err(|retry_after_seconds| Error::TooManyAttempts { retry_after_seconds })?;
            let version = before.map(|before| before.version);
            let write = Write::CountAttempt(pool.id.clone(), counter.clone(), version, counted);
            match self.storage.commit(vec![write]).await {
                Ok(()) => return Ok(counter),
                Err(error) if matches!(error.kind(), StorageErrorKind::Conflict | StorageErrorKind::AlreadyExists) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::TooManyRequests)
    }
}

fn fingerprint(hash: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, hash.as_bytes()).as_ref().to_vec()
}

/// The one gate before anything is issued to a user.
pub(crate) fn admit(user: &User) -> Result<(), Error> {
    if user.enabled { Ok(()) } else { Err(Refusal::UserDisabled.into()) }
}

fn check_flow(door: &Door, client: &AppClient, flow: &SignInFlow) -> Result<(), Error> {
    let wanted = match flow {
        SignInFlow::UserSrp { .. } => AllowedFlow::UserSrp,
        SignInFlow::UserPassword { .. } => AllowedFlow::UserPassword,
        SignInFlow::AdminUserPassword { .. } => AllowedFlow::AdminUserPassword,
        SignInFlow::RefreshToken { .. } => AllowedFlow::RefreshToken,
    };
    let by_admin_door = matches!(door, Door::Admin(_));
    if matches!(flow, SignInFlow::AdminUserPassword { .. }) && !by_admin_door {
        return Err(Invalid::FlowNotForCaller.into());
    }
    if matches!(flow, SignInFlow::UserPassword { .. }) && by_admin_door {
        return Err(Invalid::FlowNotForCaller.into());
    }
    if client.allows(wanted) { Ok(()) } else { Err(Invalid::FlowNotAllowed(wanted).into()) }
}
