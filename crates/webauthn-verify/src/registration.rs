//! Registrations (WebAuthn §7.1).

use ring::digest;

use crate::attestation::Attestation;
use crate::authenticator_data::{AuthenticatorData, Flags};
use crate::cbor::{self, Value};
use crate::client_data::ClientData;
use crate::credential_id::CredentialId;
use crate::expected::Expected;
use crate::json::RegistrationResponse;
use crate::public_key::PublicKey;
use crate::refused::{Malformed, Refused};

/// The longest attestation object that is read, in bytes.
const LONGEST: usize = 32 * 1024;

/// A new credential, proved to be in the hands of whoever answered.
///
/// That its id is new among all credentials (7.1 step 26) is left to whoever stores it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Registered {
    /// The credential's id.
    pub id: CredentialId,
    /// Its public key.
    pub public_key: PublicKey,
    /// The signature counter: 0 for authenticators that do not count.
    pub sign_count: u32,
    /// What the authenticator says of user and backup.
    pub flags: Flags,
    /// The kind of authenticator, as it says itself; zeros where it does not say. Nobody vouches for it.
    pub aaguid: [u8; 16],
    /// What the authenticator stated of itself.
    pub attestation: Attestation,
}

impl Expected<'_> {
    /// Verifies a registration.
    ///
    /// # Errors
    ///
    /// [`Refused`], for the first thing that is not as it should be.
    pub fn verify_registration(&self, response: &RegistrationResponse) -> Result<Registered, Refused> {
        self.check(&ClientData::read(&response.client_data)?, "webauthn.create")?;
        let object = AttestationObject::read(&response.attestation_object)?;
        let data = AuthenticatorData::read(&object.authenticator_data)?;
        data.check(self)?;
        let credential = data.credential.ok_or(Refused::Malformed(Malformed::AuthenticatorData))?;
        let algorithm = credential.public_key.algorithm();
        if !self.algorithms.contains(&algorithm) {
            return Err(Refused::Algorithm(algorithm.number()));
        }
        if !credential.public_key.is_on_its_curve() {
            return Err(Refused::Malformed(Malformed::PublicKey));
        }
        if credential.id != response.id {
            return Err(Refused::Credential);
        }
        let signed = signed(&object.authenticator_data, &response.client_data);
        let attestation = Attestation::judge(&object.format, &object.statement, &credential.public_key, &signed)?;
        Ok(Registered {
            id: credential.id,
            public_key: credential.public_key,
            sign_count: data.sign_count,
            flags: data.flags,
            aaguid: credential.aaguid,
            attestation,
        })
    }
}

/// What authenticators sign: their data, and the hash of the client data.
pub(crate) fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, digest::digest(&digest::SHA256, client_data).as_ref()].concat()
}

/// An attestation object, taken apart (WebAuthn §6.5.4).
struct AttestationObject {
    format: String,
    statement: cbor::Map,
    authenticator_data: Vec<u8>,
}

impl AttestationObject {
    fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let object = if bytes.len() <= LONGEST { cbor::map(bytes) } else { None };
        match object {
            Some((object, [])) => Self::of(&object),
            _ => None,
        }
        .ok_or(Refused::Malformed(Malformed::AttestationObject))
    }

    fn of(object: &cbor::Map) -> Option<Self> {
        match (object.named("fmt")?, object.named("attStmt")?, object.named("authData")?) {
            (Value::Text(format), Value::Map(statement), Value::Bytes(data)) => {
                Some(Self { format: format.clone(), statement: statement.clone(), authenticator_data: data.clone() })
            }
            _ => None,
        }
    }
}
