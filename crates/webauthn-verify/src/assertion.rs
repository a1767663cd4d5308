//! Assertions: a credential used (WebAuthn §7.2).

use crate::authenticator_data::{AuthenticatorData, Flags};
use crate::client_data::ClientData;
use crate::credential_id::CredentialId;
use crate::expected::Expected;
use crate::json::AssertionResponse;
use crate::public_key::PublicKey;
use crate::refused::Refused;
use crate::registration::signed;

/// A credential as it was stored: what an assertion is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The credential's id.
    pub id: &'a CredentialId,
    /// Its public key.
    pub public_key: &'a PublicKey,
    /// The signature counter of its last use.
    pub sign_count: u32,
    /// Whether it was eligible for backup when it was registered: that never changes.
    pub backup_eligible: bool,
    /// Its owner, as the options of the registration named them (`user.id`).
    pub user_handle: &'a [u8],
}

/// A credential was used, by whoever holds its key.
///
/// Store `sign_count` and whether it is backed up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Assertion {
    /// The signature counter now.
    pub sign_count: u32,
    /// What the authenticator says of user and backup, signed.
    pub flags: Flags,
}

impl Expected<'_> {
    /// Verifies an assertion by a credential. That the credential is one of those that the options allowed is for the caller
    /// to see to, who looks it up by [`AssertionResponse::id`].
    ///
    /// # Errors
    ///
    /// [`Refused`], for the first thing that is not as it should be.
    pub fn verify_assertion(&self, known: &Known<'_>, response: &AssertionResponse) -> Result<Assertion, Refused> {
        if response.id != *known.id {
            return Err(Refused::Credential);
        }
        if response.user_handle.as_deref().is_some_and(|named| named != known.user_handle) {
            return Err(Refused::UserHandle);
        }
        self.check(&ClientData::read(&response.client_data)?, "webauthn.get")?;
        let data = AuthenticatorData::read(&response.authenticator_data)?;
        data.check(self)?;
        if data.flags.backup_eligible() != known.backup_eligible {
            return Err(Refused::BackupFlags);
        }
        let signed = signed(&response.authenticator_data, &response.client_data);
        if !known.public_key.verifies(&signed, &response.signature) {
            return Err(Refused::Signature);
        }
        let counts = data.sign_count != 0 || known.sign_count != 0;
        if counts && data.sign_count <= known.sign_count {
            return Err(Refused::Counter);
        }
        Ok(Assertion { sign_count: data.sign_count, flags: data.flags })
    }
}
