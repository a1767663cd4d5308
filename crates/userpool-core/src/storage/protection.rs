//! What is kept to protect accounts: histories of sign-ins, and the rates of requests.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;

use crate::model::ids::{Subject, UserPoolId};
use crate::model::limits::ProvisionedRates;
use crate::model::sign_in_history::SignInHistory;
use crate::storage::Write;

/// Looks up what is kept to protect accounts.
#[async_trait]
pub trait Protections: Send + Sync {
    /// What is kept of a user's sign-ins; `None` if nothing is.
    async fn history(&self, pool: &UserPoolId, sub: &Subject)
    -> Result<Option<Versioned<SignInHistory>>, StorageError>;
    /// The rates of requests that an operator has set; `None` if none was. They are of no pool.
    async fn rates(&self) -> Result<Option<Versioned<ProvisionedRates>>, StorageError>;
}

/// A change of what is kept to protect accounts.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum ProtectionWrite {
    /// Sets what is kept of a user's sign-ins. `Conflict` or `AlreadyExists` if it was set by somebody else meanwhile.
    SetHistory {
        /// The user's pool.
        pool: UserPoolId,
        /// The user.
        sub: Subject,
        /// As it was read; `None` if nothing was kept.
        before: Option<Versioned<SignInHistory>>,
        /// As it is to be.
        after: SignInHistory,
    },
    /// Forgets what is kept of a user's sign-ins; nothing happens if nothing is.
    ForgetHistory {
        /// The user's pool.
        pool: UserPoolId,
        /// The user.
        sub: Subject,
    },
    /// Sets the rates of requests. It stands alone in its commit. `Conflict` or `AlreadyExists` if they were set by somebody
    /// else meanwhile.
    SetRates {
        /// As they were read; `None` if none were set.
        before: Option<Versioned<ProvisionedRates>>,
        /// As they are to be.
        after: ProvisionedRates,
    },
}

impl From<ProtectionWrite> for Write {
    fn from(write: ProtectionWrite) -> Self {
        Self::Protection(write)
    }
}
