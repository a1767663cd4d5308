#![doc = include_str!("../README.md")]

mod canonical;
mod chunks;
mod claim;
mod error;
mod headers;
mod payload;
mod request;
mod rules;
mod signature;
mod signer;
mod signing;
mod time;
mod trailers;
mod waiting;

pub use chunks::{ChunkedBody, LARGEST_CHUNK};
pub use claim::read;
pub use error::SignatureError;
pub use identity_kernel::time::Timestamp;
pub use payload::Payload;
pub use request::{Body, HttpRequest};
pub use rules::{Rules, Scope};
pub use signature::Signature;
pub use signer::Signer;
