//! Responses as pages send them: what `PublicKeyCredential.toJSON()` gives (WebAuthn §5.1.1).

use identity_kernel::strict_json;
use serde_json::{Map, Value};

use crate::base64url;
use crate::client_data::ClientData;
use crate::credential_id::CredentialId;
use crate::refused::{Malformed, Refused};

/// The longest response that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// A `RegistrationResponseJSON`.
#[derive(Clone, Debug)]
pub struct RegistrationResponse {
    /// The credential's id.
    pub id: CredentialId,
    /// `response.clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `response.attestationObject`.
    pub attestation_object: Vec<u8>,
    /// `response.transports`: by which ways the authenticator is reached, as the browser says. At most 8 words, each of at
    /// most 32 letters, digits and hyphens; others are left out.
    pub transports: Vec<String>,
    /// `authenticatorAttachment`: `platform` or `cross-platform`, as the browser says.
    pub attachment: Option<String>,
}

/// An `AuthenticationResponseJSON`.
#[derive(Clone, Debug)]
pub struct AssertionResponse {
    /// The credential's id.
    pub id: CredentialId,
    /// `response.clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `response.authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `response.signature`.
    pub signature: Vec<u8>,
    /// `response.userHandle`: the owner, if the authenticator says so.
    pub user_handle: Option<Vec<u8>>,
}

const MALFORMED: Refused = Refused::Malformed(Malformed::Response);

impl RegistrationResponse {
    /// The challenge that the response says it answers: for finding what was asked. That it is the right one, the verification
    /// tells.
    ///
    /// # Errors
    ///
    /// [`Refused::Malformed`] if the client data cannot be read.
    pub fn challenge(&self) -> Result<Vec<u8>, Refused> {
        ClientData::read(&self.client_data).map(|said| said.challenge)
    }

    /// The response that this JSON is. Members that are not listed here are passed over: they repeat what these say.
    ///
    /// # Errors
    ///
    /// [`Refused::Malformed`] for anything but such a response, and for one of more than 64 KiB.
    pub fn from_json(json: &[u8]) -> Result<Self, Refused> {
        let Credential { whole, response, id } = Credential::read(json)?;
        let attachment = whole.get("authenticatorAttachment").and_then(Value::as_str);
        Ok(Self {
            id,
            client_data: bytes(&response, "clientDataJSON")?,
            attestation_object: bytes(&response, "attestationObject")?,
            transports: transports(response.get("transports")),
            attachment: attachment.filter(|name| ["platform", "cross-platform"].contains(name)).map(str::to_owned),
        })
    }
}

impl AssertionResponse {
    /// The challenge that the response says it answers: for finding what was asked. That it is the right one, the verification
    /// tells.
    ///
    /// # Errors
    ///
    /// [`Refused::Malformed`] if the client data cannot be read.
    pub fn challenge(&self) -> Result<Vec<u8>, Refused> {
        ClientData::read(&self.client_data).map(|said| said.challenge)
    }

    /// The response that this JSON is. Members that are not listed here are passed over.
    ///
    /// # Errors
    ///
    /// [`Refused::Malformed`] for anything but such a response, and for one of more than 64 KiB.
    pub fn from_json(json: &[u8]) -> Result<Self, Refused> {
        let Credential { response, id, .. } = Credential::read(json)?;
        let user_handle = match response.get("userHandle") {
            None | Some(Value::Null) => None,
            Some(_) => Some(bytes(&response, "userHandle")?).filter(|handle| !handle.is_empty()),
        };
        Ok(Self {
            id,
            client_data: bytes(&response, "clientDataJSON")?,
            authenticator_data: bytes(&response, "authenticatorData")?,
            signature: bytes(&response, "signature")?,
            user_handle,
        })
    }
}

/// What all credentials have.
struct Credential {
    /// All but the response.
    whole: Map<String, Value>,
    response: Map<String, Value>,
    id: CredentialId,
}

impl Credential {
    fn read(json: &[u8]) -> Result<Self, Refused> {
        let object = if json.len() <= LONGEST { strict_json::object(json) } else { None };
        let mut whole = object.ok_or(MALFORMED)?;
        let Some(Value::Object(response)) = whole.remove("response") else { return Err(MALFORMED) };
        if whole.get("type").and_then(Value::as_str) != Some("public-key") {
            return Err(MALFORMED);
        }
        let id = CredentialId::from_text(whole.get("id").and_then(Value::as_str).ok_or(MALFORMED)?)?;
        if whole.contains_key("rawId") && bytes(&whole, "rawId")? != id.as_bytes() {
            return Err(MALFORMED);
        }
        Ok(Self { whole, response, id })
    }
}

fn bytes(object: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Refused> {
    object.get(name).and_then(Value::as_str).and_then(base64url::read).ok_or(MALFORMED)
}

fn transports(said: Option<&Value>) -> Vec<String> {
    let word = |text: &&str| {
        (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let words = said.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).filter(word);
    words.take(8).map(str::to_owned).collect()
}
