//! What an authenticator states of itself (WebAuthn §6.5).

use crate::cbor::{Map, Value};
use crate::public_key::PublicKey;
use crate::refused::Refused;

/// What an authenticator stated of itself at registration, and what that is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Attestation {
    /// Nothing (`none`).
    None,
    /// Signed with the new credential's own key (`packed` without certificates), and rightly so: the authenticator has it.
    Own,
    /// Signed by a maker of authenticators, or in a form that is not known here. It was read and not looked at further:
    /// nothing is trusted for it, and nothing refused.
    Ignored,
}

impl Attestation {
    /// Judges a statement over `signed`, the authenticator data and the hash of the client data.
    pub(crate) fn judge(format: &str, statement: &Map, key: &PublicKey, signed: &[u8]) -> Result<Self, Refused> {
        match format {
            "none" if statement.is_empty() => Ok(Self::None),
            "none" => Err(Refused::Attestation),
            "packed" if statement.named("x5c").is_none() => own(statement, key, signed),
            _ => Ok(Self::Ignored),
        }
    }
}

fn own(statement: &Map, key: &PublicKey, signed: &[u8]) -> Result<Attestation, Refused> {
    let same = statement.named("alg") == Some(&Value::Integer(key.algorithm().number()));
    match statement.named("sig") {
        Some(Value::Bytes(signature)) if same && key.verifies(signed, signature) => Ok(Attestation::Own),
        _ => Err(Refused::Attestation),
    }
}
