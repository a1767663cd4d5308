//! The router, called as a server calls it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod authorization;
mod protocol;
mod world;
