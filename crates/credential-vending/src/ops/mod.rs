//! One method of [`CredentialVending`](crate::CredentialVending) for each operation, in files by subject.

pub mod assume;
pub mod operators;
pub mod providers;
pub mod roles;
