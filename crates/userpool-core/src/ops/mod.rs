//! One method of [`UserPools`](crate::UserPools) for each operation, in files by subject.

pub mod account;
mod attempts;
pub mod attributes;
mod case;
mod ceremonies;
mod cleanups;
pub mod clients;
mod codes;
mod count;
pub mod ensure;
mod gate;
pub mod groups;
pub mod invalidation;
pub mod list_users;
pub mod maintenance;
mod messages;
mod new_password;
mod passwords;
pub mod pools;
mod refresh_token;
pub mod sign_in;
pub mod sign_up;
pub mod srp;
pub mod tokens;
pub mod users;
pub mod verification;
