//! Logins become identities, roles and credentials, over memory storage with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod attacks;
mod backends;
mod computing;
mod developers;
mod explanations;
mod linking;
mod order_of_checks;
mod outbound_keys;
mod outside_tokens;
mod principal_tags;
mod races;
mod roles_and_logins;
mod saml;
mod tags;
mod world;
