#![doc = include_str!("../README.md")]

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
