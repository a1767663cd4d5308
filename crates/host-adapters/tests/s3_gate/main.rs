//! The gate for S3 servers: who is let in, what each request needs, and what the body is held to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod actions;
mod bodies;
mod callers;
mod conditions;
mod outage;
mod served;
mod world;
