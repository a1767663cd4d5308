//! What the authenticator says, and signs (WebAuthn §6.1).

use ring::digest;

use crate::cbor;
use crate::credential_id::CredentialId;
use crate::expected::{Expected, UserVerification};
use crate::public_key::PublicKey;
use crate::refused::{Malformed, Refused};

/// What the authenticator says of the user and of itself, as one byte.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Flags(u8);

impl Flags {
    /// Somebody was present (UP).
    pub fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// The authenticator verified the user, by PIN or biometrics (UV).
    pub fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// The credential may be copied to other devices (BE).
    pub fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// The credential is copied to other devices (BS).
    pub fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    fn has_credential(self) -> bool {
        self.0 & 0x40 != 0
    }

    fn has_extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Authenticator data, taken apart.
#[derive(Debug)]
pub(crate) struct AuthenticatorData {
    pub(crate) relying_party_hash: [u8; 32],
    pub(crate) flags: Flags,
    pub(crate) sign_count: u32,
    pub(crate) credential: Option<AttestedCredential>,
}

/// A new credential in authenticator data.
#[derive(Debug)]
pub(crate) struct AttestedCredential {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: CredentialId,
    pub(crate) public_key: PublicKey,
}

const MALFORMED: Refused = Refused::Malformed(Malformed::AuthenticatorData);

impl AuthenticatorData {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let (relying_party_hash, rest) = bytes.split_first_chunk::<32>().ok_or(MALFORMED)?;
        let ([flags], rest) = rest.split_first_chunk::<1>().ok_or(MALFORMED)?;
        let (sign_count, mut rest) = rest.split_first_chunk::<4>().ok_or(MALFORMED)?;
        let flags = Flags(*flags);
        let mut credential = None;
        if flags.has_credential() {
            let (read, behind) = AttestedCredential::beginning(rest)?;
            (credential, rest) = (Some(read), behind);
        }
        if flags.has_extensions() {
            (_, rest) = cbor::map(rest).ok_or(MALFORMED)?;
        }
        if !rest.is_empty() {
            return Err(MALFORMED);
        }
        let sign_count = u32::from_be_bytes(*sign_count);
        Ok(Self { relying_party_hash: *relying_party_hash, flags, sign_count, credential })
    }

    /// Checks whom it is for and what it says of the user.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<(), Refused> {
        let own = digest::digest(&digest::SHA256, expected.relying_party.as_str().as_bytes());
        if own.as_ref() != self.relying_party_hash {
            return Err(Refused::RelyingParty);
        }
        if !self.flags.user_present() {
            return Err(Refused::UserPresence);
        }
        if expected.user_verification == UserVerification::Required && !self.flags.user_verified() {
            return Err(Refused::UserVerification);
        }
        if self.flags.backed_up() && !self.flags.backup_eligible() { Err(Refused::BackupFlags) } else { Ok(()) }
    }
}

impl AttestedCredential {
    /// The credential that `bytes` begin with, and what follows it.
    fn beginning(bytes: &[u8]) -> Result<(Self, &[u8]), Refused> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(MALFORMED)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(MALFORMED)?;
        let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(MALFORMED)?;
        let id = CredentialId::new(id)?;
        let (public_key, rest) = PublicKey::beginning(rest)?;
        Ok((Self { aaguid: *aaguid, id, public_key }, rest))
    }
}
