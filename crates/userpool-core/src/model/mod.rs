//! Records and rules: no I/O, no clock, no randomness.

pub mod attempts;
pub mod attributes;
pub mod ceremony;
pub mod challenge;
pub mod cleanup;
pub mod client;
pub mod code;
pub mod code_budget;
pub mod custom;
pub mod delivery;
pub mod factors;
pub mod filter;
pub mod gate;
pub mod group;
pub mod ids;
pub mod limits;
pub mod network;
pub mod password;
pub mod pool;
pub mod rate;
pub mod recovery;
pub mod risk;
pub mod session;
pub mod sign_in_history;
pub mod triggers;
pub mod user;
