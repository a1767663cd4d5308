//! Roles are assumed, and their sessions decided upon and revoked, over memory storage with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod audit;
mod authority;
mod chaining;
mod events;
mod managed_policies;
mod operators;
mod providers;
mod restored;
mod roles;
mod saml;
mod scoped;
mod session_policies;
mod sessions;
mod sweeping;
mod tag_keys;
mod taken;
mod told;
mod trails;
mod verifiers;
mod world;
