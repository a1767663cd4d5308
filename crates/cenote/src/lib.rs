#![doc = include_str!("../README.md")]

#[cfg(all(feature = "identity-pools", feature = "user-pools"))]
pub mod bridge;
mod build_error;
mod builder;
#[cfg(feature = "user-pools")]
mod ensure;
#[cfg(feature = "axum")]
pub mod guard;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub mod key_file;
mod master_key;
pub mod prelude;
#[cfg(feature = "user-pools")]
mod srp_client;
mod wiring;

use std::sync::Arc;

#[cfg(feature = "identity-pools")]
use credential_vending::CredentialVending;
#[cfg(feature = "test-kit")]
use document_store::DocumentStore;
#[cfg(feature = "identity-pools")]
use identity_federation::IdentityPools;
use identity_kernel::entropy::Entropy;
use identity_kernel::time::Clock;
#[cfg(feature = "user-pools")]
use userpool_core::UserPools;

pub use build_error::BuildError;
pub use builder::{Builder, Profile};
#[cfg(feature = "aws-protocols")]
pub use cognito_http as aws;
#[cfg(feature = "user-pools")]
pub use cognito_srp as srp;
#[cfg(feature = "identity-pools")]
pub use credential_vending as vending;
pub use document_store as documents;
#[cfg(feature = "axum")]
pub use guard::{Bearer, Guard};
#[cfg(any(feature = "oidc", feature = "s3s", feature = "user-pools"))]
pub use host_adapters as adapters;
#[cfg(feature = "identity-pools")]
pub use iam_policy as policy;
#[cfg(feature = "identity-pools")]
pub use identity_federation as federation;
pub use identity_kernel as kernel;
pub use jwt_tokens as tokens;
pub use jwt_tokens::IssuerForm;
#[cfg(feature = "identity-pools")]
pub use login_providers as logins;
pub use master_key::rotate_master_key;
#[cfg(feature = "oauth")]
pub use oauth_server as oauth;
#[cfg(feature = "user-pools")]
pub use srp_client::{SrpSignInError, sign_in_by_srp};
pub use storage_memory as memory;
#[cfg(feature = "postgres")]
pub use storage_postgres as postgres;
#[cfg(feature = "sqlite")]
pub use storage_sqlite as sqlite;
#[cfg(feature = "user-pools")]
pub use userpool_core as userpool;

/// Everything, wired: user pools, identity pools, and what vends credentials.
#[derive(Clone)]
pub struct Cenote {
    #[cfg(feature = "user-pools")]
    user_pools: Arc<UserPools>,
    #[cfg(feature = "identity-pools")]
    identity_pools: Arc<IdentityPools>,
    #[cfg(feature = "identity-pools")]
    vending: Arc<CredentialVending>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    #[cfg(feature = "test-kit")]
    store: Arc<dyn DocumentStore>,
    #[cfg(feature = "aws-protocols")]
    page_token_key: kernel::sealing::MasterKey,
    profile: Profile,
}

impl Cenote {
    /// Begins to build one. Where its state lives must be said.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Begins to build one that keeps everything in memory: for tests, and for trying things out. Everything is lost with
    /// the process, its master key too.
    pub fn in_memory() -> Builder {
        Builder::in_memory()
    }

    /// Who you are.
    #[cfg(feature = "user-pools")]
    pub fn user_pools(&self) -> &Arc<UserPools> {
        &self.user_pools
    }

    /// What you may do.
    #[cfg(feature = "identity-pools")]
    pub fn identity_pools(&self) -> &Arc<IdentityPools> {
        &self.identity_pools
    }

    /// Roles, operators' keys, and temporary credentials.
    #[cfg(feature = "identity-pools")]
    pub fn vending(&self) -> &Arc<CredentialVending> {
        &self.vending
    }

    /// What time it is here.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Where randomness comes from here.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// Removes everything: pools, users, roles, keys. For tests and for starting over.
    ///
    /// # Errors
    ///
    /// What the storage says.
    #[cfg(feature = "test-kit")]
    pub async fn clear(&self) -> Result<(), documents::StorageError> {
        master_key::clear(self.store.as_ref()).await?;
        #[cfg(feature = "user-pools")]
        self.user_pools.forget_all_keys();
        #[cfg(feature = "identity-pools")]
        {
            self.identity_pools.forget_all_keys();
            self.vending.forget_all();
        }
        Ok(())
    }

    /// The AWS wire protocols over these services, to be served or mounted: `POST /` and each pool's `.well-known`.
    #[cfg(feature = "aws-protocols")]
    pub fn aws_router(&self) -> axum::Router {
        self.aws_router_with(aws::Options::default())
    }

    /// The same with what the operator chooses: which web pages may call, and whether signed calls may be repeated.
    #[cfg(feature = "aws-protocols")]
    pub fn aws_router_with(&self, options: aws::Options) -> axum::Router {
        cognito_http::router(cognito_http::Parts {
            user_pools: Arc::clone(&self.user_pools),
            identity_pools: Arc::clone(&self.identity_pools),
            vending: Arc::clone(&self.vending),
            clock: Arc::clone(&self.clock),
            entropy: Arc::clone(&self.entropy),
            page_token_key: self.page_token_key.clone(),
            options,
            signature_skew_seconds: self.profile.signature_skew_seconds(),
        })
    }
}

#[cfg(feature = "oauth")]
impl Cenote {
    /// The OAuth endpoints and pages of user pools, to be merged with [`aws_router`](Self::aws_router) or mounted alone at the
    /// root of the URL under which they are reached: the one of [`Builder::oauth_base`].
    ///
    /// `outside` is the way to outside providers, through which users sign in; without it nobody does.
    pub fn oauth_router(
        &self,
        public_url: &str,
        outside: Option<Arc<dyn login_providers::http::HttpPort>>,
    ) -> axum::Router {
        oauth_server::router(oauth_server::Parts {
            user_pools: Arc::clone(&self.user_pools),
            entropy: Arc::clone(&self.entropy),
            public_url: public_url.trim_end_matches('/').to_owned(),
            outside: outside.map(|http| oauth_server::Outside::new(http, Arc::clone(&self.clock))),
        })
    }

    /// What `app` serves below a pool's id, under that pool's domains too.
    pub fn by_host(&self, app: axum::Router, public_url: &str) -> axum::Router {
        oauth_server::by_host(app, oauth_server::Hosts::of(Arc::clone(&self.user_pools), public_url))
    }
}

impl std::fmt::Debug for Cenote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cenote").field("profile", &self.profile).finish_non_exhaustive()
    }
}
