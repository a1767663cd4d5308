//! What a user pool asks of a storage for outside providers.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::identity_provider::{IdentityProvider, ProviderIdentifier, ProviderName};
use crate::model::ids::UserPoolId;

/// Looks outside providers up.
#[async_trait]
pub trait IdentityProviders: Send + Sync {
    /// The provider of this name.
    async fn get(
        &self,
        pool: &UserPoolId,
        name: &ProviderName,
    ) -> Result<Option<Versioned<IdentityProvider>>, StorageError>;
    /// The provider to which this identifier leads, in whatever case.
    async fn identified(
        &self,
        pool: &UserPoolId,
        identifier: &ProviderIdentifier,
    ) -> Result<Option<Versioned<IdentityProvider>>, StorageError>;
    /// The providers of these names that are there, in no order. One read.
    async fn get_many(
        &self,
        pool: &UserPoolId,
        names: &[&ProviderName],
    ) -> Result<Vec<Versioned<IdentityProvider>>, StorageError>;
    /// A pool's providers by name.
    async fn list(
        &self,
        pool: &UserPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<IdentityProvider>>, StorageError>;
}

/// A change of an outside provider.
#[derive(Clone, Debug)]
pub enum IdentityProviderWrite {
    /// Adds a provider. `AlreadyExists` if the pool has one of this name, or one of the identifiers leads to another.
    Insert {
        /// The provider.
        provider: IdentityProvider,
    },
    /// Replaces a provider. `Conflict` unless it stands as it was read; `AlreadyExists` if one of the identifiers leads to
    /// another.
    Update {
        /// As it was read.
        before: Versioned<IdentityProvider>,
        /// As it is to be.
        after: IdentityProvider,
    },
    /// Removes a provider. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<IdentityProvider>,
    },
}
