#![doc = include_str!("../README.md")]

mod audit_chain;
mod callers;
mod compiled;
mod documents;
mod error;
pub mod model;
pub mod ops;
mod revocation_list;
mod sealed_session;
mod service;
mod session;
mod session_verifier;
pub mod storage;
mod stored;
mod trust;
mod vending_key;
mod vending_keys;

pub use audit_chain::{AuditChain, LoginRecord, RoleReason};
pub use callers::Caller;
pub use compiled::RolePolicies;
pub use documents::DocumentVending;
pub use error::{CredentialError, Error};
pub use identity_kernel::entropy::{Entropy, SystemEntropy};
pub use identity_kernel::sealing::MasterKey;
pub use identity_kernel::secret::SecretString;
pub use identity_kernel::time::{Clock, SystemClock, Timestamp};
pub use model::{Revocation, Revoked};
pub use revocation_list::RevocationList;
pub use service::{CredentialVending, Parts};
pub use session::{IdentityStamp, NewSession, SessionStamp};
pub use session_verifier::SessionVerifier;
pub use storage::{VendingStorage, Write};
pub use vending_key::{Credentials, VendingKey};
