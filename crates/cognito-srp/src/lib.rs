//! SRP-6a as Amazon Cognito speaks it: sign in without ever sending the password.
//!
//! The group is the 3072-bit MODP prime of RFC 3526 §5 with g = 2 and SHA-256; integers are hashed in their shortest
//! two's-complement form, which is what differs from RFC 5054. Exponentiations with secret exponents and the
//! comparison of signatures take constant time.
//!
//! Both sides of one sign-in:
//!
//! ```
//! use cognito_srp::{Challenge, Client, Identity, PublicValue, Salt, ServerSecret, Timestamp, Verifier};
//!
//! # fn main() -> Result<(), cognito_srp::SrpError> {
//! let ada = Identity { pool_name: "Ab3dEf9hJ", user_id: "ada" };
//! let salt = Salt::new([7; 16]);
//! let verifier = Verifier::compute(&ada, "correct horse", &salt); // the server stores it, sealed
//!
//! let client = Client::new("eu-west-1_Ab3dEf9hJ", [3; 128])?; // 128 fresh random bytes
//! let srp_a = client.srp_a(); // for InitiateAuth
//! let step = ServerSecret::new([5; 32]).respond(&verifier, &PublicValue::from_hex(&srp_a)?)?; // the server has A
//!
//! let challenge = Challenge {
//!     user_id_for_srp: "ada",
//!     salt: &salt.to_hex(),
//!     srp_b: &step.public.to_hex(),
//!     secret_block: "c2VjcmV0IGJsb2Nr",
//! };
//! let proof = client.prove(&challenge, "correct horse", Timestamp::from_epoch_seconds(1_793_696_707))?;
//! assert_eq!(proof.timestamp, "Tue Nov 3 09:05:07 UTC 2026"); // for RespondToAuthChallenge
//!
//! assert!(step.key.accepts(&proof.signature, &ada, b"secret block", &proof.timestamp));
//! # Ok(())
//! # }
//! ```
//!
//! [`ClientSecret`] and [`SessionKey`] are the same in smaller steps.

mod client;
mod group;
mod integer;
mod parties;
mod session_key;
mod timestamp;

pub use client::{Challenge, Client, Proof};
pub use identity_kernel::time::Timestamp;
pub use parties::{ClientSecret, Identity, PublicValue, Salt, ServerSecret, ServerStep, Verifier};
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
