//! Roles are assumed, and their sessions decided upon and revoked, over memory storage with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod audit;
mod authority;
mod events;
mod operators;
mod providers;
mod roles;
mod sessions;
mod sweeping;
mod taken;
mod verifiers;
mod world;
