//! Cenote's ports on a real machine.
//!
//! - [`CpuPool`] takes other computing off the serving threads, bounded, with shares per source; [`TokioBackground`] runs jobs.
//! - [`Argon2Hasher`] hashes passwords off the serving threads, behind permits that each [`Source`] gets in turn.
//! - [`FileOutbox`] and [`MemoryOutbox`] take messages, where no mail server is.
//! - `HttpClient` (feature `oidc`) is the one way out, by `HttpSettings`: `https` only, the public Internet only, without
//!   redirects; `HttpIssuers` finds login providers' key sets through it.
//! - `S3Gate` (feature `s3s`) makes an S3 server trust vended credentials and roles' policies.

mod accept;
mod background;
mod cpu_pool;
mod fair_queue;
mod hasher;
#[cfg(feature = "oidc")]
mod http_client;
#[cfg(feature = "oidc")]
mod issuers;
mod outbox;
#[cfg(feature = "oidc")]
mod reach;
#[cfg(feature = "s3s")]
mod s3_gate;
mod source;

pub use accept::accept;
pub use background::TokioBackground;
pub use cpu_pool::CpuPool;
pub use hasher::{Argon2Hasher, HashingCost};
#[cfg(feature = "oidc")]
pub use http_client::{HttpClient, HttpSettings};
#[cfg(feature = "oidc")]
pub use issuers::HttpIssuers;
pub use outbox::{FileOutbox, MemoryOutbox, row};
#[cfg(feature = "s3s")]
pub use s3_gate::S3Gate;
pub use source::Source;
