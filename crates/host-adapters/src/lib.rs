//! Cenote's ports on a real machine.
//!
//! - [`Argon2Hasher`] hashes passwords off the serving threads, behind permits.
//! - [`FileOutbox`] and [`MemoryOutbox`] take messages, where no mail server is.
//! - `HttpsFetch` (feature `oidc`) fetches documents over HTTPS, with suspicion; `HttpIssuers` finds login providers' key
//!   sets with it.
//! - `S3Gate` (feature `s3s`) makes an S3 server trust vended credentials and roles' policies.

#[cfg(feature = "oidc")]
mod fetch;
mod hasher;
#[cfg(feature = "oidc")]
mod issuers;
mod outbox;
#[cfg(feature = "s3s")]
mod s3_gate;

#[cfg(feature = "oidc")]
pub use fetch::HttpsFetch;
pub use hasher::{Argon2Hasher, HashingCost};
#[cfg(feature = "oidc")]
pub use issuers::HttpIssuers;
pub use outbox::{FileOutbox, MemoryOutbox, row};
#[cfg(feature = "s3s")]
pub use s3_gate::S3Gate;
