//! An authenticator and a browser in one: makes passkeys and uses them, rightly, or with something wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// User present, user verified, eligible for backup, backed up: what most passkeys of telephones say.
pub const USUAL_FLAGS: u8 = 0x01 | 0x04 | 0x08 | 0x10;

/// One passkey (ES256), and what is said with it.
pub struct Authenticator {
    key: EcdsaKeyPair,
    /// The credential's id.
    pub id: Vec<u8>,
    /// The owner, as the options of the registration named them; not said if `None`.
    pub user_handle: Option<Vec<u8>>,
    /// The page's origin.
    pub origin: String,
    /// UP, UV, BE and BS.
    pub flags: u8,
    /// The signature counter.
    pub sign_count: u32,
    /// Members of the client data, in the place of those that the browser writes.
    pub client_data: Vec<(&'static str, Value)>,
    /// The relying party that it answers for, in the place of that of the options.
    pub relying_party: Option<String>,
    /// Whether it signs its registration with the credential's key.
    pub attests: bool,
    /// Changes the authenticator data before they are signed.
    pub bend: fn(&mut Vec<u8>),
}

impl Authenticator {
    /// A new passkey for pages of this origin.
    pub fn new(origin: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests")]
        let rng = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &rng).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &rng).unwrap();
        Self {
            id: digest(&SHA256, key.public_key().as_ref()).as_ref().to_vec(),
            key,
            user_handle: None,
            origin: origin.to_owned(),
            flags: USUAL_FLAGS,
            sign_count: 0,
            client_data: Vec::new(),
            relying_party: None,
            attests: false,
            bend: |_| (),
        }
    }

    /// The credential's id, as JSON writes it.
    pub fn id_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// The public key as a COSE key.
    pub fn cose(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &point[1..33], &[0x22, 0x58, 32], &point[33..]].concat()
    }

    /// The answer to the options of a registration.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = options["user"]["id"].as_str().map(|text| URL_SAFE_NO_PAD.decode(text).unwrap());
        let client_data = self.client_data("webauthn.create", options);
        let relying_party = options["rp"]["id"].as_str().unwrap();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let credential = [&[0; 16], &length[..], &self.id, &self.cose()].concat();
        let data = self.data(relying_party, self.flags | 0x40, &credential);
        let object = self.attestation_object(&data, &client_data);
        json!({
            "id": self.id_text(),
            "rawId": self.id_text(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// The answer to the options of an assertion.
    pub fn get(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(options["rpId"].as_str().unwrap(), self.flags, &[]);
        let signature = self.sign(&data, &client_data);
        let mut response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
        });
        if let Some(handle) = &self.user_handle {
            response["userHandle"] = URL_SAFE_NO_PAD.encode(handle).into();
        }
        json!({
            "id": self.id_text(),
            "rawId": self.id_text(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let mut said = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        for (name, value) in &self.client_data {
            said[*name] = value.clone();
        }
        said.to_string().into_bytes()
    }

    fn data(&self, relying_party: &str, flags: u8, credential: &[u8]) -> Vec<u8> {
        let relying_party = self.relying_party.as_deref().unwrap_or(relying_party);
        let hash = digest(&SHA256, relying_party.as_bytes());
        let mut data = [hash.as_ref(), &[flags], &self.sign_count.to_be_bytes(), credential].concat();
        (self.bend)(&mut data);
        data
    }

    fn attestation_object(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let head: &[u8] =
            if self.attests { b"\xa3\x63fmt\x66packed\x67attStmt" } else { b"\xa3\x63fmt\x64none\x67attStmt" };
        let statement = if self.attests { self.statement(data, client_data) } else { vec![0xa0] };
        [head, &statement, b"\x68authData\x59", &length, data].concat()
    }

    fn statement(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let signature = self.sign(data, client_data);
        let length = u8::try_from(signature.len()).unwrap();
        [b"\xa2\x63alg\x26\x63sig\x58", &[length][..], &signature].concat()
    }

    fn sign(&self, data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let signed = [data, digest(&SHA256, client_data).as_ref()].concat();
        #[expect(clippy::disallowed_methods, reason = "tests")]
        let rng = SystemRandom::new();
        self.key.sign(&rng, &signed).unwrap().as_ref().to_vec()
    }
}
