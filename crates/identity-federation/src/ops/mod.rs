//! One method of [`IdentityPools`](crate::IdentityPools) for each operation, in files by subject.

pub mod credentials;
pub mod developer;
pub mod explain;
pub mod identities;
mod linking;
pub mod logins;
mod open_id_tokens;
mod origin;
pub mod outbound;
mod outside_tokens;
mod own_tokens;
pub mod pools;
pub mod principal_tags;
mod role_warnings;
mod saml_logins;
mod tags;
mod unlinking;
pub mod web_identity;
