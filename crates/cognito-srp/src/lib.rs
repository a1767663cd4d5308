//! SRP-6a as Amazon Cognito speaks it: sign in without ever sending the password.
//!
//! The group is the 3072-bit MODP prime of RFC 3526 §5 with g = 2 and SHA-256; integers are hashed in their shortest
//! two's-complement form, which is what differs from RFC 5054. Exponentiations with secret exponents and the
//! comparison of signatures take constant time.
//!
//! Both sides of one sign-in:
//!
//! ```
//! use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, ServerSecret, Verifier};
//!
//! # fn main() -> Result<(), cognito_srp::SrpError> {
//! let ada = Identity { pool_name: "Ab3dEf9hJ", user_id: "ada" };
//! let salt = Salt::new([7; 16]);
//! let verifier = Verifier::compute(&ada, "correct horse", &salt); // stored, sealed
//!
//! let client = ClientSecret::new([3; 128]);
//! let step = ServerSecret::new([5; 32]).respond(&verifier, &client.public_value())?; // server has A
//!
//! let server_public = PublicValue::from_hex(&step.public.to_hex())?; // client has B and the salt
//! let key = client.session_key(&ada, "correct horse", &salt, &server_public)?;
//! let signature = key.sign(&ada, b"secret block", "Tue Nov 3 09:05:07 UTC 2026");
//!
//! assert!(step.key.accepts(&signature, &ada, b"secret block", "Tue Nov 3 09:05:07 UTC 2026"));
//! # Ok(())
//! # }
//! ```

mod group;
mod integer;
mod parties;
mod session_key;
mod timestamp;

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
