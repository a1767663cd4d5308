use std::fmt;
use std::sync::Arc;

use cognito_srp::{Identity, Salt, Verifier};
use document_store::Versioned;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::context::RequestContext;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::offload;
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, Timestamp};
use jwt_tokens::{Algorithm, IssuerForm, JwkSet, KeyRing, KeyRings, KeySet, SealedKey, SigningKey};

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::ids::{ClientId, UserPoolId, Username};
use crate::model::passkeys::Origin;
use crate::model::password;
use crate::model::pool::UserPool;
use crate::model::user::{Credential, User};
use crate::parts::{Defaults, Parts};
use crate::ports::{Background, BreachedPasswords, Events, Hooks, Messenger, Offload, Pace, PasswordHasher, Places};
use crate::reasons::{Invalid, Kind};
use crate::recorded::Recorded;
use crate::storage::{PasswordWrite, UserAndPassword, UserPoolStorage};
use crate::turns::Turns;
use crate::under_way::UnderWay;

/// User pools: who you are.
///
/// Each method is one operation of the API: one request in, one answer out. The HTTP front end calls the same
/// methods. Cheap to clone: clones are handles to the same service. A handle [for one request](Self::for_request) knows
/// where the request comes from.
#[derive(Clone)]
pub struct UserPools {
    pub(crate) storage: Arc<dyn UserPoolStorage>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) master_key: MasterKey,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) messenger: Arc<dyn Messenger>,
    pub(crate) account_region: Arc<AccountRegion>,
    pub(crate) defaults: Defaults,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) background: Arc<dyn Background>,
    pub(crate) pace: Arc<dyn Pace>,
    pub(crate) breached: Arc<dyn BreachedPasswords>,
    pub(crate) places: Arc<dyn Places>,
    pub(crate) context: Arc<RequestContext>,
    pub(crate) passkey_origins: Arc<[Origin]>,
    pub(crate) link_base: Option<Arc<str>>,
    pub(crate) oauth_base: Option<Arc<str>>,
    offload: Arc<dyn Offload>,
    issuer: Arc<IssuerForm>,
    keys: Arc<KeyRings<UserPoolId>>,
    pub(crate) cleaning: Turns,
    pub(crate) importing: Turns,
    pub(crate) sending: UnderWay,
    pub(crate) restoring: Turns,
    pub(crate) changing_case: Turns,
    pub(crate) attending_case: Turns,
}

impl UserPools {
    /// The service over these parts. The master key is narrowed to user pools: nothing else can be opened with it.
    pub fn new(parts: Parts) -> Self {
        Self {
            storage: Arc::new(Recorded::new(parts.storage, Arc::clone(&parts.clock))),
            clock: parts.clock,
            entropy: parts.entropy,
            master_key: parts.master_key.derive("user-pools"),
            hasher: parts.hasher,
            messenger: parts.messenger,
            account_region: Arc::new(parts.account_region),
            defaults: parts.defaults,
            hooks: parts.hooks,
            events: parts.events,
            background: parts.background,
            pace: parts.pace,
            breached: parts.breached,
            places: parts.places,
            context: Arc::default(),
            passkey_origins: parts.passkey_origins.into(),
            oauth_base: parts.oauth_base.map(|base| base.trim_end_matches('/').into()),
            link_base: parts.link_base.map(|base| base.trim_end_matches('/').into()),
            offload: parts.offload,
            issuer: Arc::new(parts.issuer),
            keys: Arc::default(),
            cleaning: Turns::default(),
            importing: Turns::default(),
            sending: UnderWay::default(),
            restoring: Turns::default(),
            changing_case: Turns::default(),
            attending_case: Turns::default(),
        }
    }

    /// A handle to the same service that knows where one request comes from and what came with it. A handle that was not
    /// made so takes the caller to be inside the process: nothing is limited by source.
    #[must_use]
    pub fn for_request(&self, context: RequestContext) -> Self {
        Self { context: Arc::new(context), ..self.clone() }
    }

    /// Computes off the threads that serve.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(offload::compute(self.offload.as_ref(), self.context.source, work).await?)
    }

    /// The `iss` of this pool's tokens.
    pub fn issuer(&self, pool: &UserPoolId) -> String {
        match self.issuer.as_ref() {
            IssuerForm::Own(base) => format!("{base}/{pool}"),
            IssuerForm::Amazon => format!("https://cognito-idp.{}.amazonaws.com/{pool}", pool.region()),
        }
    }

    /// The URL under which this server is reached, if issuers are written below it.
    pub fn base_url(&self) -> Option<&str> {
        match self.issuer.as_ref() {
            IssuerForm::Own(base) => Some(base),
            IssuerForm::Amazon => None,
        }
    }

    /// The pool whose issuer this is, if it has an issuer's form. Whether there is such a pool, a lookup tells.
    pub fn pool_of_issuer(&self, issuer: &str) -> Option<UserPoolId> {
        let id: UserPoolId = issuer.rsplit('/').next()?.parse().ok()?;
        (self.issuer(&id) == issuer).then_some(id)
    }

    /// The public keys of a pool, for whoever checks its tokens (RFC 7517).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool.
    pub async fn key_set(&self, pool: &UserPoolId) -> Result<JwkSet, Error> {
        self.pool(pool).await?;
        Ok(self.pool_keys(pool).await?.publish())
    }

    /// The keys that a pool's tokens are checked with, as they are held open here: for whoever checks them in this process.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool.
    pub async fn verification_keys(&self, pool: &UserPoolId) -> Result<Arc<KeySet>, Error> {
        self.pool(pool).await?;
        Ok(self.pool_keys(pool).await?.shared_key_set())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn uuid(&self) -> String {
        entropy::uuid(self.entropy.as_ref())
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        entropy::bytes(self.entropy.as_ref())
    }

    pub(crate) async fn pool(&self, id: &UserPoolId) -> Result<Versioned<UserPool>, Error> {
        self.find_pool(id).await?.ok_or_else(|| Error::NotFound(Kind::Pool(id.clone())))
    }

    /// The pool of this id, if it was not deleted.
    pub(crate) async fn find_pool(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, Error> {
        Ok(self.storage.pools().get(id).await?.filter(|pool| pool.deleted_at.is_none()))
    }

    pub(crate) async fn client(&self, pool: &UserPoolId, id: &ClientId) -> Result<Versioned<AppClient>, Error> {
        self.storage.clients().get(pool, id).await?.ok_or_else(|| no_client(id))
    }

    /// The client that a public call names, and its pool.
    pub(crate) async fn client_and_pool(
        &self,
        id: &ClientId,
    ) -> Result<(Versioned<AppClient>, Versioned<UserPool>), Error> {
        let found = self.storage.clients().with_pool(id).await?;
        found.filter(|(_, pool)| pool.deleted_at.is_none()).ok_or_else(|| no_client(id))
    }

    /// The user that an administrator names: by any name that leads to one, or by subject.
    pub(crate) async fn named_user(&self, pool: &UserPool, name: &str) -> Result<Versioned<User>, Error> {
        self.find_user(pool, name).await?.ok_or_else(Error::no_user)
    }

    pub(crate) async fn find_user(&self, pool: &UserPool, name: &str) -> Result<Option<Versioned<User>>, Error> {
        // A subject first: nobody is found in another's place by taking that one's subject for a name.
        if let Ok(sub) = name.parse()
            && let Some(user) = self.storage.users().get(&pool.id, &sub).await?
        {
            return Ok(Some(user));
        }
        Ok(self.storage.users().named(&pool.id, &pool.fold(name)).await?)
    }

    /// The same with the password.
    pub(crate) async fn find_user_and_password(
        &self,
        pool: &UserPool,
        name: &str,
    ) -> Result<Option<UserAndPassword>, Error> {
        if let Ok(sub) = name.parse()
            && let Some(found) = self.storage.passwords().with_user(&pool.id, &sub).await?
        {
            return Ok(Some(found));
        }
        Ok(self.storage.passwords().with_named_user(&pool.id, &pool.fold(name)).await?)
    }

    /// A fresh signing key for a pool, sealed.
    pub(crate) async fn new_key(&self, pool: &UserPoolId, algorithm: Algorithm) -> Result<SealedKey, Error> {
        if !SigningKey::can_generate(algorithm) {
            return Err(Invalid::AlgorithmUnavailable.into());
        }
        let (master_key, entropy, pool, now) =
            (self.master_key.clone(), Arc::clone(&self.entropy), pool.clone(), self.now());
        let made = move || SealedKey::generate(&master_key, entropy.as_ref(), pool.as_str(), algorithm, now);
        self.compute(made).await?.map_err(|error| Error::internal("making a signing key", error))
    }

    pub(crate) async fn pool_keys(&self, pool: &UserPoolId) -> Result<Arc<KeyRing>, Error> {
        let now = self.now();
        if let Some(ring) = self.keys.get(pool, now) {
            return Ok(ring);
        }
        let sealed = self.storage.pools().keys(pool).await?;
        let (master_key, owner) = (self.master_key.clone(), pool.clone());
        let opened = self.compute(move || KeyRing::open(&master_key, owner.as_str(), sealed, now)).await?;
        let ring =
            opened.map_err(|_| corrupt("the pool's keys do not open: were they sealed under another master key?"))?;
        Ok(self.keys.insert(pool, ring, now))
    }

    pub(crate) fn forget_keys(&self, pool: &UserPoolId) {
        self.keys.forget(pool);
    }

    /// Forgets every key that was kept opened: for a store that was emptied underneath.
    pub fn forget_all_keys(&self) {
        self.keys.forget_all();
    }

    pub(crate) fn seal(&self, purpose: &str, context: &str, plain: &[u8]) -> Vec<u8> {
        self.master_key.seal(self.entropy.as_ref(), purpose, context.as_bytes(), plain)
    }

    /// Opens a stored secret. One that does not open was sealed under another master key.
    pub(crate) fn open(
        &self,
        purpose: &str,
        context: &str,
        sealed: &[u8],
    ) -> Result<impl std::ops::Deref<Target = Vec<u8>> + use<>, Error> {
        self.master_key
            .open(purpose, context.as_bytes(), sealed)
            .map_err(|_| corrupt("a stored secret does not open: was it sealed under another master key?"))
    }

    /// The write that gives a user this password.
    pub(crate) async fn new_password(
        &self,
        pool: &UserPool,
        user: &User,
        password: &SecretString,
        expires_at: Option<Timestamp>,
    ) -> Result<PasswordWrite, Error> {
        let normalized = SecretString::from(password::normalized(password.expose()));
        let hash = self.hasher.hash(&normalized, self.random()).await?;
        let salt = Salt::new(self.random());
        let srp_salt = salt.to_hex();
        let sealed_verifier = self.sealed_verifier(pool, user, password, salt).await?;
        let srp_name = pool.srp_identity(user.username.as_str(), &user.sub);
        let history = Vec::new();
        let password = Credential { hash, srp_salt, sealed_verifier, srp_name, expires_at, history };
        Ok(PasswordWrite::Put { pool: user.pool.clone(), sub: user.sub.clone(), password })
    }

    /// The SRP verifier of a password under seal.
    pub(crate) async fn sealed_verifier(
        &self,
        pool: &UserPool,
        user: &User,
        password: &SecretString,
        salt: Salt,
    ) -> Result<Vec<u8>, Error> {
        let user_id = pool.srp_identity(user.username.as_str(), &user.sub);
        let (pool_id, password) = (pool.id.clone(), password.clone());
        let computed = move || {
            let identity = Identity { pool_name: pool_id.short_name(), user_id: &user_id };
            Verifier::compute(&identity, password.expose(), &salt)
        };
        let verifier = self.compute(computed).await?;
        Ok(self.seal("srp-verifier", &srp_context(&pool.id, &user.username), verifier.expose()))
    }
}

/// What a sealed verifier is bound to.
pub(crate) fn srp_context(pool: &UserPoolId, username: &Username) -> String {
    format!("{pool}\n{username}")
}

fn no_client(id: &ClientId) -> Error {
    Error::NotFound(Kind::Client(id.clone()))
}

fn corrupt(what: &'static str) -> Error {
    Error::Storage(document_store::error::StorageError::corrupt(what))
}

impl fmt::Debug for UserPools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPools")
            .field("place", &self.account_region)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
