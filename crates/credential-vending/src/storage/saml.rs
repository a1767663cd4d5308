//! What is asked of a storage backend about SAML identity providers.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::saml::{SamlProvider, UsedAssertion};

/// Looks SAML identity providers up.
#[async_trait]
pub trait SamlProviders: Send + Sync {
    /// The provider of this ARN.
    async fn get(&self, arn: &str) -> Result<Option<Versioned<SamlProvider>>, StorageError>;
    /// Whether an assertion of this provider was used.
    async fn is_used(&self, arn: &str, assertion: &str) -> Result<bool, StorageError>;
    /// Providers by ARN.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<SamlProvider>>, StorageError>;
}

/// A change of a SAML identity provider, or of what it has sent.
#[derive(Clone, Debug)]
pub enum SamlWrite {
    /// Adds a provider. `AlreadyExists` if the ARN is taken.
    Insert {
        /// The provider.
        provider: SamlProvider,
    },
    /// Replaces a provider. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<SamlProvider>,
        /// As it is to be, of the same ARN.
        after: SamlProvider,
    },
    /// Removes a provider. `Conflict` unless it stands as it was read. What says which assertions were used stays.
    Delete {
        /// As it was read.
        before: Versioned<SamlProvider>,
    },
    /// Uses an assertion. `AlreadyExists` if it was used: of two that use it, one wins.
    Use {
        /// Which.
        used: UsedAssertion,
    },
}
