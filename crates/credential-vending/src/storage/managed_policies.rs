//! Managed policies, as a storage keeps them.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::managed_policy::ManagedPolicy;

/// Looks managed policies up.
#[async_trait]
pub trait ManagedPolicies: Send + Sync {
    /// The policies of these names, in any case, as far as there are such, in no order.
    async fn named(&self, names: &[&str]) -> Result<Vec<Versioned<ManagedPolicy>>, StorageError>;
    /// Policies by name, without regard to case.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<ManagedPolicy>>, StorageError>;
}

/// A change of a managed policy.
#[derive(Clone, Debug)]
pub enum ManagedPolicyWrite {
    /// Adds a policy. `AlreadyExists` if the name is taken, in any case.
    Insert {
        /// The policy.
        policy: ManagedPolicy,
    },
    /// Replaces a policy. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<ManagedPolicy>,
        /// As it is to be, of the same name.
        after: ManagedPolicy,
    },
    /// Removes a policy. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<ManagedPolicy>,
    },
}
