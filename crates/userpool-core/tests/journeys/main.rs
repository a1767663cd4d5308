//! Users sign up, sign in and out, over memory storage with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod addresses;
mod around;
mod challenges;
mod client_secrets;
mod clocks;
mod code_budget;
mod custom_auth;
mod deletions;
mod devices;
mod directory;
mod ensure;
mod existence;
mod gate;
mod hooks;
mod imports;
mod invalidation;
mod list_users;
mod messages;
mod names;
mod own_account;
mod passkeys;
mod passwords;
mod protection;
mod recovery;
mod refresh;
mod round_trips;
mod session_tracking;
mod sessions;
mod sign_in;
mod sign_up;
mod srp;
mod tags;
mod world;
mod writable;
