//! One method of [`CredentialVending`](crate::CredentialVending) for each operation, in files by subject.

pub mod assume;
pub mod assume_by_keys;
pub mod assume_with_saml;
pub mod audit;
pub mod authorization_messages;
pub mod explain_trust;
pub mod operator_sessions;
pub mod operators;
pub mod providers;
mod revocations;
pub mod roles;
pub mod saml_logins;
pub mod saml_providers;
pub mod scoped_credentials;
mod vending_keys;
