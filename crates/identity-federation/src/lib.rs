#![doc = include_str!("../README.md")]

mod documents;
mod error;
pub mod model;
pub mod ops;
mod parts;
pub mod ports;
mod reasons;
mod role_trace;
mod service;
pub mod storage;
mod stored;

pub use documents::DocumentFederation;
pub use error::{Error, ErrorCode};
pub use jwt_tokens::IssuerForm;
pub use parts::{Defaults, Parts};
pub use reasons::{Fault, Invalid, Kind, LoginConflict, OutboundProblem, Refusal, WebTokenProblem};
pub use role_trace::TraceStep;
pub use service::IdentityPools;
pub use storage::{FederationStorage, Write};
