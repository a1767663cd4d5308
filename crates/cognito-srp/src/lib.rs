#![doc = include_str!("../README.md")]

mod client;
mod generator;
mod group;
mod identity;
mod integer;
mod parties;
mod session_key;
mod timestamp;

pub use client::{Challenge, Client, Proof};
pub use identity::Identity;
pub use identity_kernel::time::Timestamp;
pub use parties::{ClientSecret, PublicValue, Salt, ServerSecret, ServerStep, Verifier};
pub use session_key::SessionKey;
pub use timestamp::{parse_timestamp, write_timestamp};

/// Why a value of the other side was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SrpError {
    /// Empty, not hexadecimal, or longer than the group's prime.
    Malformed,
    /// A value that would give the key away: zero modulo the prime, or a scrambling parameter of zero
    /// (RFC 5054 §2.5.4).
    Forbidden,
}

impl std::fmt::Display for SrpError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a value of the group",
            Self::Forbidden => "a forbidden value",
        })
    }
}

impl std::error::Error for SrpError {}
