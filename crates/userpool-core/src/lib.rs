//! User pools: who you are.
//!
//! A user pool is an agency that identifies people and issues a visa, a JSON web token. It knows nothing of what a
//! role may do: that is an identity pool's matter (crate `identity-federation`).
//!
//! One service object, [`UserPools`]; each of its methods is one operation. Everything outside the process is a trait:
//! [`UserPoolStorage`] for records, [`ports::PasswordHasher`], [`ports::Messenger`], and the kernel's clock and
//! entropy. The shortest useful program stands in the facade crate `cenote`.

mod directory;
mod documents;
mod error;
pub mod model;
pub mod ops;
pub mod ports;
pub mod reasons;
mod service;
pub mod storage;
mod stored;

pub use documents::DocumentUserPools;
pub use error::{Error, ErrorCode};
pub use jwt_tokens::IssuerForm;
pub use reasons::{Invalid, Kind, Refusal};
pub use service::{Defaults, Parts, UserPools};
pub use storage::UserPoolStorage;
