//! One method of [`UserPools`](crate::UserPools) for each operation, in files by subject.

pub mod account;
pub mod attributes;
pub mod clients;
mod codes;
pub mod ensure;
pub mod groups;
pub mod invalidation;
pub mod list_users;
mod messages;
mod passwords;
pub mod pools;
pub mod sign_in;
pub mod sign_up;
pub mod srp;
pub mod tokens;
pub mod users;
pub mod verification;
