//! Second factors: what is asked of a backend, and what a commit does.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;

use crate::model::factors::SecondFactors;
use crate::model::ids::{Subject, UserPoolId};

/// Looks second factors up.
#[async_trait]
pub trait Factors: Send + Sync {
    /// A user's second factors; `None` for a user who never had any.
    async fn second(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<SecondFactors>>, StorageError>;
}

impl FactorWrite {
    /// The user's pool.
    pub(crate) fn pool(&self) -> &UserPoolId {
        match self {
            Self::SetSecond { pool, .. } | Self::RemoveSecond { pool, .. } | Self::DeleteSecond { pool, .. } => pool,
        }
    }
}

/// A change of a user's second factors.
#[derive(Clone, Debug)]
pub enum FactorWrite {
    /// Sets a user's second factors. `Conflict` or `AlreadyExists` unless they stand as they were read: of two that take a code
    /// of an authenticator app, one wins.
    SetSecond {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that they belong to.
        sub: Subject,
        /// As they were read; `None` if there were none.
        before: Option<Versioned<SecondFactors>>,
        /// As they are to be.
        after: SecondFactors,
    },
    /// Removes a user's second factors. `Conflict` unless they stand as they were read.
    RemoveSecond {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that they belong to.
        sub: Subject,
        /// As they were read.
        before: Versioned<SecondFactors>,
    },
    /// Removes a user's second factors; nothing happens if there are none.
    DeleteSecond {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that they belong to.
        sub: Subject,
    },
}
