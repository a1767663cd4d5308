//! What a user pool asks of a storage for terms.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::ids::{ClientId, UserPoolId};
use crate::model::terms::{Terms, TermsId, TermsName};

/// Looks terms up.
#[async_trait]
pub trait TermsOfClients: Send + Sync {
    /// The terms of this id.
    async fn get(&self, pool: &UserPoolId, id: &TermsId) -> Result<Option<Versioned<Terms>>, StorageError>;
    /// A client's terms of this name.
    async fn of_client(
        &self,
        pool: &UserPoolId,
        client: &ClientId,
        name: TermsName,
    ) -> Result<Option<Versioned<Terms>>, StorageError>;
    /// A pool's terms by id.
    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Terms>>, StorageError>;
}

/// A change of terms.
#[derive(Clone, Debug)]
pub enum TermsWrite {
    /// Adds terms. `AlreadyExists` if the client has some of this name.
    Insert {
        /// The terms.
        terms: Terms,
    },
    /// Replaces terms. `Conflict` unless they stand as they were read; `AlreadyExists` if the client has others of this name.
    Update {
        /// As they were read.
        before: Versioned<Terms>,
        /// As they are to be.
        after: Terms,
    },
    /// Removes terms. `Conflict` unless they stand as they were read.
    Delete {
        /// As they were read.
        before: Versioned<Terms>,
    },
}
