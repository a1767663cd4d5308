//! Cenote's ports on a real machine.
//!
//! - [`Argon2Hasher`] hashes passwords off the serving threads, behind permits.
//! - [`FileOutbox`] and [`MemoryOutbox`] take messages, where no mail server is.
//! - `HttpIssuers` (feature `oidc`) fetches login providers' key sets over HTTPS.
//! - `S3Gate` (feature `s3s`) makes an S3 server trust vended credentials and roles' policies.

mod hasher;
#[cfg(feature = "oidc")]
mod issuers;
mod outbox;
#[cfg(feature = "s3s")]
mod s3_gate;

pub use hasher::{Argon2Hasher, HashingCost};
#[cfg(feature = "oidc")]
pub use issuers::HttpIssuers;
pub use outbox::{FileOutbox, MemoryOutbox, row};
#[cfg(feature = "s3s")]
pub use s3_gate::S3Gate;
