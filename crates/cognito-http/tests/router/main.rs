//! The router, called as a server calls it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod address_guard;
mod authorization;
mod authorization_messages;
mod browsers;
mod constraints;
mod context;
mod developers;
mod devices;
mod identity_providers;
mod imports;
mod journey;
mod limits;
mod links;
mod outbound;
mod protocol;
mod scoped_credentials;
mod secrets_and_tags;
mod sessions;
mod settings;
mod shapes;
mod updates;
mod world;
