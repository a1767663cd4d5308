use std::sync::Arc;

use document_store::DocumentStore;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::entropy::{Entropy, SystemEntropy};
use identity_kernel::offload::Offload;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, SystemClock};
use jwt_tokens::IssuerForm;
use storage_memory::MemoryStore;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::key_file;
use crate::master_key;
#[cfg(feature = "identity-pools")]
use crate::wiring::identity_pools;
#[cfg(feature = "user-pools")]
use crate::wiring::user_pools;
use crate::wiring::{Common, usual_offload};
use crate::{BuildError, Cenote};

/// Which defaults pools begin with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Profile {
    /// The safe ones.
    #[default]
    Hardened,
    /// Cognito's: what unmodified SDKs, Amplify and the Terraform provider need.
    Compatible,
}

impl Profile {
    /// How far a signature's time may lie from now: 5 minutes, or 15 as on AWS.
    pub fn signature_skew_seconds(self) -> i64 {
        match self {
            Self::Hardened => 300,
            Self::Compatible => 900,
        }
    }
}

/// Builds a [`Cenote`]. One of [`data_folder`](Self::data_folder), [`postgres`](Self::postgres), [`store`](Self::store) and
/// [`Cenote::in_memory`] says where the state lives; everything else has a default.
#[derive(Default)]
pub struct Builder {
    store: Option<Arc<dyn DocumentStore>>,
    master_key: Option<MasterKey>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    account_region: Option<AccountRegion>,
    issuer: Option<IssuerForm>,
    profile: Profile,
    offload: Option<Arc<dyn Offload>>,
    #[cfg(feature = "user-pools")]
    user_pools: user_pools::Ports,
    #[cfg(feature = "identity-pools")]
    identity_pools: identity_pools::Ports,
}

impl Builder {
    /// Keeps everything in one folder: `cenote.db` (SQLite) and `master.key`, both made if neither is there, as the folder
    /// is, for its owner alone. One without the other is refused before anything is written.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the folder or a file in it cannot be used.
    #[cfg(feature = "sqlite")]
    pub fn data_folder(mut self, folder: &std::path::Path) -> Result<Self, BuildError> {
        let (key, database) = (folder.join("master.key"), folder.join("cenote.db"));
        let kept = std::fs::metadata(&database).is_ok_and(|data| data.len() > 0);
        match (key.exists(), kept) {
            (true, false) => return Err(BuildError::KeyWithoutStorage { key, database }),
            (false, true) => return Err(BuildError::StorageWithoutKey { key }),
            _ => {}
        }
        key_file::create_folder(folder)?;
        self.master_key = Some(key_file::open_or_create(&key, &SystemEntropy::new())?);
        self.store = Some(Arc::new(storage_sqlite::SqliteStore::open(&database)?));
        Ok(self)
    }

    /// Keeps everything in a PostgreSQL database, which any number of nodes may share, and the master key in the file
    /// `master.key` of this folder, made if it is not there and the database is new. All nodes need the same key: copy the
    /// file to each.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the database or the folder cannot be used.
    #[cfg(feature = "postgres")]
    pub async fn postgres(
        mut self,
        url: &str,
        options: storage_postgres::Options,
        folder: &std::path::Path,
    ) -> Result<Self, BuildError> {
        let store = Arc::new(storage_postgres::PostgresStore::open(url, options).await?);
        let key = folder.join("master.key");
        if !key.exists() && store.get(&master_key::place()).await?.is_some() {
            return Err(BuildError::StorageWithoutKey { key });
        }
        key_file::create_folder(folder)?;
        self.master_key = Some(key_file::open_or_create(&key, &SystemEntropy::new())?);
        self.store = Some(store);
        Ok(self)
    }

    /// Keeps everything in memory, under a master key that is made now and lost with it.
    pub(crate) fn in_memory() -> Self {
        let key = MasterKey::generate(&SystemEntropy::new());
        Self::default().store(Arc::new(MemoryStore::new()), key)
    }

    /// Keeps everything in a store of your own, secrets sealed under this key, which lies outside it.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn DocumentStore>, master_key: MasterKey) -> Self {
        self.store = Some(store);
        self.master_key = Some(master_key);
        self
    }

    /// What time it is; the machine's clock if nothing is said.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where randomness comes from; the operating system if nothing is said. A repeatable source is for tests alone.
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = Some(entropy);
        self
    }

    /// Keeps user pools in a typed storage of your own, say tables of your application, and not in the store.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn user_pool_storage(mut self, storage: Arc<dyn userpool_core::UserPoolStorage>) -> Self {
        self.user_pools.storage = Some(storage);
        self
    }

    /// Keeps identity pools in a typed storage of your own, and not in the store.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn federation_storage(mut self, storage: Arc<dyn identity_federation::FederationStorage>) -> Self {
        self.identity_pools.storage = Some(storage);
        self
    }

    /// Keeps roles, operators' keys and revocations in a typed storage of your own, and not in the store.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn vending_storage(mut self, storage: Arc<dyn credential_vending::VendingStorage>) -> Self {
        self.identity_pools.vending_storage = Some(storage);
        self
    }

    /// What hashes passwords; Argon2id with a permit for each processor if nothing is said.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn hasher(mut self, hasher: Arc<dyn userpool_core::ports::PasswordHasher>) -> Self {
        self.user_pools.hasher = Some(hasher);
        self
    }

    /// What takes other computing (SRP, keys and signatures of RSA) off the threads that serve; if nothing is said, a permit
    /// for each processor. With identity pools and no feature that brings the adapters (`oidc`, `s3s`, `user-pools`) it is done
    /// where it stands if nothing is said.
    #[must_use]
    pub fn offload(mut self, offload: Arc<dyn Offload>) -> Self {
        self.offload = Some(offload);
        self
    }

    /// What finishes deletions and sweeps what has ended; if nothing is said, tasks of the tokio runtime in which
    /// [`build`](Self::build) is called, at once after a deletion and every hour. With
    /// [`Inline`](userpool_core::ports::Inline) deletions are finished where they are asked for, and
    /// [`UserPools::maintain`](userpool_core::UserPools::maintain) is yours to call.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn background(mut self, background: Arc<dyn userpool_core::ports::Background>) -> Self {
        self.user_pools.background = Some(background);
        self
    }

    /// What holds answers back that would tell by their time which users exist, where a client hides them: to the next 5
    /// milliseconds; if nothing is said, the timer of the tokio runtime that serves. With
    /// [`Inline`](userpool_core::ports::Inline) they leave at once.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn pace(mut self, pace: Arc<dyn userpool_core::ports::Pace>) -> Self {
        self.user_pools.pace = Some(pace);
        self
    }

    /// Which passwords have become public, for pools that refuse those; the most common ones if nothing is said.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn breached_passwords(mut self, breached: Arc<dyn userpool_core::ports::BreachedPasswords>) -> Self {
        self.user_pools.breached = Some(breached);
        self
    }

    /// Where on earth addresses are, for pools that judge sign-ins; unknown if nothing is said.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn places(mut self, places: Arc<dyn userpool_core::ports::Places>) -> Self {
        self.user_pools.places = Some(places);
        self
    }

    /// The application's word in sign-ups, sign-ins and tokens; nothing if nothing is said.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn hooks(mut self, hooks: Arc<dyn userpool_core::ports::Hooks>) -> Self {
        self.user_pools.hooks = Some(hooks);
        self
    }

    /// Who hears of sign-ins and what else happens to users; nobody if nothing is said.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn events(mut self, events: Arc<dyn userpool_core::ports::Events>) -> Self {
        self.user_pools.events = Some(events);
        self
    }

    /// Who hears what happens to identity pools and their identities; nobody if nothing is said.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn federation_events(mut self, events: Arc<dyn identity_federation::ports::Events>) -> Self {
        self.identity_pools.events = Some(events);
        self
    }

    /// Who hears what happens to roles, operators' keys and credentials; nobody if nothing is said.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn vending_events(mut self, events: Arc<dyn credential_vending::ports::Events>) -> Self {
        self.identity_pools.vending_events = Some(events);
        self
    }

    /// Denials of the AWS front end and of the gate for S3 servers carry an explanation, sealed for `DecodeAuthorizationMessage`. They do not if
    /// nothing is said.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn encode_denials(mut self, encode: bool) -> Self {
        self.identity_pools.encode_denials = encode;
        self
    }

    /// Who holds credentials is given tokens about themselves for other services (`GetWebIdentityToken`), by an issuer of the account's
    /// own. Off if nothing is said, as on AWS.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn outbound_tokens(mut self, give: bool) -> Self {
        self.identity_pools.outbound_tokens = give;
        self
    }

    /// For how many seconds after its end it is kept who is behind vended credentials, for
    /// [`CredentialVending::audit`](credential_vending::CredentialVending::audit); nothing is kept if nothing is said. It is a write for each
    /// session that is vended.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn keep_audit_seconds(mut self, seconds: i64) -> Self {
        self.identity_pools.keep_audit_seconds = Some(seconds);
        self
    }

    /// What brings codes to people; without one, whatever needs a code is refused.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn messenger(mut self, messenger: Arc<dyn userpool_core::ports::Messenger>) -> Self {
        self.user_pools.messenger = Some(messenger);
        self
    }

    /// Who vends credentials of the roles of another account, of these twelve digits: Amazon's STS, say, by
    /// `host_adapters::StsClient`. Roles of other accounts are vended here.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn credential_backend(
        mut self,
        account: &str,
        backend: Arc<dyn credential_vending::CredentialBackend>,
    ) -> Self {
        self.identity_pools.backends.insert(account.to_owned(), backend);
        self
    }

    /// Who knows the keys of outside login providers; without one, only own user pools are taken.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn outside_issuers(mut self, issuers: Arc<dyn login_providers::Issuers>) -> Self {
        self.identity_pools.outside = Some(issuers);
        self
    }

    /// What verifies logins of a further kind, in the place of another of its kind.
    #[cfg(feature = "identity-pools")]
    #[must_use]
    pub fn login_verifier(mut self, verifier: Arc<dyn login_providers::LoginVerifier>) -> Self {
        self.identity_pools.verifiers.push(verifier);
        self
    }

    /// The account and region in which things are made; `123456789012` and `us-east-1` if nothing is said.
    #[must_use]
    pub fn account_region(mut self, account_region: AccountRegion) -> Self {
        self.account_region = Some(account_region);
        self
    }

    /// How the `iss` of tokens is written. If nothing is said it is `http://localhost/{pool id}`: good for routes that this
    /// process guards itself; nobody else can fetch keys there.
    #[must_use]
    pub fn issuer(mut self, issuer: IssuerForm) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// An origin whose pages or apps register and use passkeys, besides `https://` and a pool's relying party or what is below it:
    /// another port, `http://localhost:3000` while developing, an app of Android. May be said several times.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn passkey_origin(mut self, origin: userpool_core::model::passkeys::Origin) -> Self {
        self.user_pools.passkey_origins.push(origin);
        self
    }

    /// Under which URL the front end is reached, as `https://id.example.com`: links in messages lead below it, whatever host a
    /// request names. Without one, pools whose messages bring links are refused.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn link_base(mut self, url: impl Into<String>) -> Self {
        self.user_pools.link_base = Some(url.into());
        self
    }

    /// Under which URL the OAuth endpoints are reached, as `https://id.example.com`: discovery names those of a pool below it.
    /// Without one, it names none.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn oauth_base(mut self, url: impl Into<String>) -> Self {
        self.user_pools.oauth_base = Some(url.into());
        self
    }

    /// How many messages a pool sends at most that has no limits of its own; if nothing is said, what the profile says.
    #[cfg(feature = "user-pools")]
    #[must_use]
    pub fn message_limits(mut self, limits: userpool_core::model::message_limits::MessageLimits) -> Self {
        self.user_pools.message_limits = Some(limits);
        self
    }

    /// Which defaults pools begin with; the hardened ones if nothing is said.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Wires everything.
    ///
    /// # Errors
    ///
    /// [`BuildError::StorageMissing`], [`BuildError::WrongMasterKey`], and [`BuildError::Storage`] if the store fails.
    pub async fn build(self) -> Result<Cenote, BuildError> {
        let entropy = self.entropy.unwrap_or_else(|| Arc::new(SystemEntropy::new()));
        let (Some(store), Some(master_key)) = (self.store, self.master_key) else {
            return Err(BuildError::StorageMissing);
        };
        let common = Common {
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
            master_key: master_key::storage_key(store.as_ref(), &master_key, entropy.as_ref()).await?,
            entropy,
            store,
            account_region: self.account_region.unwrap_or_else(|| AccountRegion::new("123456789012", "us-east-1")),
            issuer: self.issuer.unwrap_or_else(|| IssuerForm::Own("http://localhost".to_owned())),
            profile: self.profile,
            offload: self.offload.unwrap_or_else(usual_offload),
        };
        #[cfg(feature = "user-pools")]
        let user_pools = Arc::new(user_pools::build(&common, self.user_pools));
        #[cfg(feature = "user-pools")]
        user_pools.maintain_regularly().await;
        #[cfg(feature = "identity-pools")]
        let (vending, identity_pools) = {
            let ports = self.identity_pools;
            let vending = Arc::new(identity_pools::vending(&common, &ports));
            #[cfg(feature = "user-pools")]
            let logins = identity_pools::logins_of(&user_pools, &ports);
            #[cfg(not(feature = "user-pools"))]
            let logins = identity_pools::logins_of(&ports);
            let identity_pools = Arc::new(identity_pools::build(&common, ports, &vending, logins));
            (vending, identity_pools)
        };
        Ok(Cenote {
            #[cfg(feature = "user-pools")]
            user_pools,
            #[cfg(feature = "identity-pools")]
            identity_pools,
            #[cfg(feature = "identity-pools")]
            vending,
            clock: common.clock,
            entropy: common.entropy,
            #[cfg(feature = "test-kit")]
            store: common.store,
            #[cfg(feature = "aws-protocols")]
            page_token_key: common.master_key.derive("page-tokens"),
            profile: common.profile,
        })
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("profile", &self.profile).finish_non_exhaustive()
    }
}
