//! What credential vending asks of a storage backend.

mod audited;
mod managed_policies;
mod saml;

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

pub use audited::{AuditedSessions, AuditedWrite};
pub use managed_policies::{ManagedPolicies, ManagedPolicyWrite};
pub use saml::{SamlProviders, SamlWrite};

use crate::model::{NumberedKey, OidcProvider, OperatorKey, Revocation, Revoked, Role};

/// The records behind one [`CredentialVending`](crate::CredentialVending): one account's.
///
/// # Contract
///
/// - [`commit`](Self::commit) applies every write or none; after `Ok` all of them are durable. A refusal names the write by
///   its place.
/// - A lookup sees every commit that returned `Ok` before the lookup began.
/// - Finding nothing is `Ok(None)` or an empty page. `Err` means that the backend failed.
/// - Pages come in the order that the lookup names. A page's `limit` of 0 is 60. A page's token stays good whatever is added
///   or removed meanwhile.
///
/// `storage_conformance::vending_rules!` holds a backend to each rule. [`DocumentVending`](crate::DocumentVending) is an
/// implementation over any document store.
#[async_trait]
pub trait VendingStorage: Send + Sync {
    /// Roles.
    fn roles(&self) -> &dyn Roles;
    /// Managed policies.
    fn managed_policies(&self) -> &dyn ManagedPolicies;
    /// Outside login providers.
    fn oidc_providers(&self) -> &dyn OidcProviders;
    /// SAML identity providers.
    fn saml_providers(&self) -> &dyn SamlProviders;
    /// Operators' keys.
    fn operators(&self) -> &dyn Operators;
    /// Revocations.
    fn revocations(&self) -> &dyn Revocations;
    /// The vending keys' places in time.
    fn vending_keys(&self) -> &dyn VendingKeyTimes;
    /// What is kept of sessions.
    fn audited(&self) -> &dyn AuditedSessions;
    /// Applies `writes` as one.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError>;
}

/// Looks roles up.
#[async_trait]
pub trait Roles: Send + Sync {
    /// The role of this name, in any case.
    async fn get(&self, name: &str) -> Result<Option<Versioned<Role>>, StorageError>;
    /// Roles by name, without regard to case.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<Role>>, StorageError>;
    /// The roles that a managed policy is attached to or bounds, by name.
    async fn of_policy(&self, arn: &str, page: &PageRequest) -> Result<Page<Versioned<Role>>, StorageError>;
}

/// Looks outside login providers up.
#[async_trait]
pub trait OidcProviders: Send + Sync {
    /// The provider of this ARN.
    async fn get(&self, arn: &str) -> Result<Option<Versioned<OidcProvider>>, StorageError>;
    /// Providers by ARN.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<OidcProvider>>, StorageError>;
}

/// Looks operators' keys up.
#[async_trait]
pub trait Operators: Send + Sync {
    /// The key of this id.
    async fn get(&self, access_key_id: &str) -> Result<Option<Versioned<OperatorKey>>, StorageError>;
    /// Keys by id.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<OperatorKey>>, StorageError>;
}

/// Looks revocations up.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// The last revocation of each of these, as far as there is one, in no order.
    async fn of(&self, what: &[Revoked]) -> Result<Vec<Revocation>, StorageError>;
    /// Every revocation, in no order.
    async fn all(&self) -> Result<Vec<Revocation>, StorageError>;
}

/// Looks the vending keys' places in time up.
#[async_trait]
pub trait VendingKeyTimes: Send + Sync {
    /// All of them; `None` before the first rotation.
    async fn get(&self) -> Result<Option<Versioned<Vec<NumberedKey>>>, StorageError>;
}

/// One change, with the condition under which it holds.
///
/// Exhaustive on purpose: a backend that does not know a new write should not compile.
#[derive(Clone, Debug)]
pub enum Write {
    /// Of a role.
    Role(RoleWrite),
    /// Of a managed policy.
    ManagedPolicy(ManagedPolicyWrite),
    /// Of an outside login provider.
    OidcProvider(OidcProviderWrite),
    /// Of a SAML identity provider, or of what it has sent.
    Saml(SamlWrite),
    /// Of an operator's key.
    Operator(OperatorWrite),
    /// Of a revocation.
    Revocation(RevocationWrite),
    /// Of the vending keys' places in time.
    VendingKeys(VendingKeysWrite),
    /// Of what is kept of a session.
    Audited(AuditedWrite),
}

/// A change of a role.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum RoleWrite {
    /// Adds a role. `AlreadyExists` if the name is taken, in any case.
    Insert {
        /// The role.
        role: Role,
    },
    /// Replaces a role. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<Role>,
        /// As it is to be, of the same name.
        after: Role,
    },
    /// Removes a role. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<Role>,
    },
}

/// A change of an outside login provider.
#[derive(Clone, Debug)]
pub enum OidcProviderWrite {
    /// Adds a provider. `AlreadyExists` if the ARN is taken.
    Insert {
        /// The provider.
        provider: OidcProvider,
    },
    /// Removes a provider. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<OidcProvider>,
    },
}

/// A change of an operator's key.
#[derive(Clone, Debug)]
pub enum OperatorWrite {
    /// Sets a key, in the place of one of the same id.
    Put {
        /// The key.
        key: OperatorKey,
    },
    /// Replaces a key. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<OperatorKey>,
        /// As it is to be.
        after: OperatorKey,
    },
    /// Removes a key. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<OperatorKey>,
    },
}

/// A change of a revocation.
#[derive(Clone, Debug)]
pub enum RevocationWrite {
    /// Revokes, in the place of an earlier revocation of the same.
    Put {
        /// The revocation.
        revocation: Revocation,
    },
    /// Forgets a revocation; nothing happens if there is none.
    Forget {
        /// Of what.
        what: Revoked,
    },
}

/// A change of the vending keys' places in time.
#[derive(Clone, Debug)]
pub enum VendingKeysWrite {
    /// Sets them. `Conflict` unless they stand as they were read; `AlreadyExists` if there were none and are some now.
    Set {
        /// As they were read; `None` if there were none.
        before: Option<Versioned<Vec<NumberedKey>>>,
        /// As they are to be.
        after: Vec<NumberedKey>,
    },
}

macro_rules! from_subject {
    ($($write:ident => $variant:ident),* $(,)?) => {
        $(impl From<$write> for Write {
            fn from(write: $write) -> Self {
                Self::$variant(write)
            }
        })*
    };
}

from_subject! {
    RoleWrite => Role, ManagedPolicyWrite => ManagedPolicy, OidcProviderWrite => OidcProvider, OperatorWrite => Operator, RevocationWrite => Revocation,
    VendingKeysWrite => VendingKeys, SamlWrite => Saml, AuditedWrite => Audited,
}
