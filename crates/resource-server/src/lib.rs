#![doc = include_str!("../README.md")]

mod access;
#[cfg(feature = "tower")]
mod body;
mod follow;
#[cfg(feature = "tower")]
mod layer;
mod refusal;
mod server;

pub use access::Access;
#[cfg(feature = "tower")]
pub use body::{BodyError, CheckedBody};
pub use credential_vending::{CredentialError, RolePolicies, SessionStamp, SessionVerifier, VendingKey};
pub use follow::Missed;
pub use iam_policy::{Decision, Reason};
pub use identity_kernel::time::{Clock, SystemClock, Timestamp};
#[cfg(feature = "tower")]
pub use layer::{Guarded, SignedRequests};
pub use refusal::{Denial, Refusal};
pub use server::{Admitted, Caller, ResourceServer};
pub use sigv4_verify::{Body, HttpRequest, Payload, Rules, Scope, SignatureError};
