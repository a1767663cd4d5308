//! Cenote for embedders: user pools and identity pools in your own service.
//!
//! **User pools** say who you are: [`Cenote::user_pools`] keeps users, signs them in, and issues tokens. Most services
//! need only these. **Identity pools** say what you may do: [`Cenote::identity_pools`] takes the login of any provider
//! (a user pool is one), maps it to a role, and vends temporary credentials. Take them when callers shall reach
//! resources, such as an S3 store, with rights of their own.
//!
//! ```
//! use cenote::prelude::*;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let outbox = Arc::new(MemoryOutbox::new());
//! let cenote = Cenote::builder().messenger(outbox.clone()).build().await?;
//!
//! let users = cenote.user_pools();
//! let mut pool = CreateUserPool::named("people", users);
//! pool.settings.auto_verified.insert(Contact::Email);
//! let pool = users.create_user_pool(pool).await?;
//! let settings = users.default_client_settings("app");
//! let client = users.create_user_pool_client(CreateClient { pool: pool.id, settings, with_secret: false }).await?;
//!
//! users.sign_up(SignUp {
//!     client: client.client.id.clone(),
//!     secret_hash: None,
//!     username: "ada".to_owned(),
//!     password: "correct horse".into(),
//!     attributes: Attributes::from([("email".to_owned(), "ada@example.com".to_owned())]),
//! }).await?;
//! let code = outbox.code_for("ada").unwrap();
//! # assert_eq!(code.len(), 6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod builder;
#[cfg(feature = "axum")]
mod extract;
mod joints;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod key_file;
mod master_key;
pub mod prelude;
mod srp_client;

use std::sync::Arc;

use credential_vending::CredentialVending;
use document_store::DocumentStore;
use identity_federation::IdentityPools;
use identity_kernel::entropy::Entropy;
use identity_kernel::time::Clock;
use userpool_core::UserPools;

pub use builder::{BuildError, Builder, Profile};
pub use cognito_srp as srp;
pub use credential_vending as vending;
pub use document_store as documents;
#[cfg(feature = "axum")]
pub use extract::{Bearer, Unauthorized};
pub use host_adapters as adapters;
pub use iam_policy as policy;
pub use identity_federation as federation;
pub use identity_kernel as kernel;
pub use jwt_tokens as tokens;
pub use jwt_tokens::IssuerForm;
pub use login_providers as logins;
pub use master_key::rotate_master_key;
pub use srp_client::{SrpSignInError, sign_in_by_srp};
#[cfg(feature = "postgres")]
pub use storage_postgres as postgres;
#[cfg(feature = "sqlite")]
pub use storage_sqlite as sqlite;
pub use userpool_core as userpool;

/// Everything, wired: user pools, identity pools, and what vends credentials.
#[derive(Clone)]
pub struct Cenote {
    user_pools: Arc<UserPools>,
    identity_pools: Arc<IdentityPools>,
    vending: Arc<CredentialVending>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    store: Arc<dyn DocumentStore>,
    #[cfg(feature = "aws-protocols")]
    page_token_key: kernel::sealing::MasterKey,
    profile: Profile,
}

impl Cenote {
    /// Begins to build one. With nothing said it keeps everything in memory, under a master key of its own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Who you are.
    pub fn user_pools(&self) -> &Arc<UserPools> {
        &self.user_pools
    }

    /// What you may do.
    pub fn identity_pools(&self) -> &Arc<IdentityPools> {
        &self.identity_pools
    }

    /// Roles, operators' keys, and temporary credentials.
    pub fn vending(&self) -> &Arc<CredentialVending> {
        &self.vending
    }

    /// What time it is here.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Removes everything: pools, users, roles, keys. For tests and for starting over.
    ///
    /// # Errors
    ///
    /// What the storage says.
    pub async fn clear(&self) -> Result<(), documents::StorageError> {
        master_key::clear(self.store.as_ref()).await?;
        self.user_pools.forget_all_keys();
        self.identity_pools.forget_all_keys();
        self.vending.forget_all();
        Ok(())
    }

    /// The AWS wire protocols over these services, to be served or mounted: `POST /` and each pool's `.well-known`.
    #[cfg(feature = "aws-protocols")]
    pub fn aws_router(&self) -> axum::Router {
        cognito_http::router(cognito_http::Parts {
            user_pools: Arc::clone(&self.user_pools),
            identity_pools: Arc::clone(&self.identity_pools),
            vending: Arc::clone(&self.vending),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            page_token_key: self.page_token_key.clone(),
            signature_skew_seconds: self.profile.signature_skew_seconds(),
        })
    }
}

impl std::fmt::Debug for Cenote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cenote").field("profile", &self.profile).finish_non_exhaustive()
    }
}
