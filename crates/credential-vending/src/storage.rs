use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};

use crate::model::{NumberedKey, OidcProvider, OperatorKey, Revocation, Revoked, Role};

/// The records behind one [`CredentialVending`](crate::CredentialVending).
///
/// # Contract
///
/// As of every storage trait here: a commit applies every write or none and is durable after `Ok`; a lookup sees every
/// commit that returned `Ok` before it began; finding nothing is `Ok(None)`.
#[async_trait]
pub trait VendingStorage: Send + Sync {
    /// The role of this name, in any case.
    async fn role(&self, name: &str) -> Result<Option<Versioned<Role>>, StorageError>;
    /// Roles by name.
    async fn roles(&self, page: &PageRequest) -> Result<Page<Versioned<Role>>, StorageError>;
    /// The provider of this ARN.
    async fn oidc_provider(&self, arn: &str) -> Result<Option<Versioned<OidcProvider>>, StorageError>;
    /// Providers by ARN.
    async fn oidc_providers(&self, page: &PageRequest) -> Result<Page<Versioned<OidcProvider>>, StorageError>;
    /// The operator's key of this id.
    async fn operator_key(&self, access_key_id: &str) -> Result<Option<Versioned<OperatorKey>>, StorageError>;
    /// Operators' keys by id.
    async fn operator_keys(&self, page: &PageRequest) -> Result<Page<Versioned<OperatorKey>>, StorageError>;
    /// Whether there is any operator's key.
    async fn has_operator_keys(&self) -> Result<bool, StorageError>;
    /// The last revocation of this.
    async fn revocation(&self, what: &Revoked) -> Result<Option<Revocation>, StorageError>;
    /// Every revocation, in no order.
    async fn revocations(&self) -> Result<Vec<Revocation>, StorageError>;
    /// The vending keys' places in time; none before the first rotation.
    async fn vending_keys(&self) -> Result<Option<Versioned<Vec<NumberedKey>>>, StorageError>;
    /// Applies `writes` as one.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError>;
}

/// One change, with the condition under which it holds.
#[derive(Clone, Debug)]
pub enum Write {
    /// Adds a role. `AlreadyExists` if the name is taken.
    InsertRole(Role),
    /// Replaces a role. `Conflict` unless the stored version is this one.
    UpdateRole(u64, Role),
    /// Removes a role. `Conflict` unless the stored version is this one.
    DeleteRole(u64, String),
    /// Adds a provider. `AlreadyExists` if the ARN is taken.
    InsertOidcProvider(OidcProvider),
    /// Removes a provider. `Conflict` unless the stored version is this one.
    DeleteOidcProvider(u64, String),
    /// Sets an operator's key, in the place of one of the same id.
    PutOperatorKey(OperatorKey),
    /// Removes an operator's key.
    RemoveOperatorKey(String),
    /// Revokes, in the place of an earlier revocation of the same.
    Revoke(Revocation),
    /// Forgets a revocation.
    ForgetRevocation(Revoked),
    /// Sets the vending keys' places in time, that were at this version (`None`: there were none).
    SetVendingKeys(Option<u64>, Vec<NumberedKey>),
}
