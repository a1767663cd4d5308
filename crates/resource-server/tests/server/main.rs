//! A resource server judges requests by itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod calls;
mod layer;
mod polled;
mod streams;
mod world;
