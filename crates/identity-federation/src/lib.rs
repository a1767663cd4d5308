//! Identity pools: what you may do.
//!
//! An identity pool is border control: it reads a visa from any agency it recognises (a user pool is just one of them),
//! maps it to a role by rules that can be explained, and hands out a temporary, limited permit. It does not know who
//! keeps the users: what joins it to a user pool (crate `userpool-core`) is a token and a key set, as with any provider.
//!
//! One service object, [`IdentityPools`]; each of its methods is one operation.

mod documents;
mod error;
pub mod model;
pub mod ops;
pub mod ports;
mod reasons;
mod role_trace;
mod service;
pub mod storage;
mod stored;

pub use documents::DocumentFederation;
pub use error::{Error, ErrorCode};
pub use jwt_tokens::IssuerForm;
pub use reasons::{Fault, Invalid, Kind, LoginConflict, Refusal, WebTokenProblem};
pub use role_trace::TraceStep;
pub use service::{Defaults, IdentityPools, Parts};
pub use storage::{FederationStorage, Write};
