use std::fmt;
use std::sync::Arc;

use identity_kernel::secret::SecretBytes;
use ring::hmac;
use serde::Serialize;
use serde_json::{Value, json};

use crate::base64url;
use crate::error::KeyError;
use crate::verifying_key::VerifyingKey;

/// A secret shared between who makes tokens and who checks them (`HS256`, RFC 7518 §3.2).
///
/// Each of the two can do what the other can: between services that trust each other fully, and nowhere else. Such a
/// key never comes from a key set, and never from bytes that are a public key.
pub struct SharedSecret {
    key: Arc<hmac::Key>,
    prefix: String,
}

impl SharedSecret {
    /// A key of at least 32 bytes, named `kid` in token headers.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if the secret is shorter than the hash (RFC 7518 §3.2), or is a public key as PEM, DER or
    /// JWK: whoever puts such a thing here has mistaken the one for the other (RFC 8725 §2.1).
    pub fn new(kid: &str, secret: &SecretBytes) -> Result<Self, KeyError> {
        let bytes = secret.expose();
        if bytes.len() < 32 || is_public_key(bytes) {
            return Err(KeyError::Malformed);
        }
        let prefix = base64url::encode(json!({"kid": kid, "alg": "HS256"}).to_string()) + ".";
        Ok(Self { key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)), prefix })
    }

    /// `claims` as a token in compact form.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if the claims have no JSON form.
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, KeyError> {
        let body = serde_json::to_vec(claims).map_err(|_| KeyError::Malformed)?;
        let mut token = base64url::encode_onto(&body, self.prefix.clone());
        let tag = hmac::sign(&self.key, token.as_bytes());
        token.push('.');
        Ok(base64url::encode_onto(tag.as_ref(), token))
    }

    /// The same secret, to check with.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::shared(Arc::clone(&self.key))
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(..)")
    }
}

fn is_public_key(bytes: &[u8]) -> bool {
    use pkcs8::der::Decode;

    let pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    let der = spki::SubjectPublicKeyInfoRef::from_der(bytes).is_ok()
        || pkcs1::RsaPublicKey::<pkcs1::UintRef<'_>>::from_der(bytes).is_ok();
    let jwk = serde_json::from_slice::<Value>(bytes).is_ok_and(|value| value.get("kty").is_some());
    pem || der || jwk
}
