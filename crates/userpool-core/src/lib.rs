#![doc = include_str!("../README.md")]

mod directory;
mod documents;
mod error;
pub mod model;
pub mod ops;
mod parts;
pub mod ports;
pub mod reasons;
mod recorded;
mod service;
pub mod storage;
mod stored;
mod turns;
mod under_way;

pub use documents::DocumentUserPools;
pub use error::{Error, ErrorCode};
pub use jwt_tokens::IssuerForm;
pub use parts::{Defaults, Parts};
pub use reasons::{Invalid, Kind, Precondition, Refusal, Trigger};
pub use service::UserPools;
pub use storage::UserPoolStorage;
