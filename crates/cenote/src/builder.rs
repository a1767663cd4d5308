use std::sync::Arc;

use async_trait::async_trait;
use credential_vending::{CredentialVending, DocumentVending};
use document_store::DocumentStore;
use host_adapters::Argon2Hasher;
use identity_federation::{DocumentFederation, IdentityPools};
use identity_kernel::entropy::{Entropy, SystemEntropy};
use identity_kernel::place::Place;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, SystemClock};
use jwt_tokens::IssuerForm;
use login_providers::Issuers;
use storage_memory::MemoryStore;
use userpool_core::ports::{DeliveryError, Message, Messenger, PasswordHasher};
use userpool_core::{DocumentUserPools, UserPools};

use crate::Cenote;
use crate::joints::{OwnPoolsFirst, OwnUsers};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::key_file;
use crate::master_key;

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

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The data folder or a file in it could not be opened.
    #[error("{} cannot be used", path.display())]
    DataFolder {
        /// Which.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The key file does not hold a key.
    #[error("the key file does not hold a master key")]
    KeyFile,
    /// A store without master key: what is sealed there could never be opened again.
    #[error("a store of your own needs a master key of your own")]
    MasterKeyMissing,
    /// The store was made under another master key.
    #[error("the storage was made under another master key")]
    WrongMasterKey,
    /// The store could not be opened.
    #[error(transparent)]
    Storage(#[from] document_store::error::StorageError),
}

impl BuildError {
    pub(crate) fn unusable(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::DataFolder { path: path.to_path_buf(), source }
    }
}

/// Builds a [`Cenote`].
#[derive(Default)]
pub struct Builder {
    store: Option<Arc<dyn DocumentStore>>,
    master_key: Option<MasterKey>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    hasher: Option<Arc<dyn PasswordHasher>>,
    messenger: Option<Arc<dyn Messenger>>,
    outside: Option<Arc<dyn Issuers>>,
    place: Option<Place>,
    issuer: Option<IssuerForm>,
    profile: Profile,
}

impl Builder {
    /// Keeps everything in one folder: `cenote.db` (SQLite) and `master.key`, both made if they are not there.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the folder or a file in it cannot be used.
    #[cfg(feature = "sqlite")]
    pub fn data_folder(mut self, folder: &std::path::Path) -> Result<Self, BuildError> {
        std::fs::create_dir_all(folder).map_err(BuildError::unusable(folder))?;
        let entropy = SystemEntropy::new();
        self.master_key = Some(key_file::open_or_create(&folder.join("master.key"), &entropy)?);
        self.store = Some(Arc::new(storage_sqlite::SqliteStore::open(&folder.join("cenote.db"))?));
        Ok(self)
    }

    /// Keeps everything in a PostgreSQL database, which any number of nodes may share, and the master key in the file
    /// `master.key` of this folder, made if it is not there. All nodes need the same key: copy the file to each.
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
        self.store = Some(Arc::new(storage_postgres::PostgresStore::open(url, options).await?));
        std::fs::create_dir_all(folder).map_err(BuildError::unusable(folder))?;
        self.master_key = Some(key_file::open_or_create(&folder.join("master.key"), &SystemEntropy::new())?);
        Ok(self)
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

    /// What hashes passwords; Argon2id with a permit for each processor if nothing is said.
    #[must_use]
    pub fn hasher(mut self, hasher: Arc<dyn PasswordHasher>) -> Self {
        self.hasher = Some(hasher);
        self
    }

    /// What brings codes to people; without one, whatever needs a code is refused.
    #[must_use]
    pub fn messenger(mut self, messenger: Arc<dyn Messenger>) -> Self {
        self.messenger = Some(messenger);
        self
    }

    /// Who knows the keys of outside login providers; without one, only own user pools are taken.
    #[must_use]
    pub fn outside_issuers(mut self, issuers: Arc<dyn Issuers>) -> Self {
        self.outside = Some(issuers);
        self
    }

    /// The account and region in which things are made; `123456789012` and `us-east-1` if nothing is said.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// How the `iss` of tokens is written; `http://localhost/{pool id}` if nothing is said.
    #[must_use]
    pub fn issuer(mut self, issuer: IssuerForm) -> Self {
        self.issuer = Some(issuer);
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
    /// [`BuildError::MasterKeyMissing`], [`BuildError::WrongMasterKey`], and [`BuildError::Storage`] if the store fails.
    pub async fn build(self) -> Result<Cenote, BuildError> {
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let entropy = self.entropy.unwrap_or_else(|| Arc::new(SystemEntropy::new()));
        let (store, master_key): (Arc<dyn DocumentStore>, MasterKey) = match (self.store, self.master_key) {
            (Some(store), Some(key)) => (store, key),
            (None, _) => (Arc::new(MemoryStore::new()), MasterKey::generate(entropy.as_ref())),
            (Some(_), None) => return Err(BuildError::MasterKeyMissing),
        };
        let master_key = master_key::storage_key(store.as_ref(), &master_key, entropy.as_ref()).await?;
        let place = self.place.unwrap_or_else(|| Place::new("123456789012", "us-east-1"));
        let issuer = self.issuer.unwrap_or_else(|| IssuerForm::Own("http://localhost".to_owned()));
        let user_pools = Arc::new(UserPools::new(userpool_core::Parts {
            storage: Arc::new(DocumentUserPools::new(Arc::clone(&store))),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            master_key: master_key.derive("who-you-are"),
            hasher: self.hasher.unwrap_or_else(|| Arc::new(Argon2Hasher::for_this_machine())),
            messenger: self.messenger.unwrap_or_else(|| Arc::new(NoMessenger)),
            place: place.clone(),
            issuer: issuer.clone(),
            defaults: match self.profile {
                Profile::Hardened => userpool_core::Defaults::hardened(),
                Profile::Compatible => userpool_core::Defaults::cognito(),
            },
        }));
        let vending = Arc::new(CredentialVending::new(credential_vending::Parts {
            storage: Arc::new(DocumentVending::new(Arc::clone(&store))),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            master_key: master_key.derive("what-you-may-do"),
            place,
        }));
        let identity_pools = Arc::new(IdentityPools::new(identity_federation::Parts {
            storage: Arc::new(DocumentFederation::new(Arc::clone(&store))),
            vending: Arc::clone(&vending),
            issuers: Arc::new(OwnPoolsFirst { user_pools: Arc::clone(&user_pools), outside: self.outside }),
            login_states: Arc::new(OwnUsers(Arc::clone(&user_pools))),
            claim_writers: Arc::new(OwnUsers(Arc::clone(&user_pools))),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            master_key: master_key.derive("what-you-may-do"),
            issuer,
            defaults: match self.profile {
                Profile::Hardened => identity_federation::Defaults::hardened(),
                Profile::Compatible => identity_federation::Defaults::cognito(),
            },
        }));
        Ok(Cenote {
            user_pools,
            identity_pools,
            vending,
            clock,
            entropy,
            store,
            #[cfg(feature = "aws-protocols")]
            page_token_key: master_key.derive("page-tokens"),
            profile: self.profile,
        })
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// Refuses every message: whoever embeds has said nothing of how to reach people.
struct NoMessenger;

#[async_trait]
impl Messenger for NoMessenger {
    async fn send(&self, _: &Message) -> Result<(), DeliveryError> {
        Err(DeliveryError("no messenger was configured".into()))
    }
}
