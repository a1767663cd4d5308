//! Roles, trust, and temporary credentials.
//!
//! The mechanism under identity pools: a role says what may be done and whom it trusts; assuming it vends an access key
//! id, a secret and a session token. Whoever holds the [`VendingKey`] opens the session token and derives the secret
//! without a database; nothing of either is stored. [`SessionVerifier`] does so for a resource server, with a signed
//! [`RevocationList`] that it polls. [`CredentialVending`] adds what needs a database: roles, operators' keys, the rotation
//! of vending keys, and revocation.
//!
//! ```
//! use credential_vending::{MasterKey, NewSession, SessionStamp, SystemEntropy, Timestamp, VendingKey};
//!
//! # fn main() -> Result<(), credential_vending::CredentialError> {
//! let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
//! let now = Timestamp::from_epoch_seconds(1_700_000_000);
//! let session = SessionStamp::new(NewSession {
//!     role_arn: "arn:aws:iam::123456789012:role/app",
//!     role_id: "AROAEXAMPLE",
//!     session_name: "s1",
//!     issued_at: now,
//!     seconds: 3600,
//! });
//! let vended = key.vend(&SystemEntropy::new(), &session)?;
//!
//! // Anywhere else, with the same key:
//! let opened = key.open(&vended.access_key_id, vended.session_token.expose(), now)?;
//! assert_eq!(opened.role_arn, "arn:aws:iam::123456789012:role/app");
//! assert_eq!(key.secret_of(&vended.access_key_id).expose(), vended.secret.expose());
//! # Ok(())
//! # }
//! ```

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
mod storage;
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
