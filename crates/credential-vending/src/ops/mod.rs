//! One method of [`CredentialVending`](crate::CredentialVending) for each operation, in files by subject.

pub mod assume;
pub mod assume_by_keys;
pub mod assume_with_saml;
mod attachments;
pub mod audit;
pub mod authorization_messages;
mod entities;
pub mod explain_trust;
pub mod managed_policies;
pub mod operator_sessions;
pub mod operators;
pub mod providers;
mod revocations;
pub mod roles;
pub mod saml_logins;
pub mod saml_providers;
pub mod scoped_credentials;
mod session_policies;
mod vending_keys;
