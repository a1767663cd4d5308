//! Why a registration or an assertion was refused.

use std::fmt;

/// Which part of a response could not be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Malformed {
    /// The JSON that the page sends.
    Response,
    /// `clientDataJSON`.
    ClientData,
    /// `attestationObject`.
    AttestationObject,
    /// The authenticator data.
    AuthenticatorData,
    /// The credential's public key: not a key, or not a point of its curve.
    PublicKey,
    /// The credential's id: empty, or longer than 1,023 bytes.
    CredentialId,
}

/// Why a registration or an assertion was refused. The numbers are the steps of WebAuthn Level 3, sections 7.1 and 7.2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// A part could not be read, or breaks the rules of its form.
    Malformed(Malformed),
    /// The client data are of the other ceremony (7.1 step 7, 7.2 step 10).
    Type,
    /// The challenge is another (7.1 step 8, 7.2 step 11).
    Challenge,
    /// The page's origin is none of those expected (7.1 step 9, 7.2 step 12).
    Origin,
    /// The page stood in a frame of another origin that is not expected (7.1 steps 10 and 11).
    CrossOrigin,
    /// The authenticator answered for another relying party (7.1 step 14, 7.2 step 15).
    RelyingParty,
    /// Nobody was present (7.1 step 15, 7.2 step 16).
    UserPresence,
    /// The authenticator has not verified the user, and must (7.1 step 16, 7.2 step 17).
    UserVerification,
    /// Backed up, but not eligible for it; or its eligibility has changed (7.1 step 17, 7.2 step 18).
    BackupFlags,
    /// A key of an algorithm that was not offered, by its COSE number (7.1 step 20).
    Algorithm(i64),
    /// The authenticator's statement about itself is wrong (7.1 step 22).
    Attestation,
    /// Another credential than the one it is judged by (7.2 step 6).
    Credential,
    /// The authenticator names another owner of the credential (7.2 step 6).
    UserHandle,
    /// The signature is not the credential's (7.2 step 21).
    Signature,
    /// The signature counter has not gone up: the key may be in two hands (7.2 step 22).
    Counter,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed(Malformed::Response) => "the response cannot be read",
            Self::Malformed(Malformed::ClientData) => "the client data cannot be read",
            Self::Malformed(Malformed::AttestationObject) => "the attestation object cannot be read",
            Self::Malformed(Malformed::AuthenticatorData) => "the authenticator data cannot be read",
            Self::Malformed(Malformed::PublicKey) => "the public key cannot be read",
            Self::Malformed(Malformed::CredentialId) => "the credential id is empty or too long",
            Self::Type => "the response is of another ceremony",
            Self::Challenge => "the challenge is another",
            Self::Origin => "the origin is not allowed",
            Self::CrossOrigin => "the page stood in a frame of another origin",
            Self::RelyingParty => "the relying party is another",
            Self::UserPresence => "nobody was present",
            Self::UserVerification => "the user was not verified",
            Self::BackupFlags => "the backup flags contradict each other or what was registered",
            Self::Algorithm(number) => return write!(f, "the algorithm {number} was not offered"),
            Self::Attestation => "the attestation statement is wrong",
            Self::Credential => "the credential is another",
            Self::UserHandle => "the user handle is another",
            Self::Signature => "the signature is wrong",
            Self::Counter => "the signature counter has not gone up",
        })
    }
}

impl std::error::Error for Refused {}
