//! One method of [`IdentityPools`](crate::IdentityPools) for each operation, in files by subject.

pub mod credentials;
pub mod identities;
pub mod logins;
pub mod pools;
pub mod web_identity;
