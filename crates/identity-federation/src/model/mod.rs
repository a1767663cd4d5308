//! Records and rules: no I/O, no clock, no randomness.

pub mod identity;
pub mod ids;
pub(crate) mod linking;
pub mod pool;
pub mod principal_tags;
pub mod role_choice;
pub mod role_mapping;
pub mod role_warning;
