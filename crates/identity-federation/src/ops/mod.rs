//! One method of [`IdentityPools`](crate::IdentityPools) for each operation, in files by subject.

pub mod credentials;
pub mod identities;
pub mod logins;
pub mod pools;
mod role_warnings;
pub mod web_identity;
