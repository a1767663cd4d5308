#![doc = include_str!("../README.md")]

pub mod account_region;
pub mod calendar;
pub mod context;
pub mod entropy;
pub mod ids;
#[cfg(feature = "offload")]
pub mod offload;
#[cfg(feature = "sealing")]
pub mod sealing;
pub mod secret;
#[cfg(feature = "strict-json")]
pub mod strict_json;
pub mod tag_rules;
pub mod time;
