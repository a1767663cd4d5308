use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use base64_simd::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use identity_kernel::secret::SecretBytes;
use ring::hmac;
use serde::Serialize;
use serde_json::{Value, json};

use crate::algorithm::Family;
use crate::backend::Public;
use crate::base64url;
use crate::error::KeyError;
use crate::sound::sound;
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
    /// A key of 32 to 128 bytes, named `kid` in token headers.
    ///
    /// Whoever puts a public key here has mistaken the one for the other, and the whole world could sign (RFC 8725 §2.1). What
    /// can be told from a secret is refused: a PEM or JSON text of a key or of a set of them, DER and the Base64 of DER, and
    /// points of P-256 and P-384. The modulus of an RSA key cannot, but is longer than 128 bytes.
    ///
    /// # Errors
    ///
    /// [`KeyError::SecretLength`] (RFC 7518 §3.2: not shorter than the hash), [`KeyError::PublicKeyAsSecret`], and
    /// [`KeyError::Weak`] for fewer than 8 different bytes.
    pub fn new(kid: &str, secret: &SecretBytes) -> Result<Self, KeyError> {
        let bytes = secret.expose();
        if is_public_key(bytes) {
            return Err(KeyError::PublicKeyAsSecret);
        }
        if !(32..=128).contains(&bytes.len()) {
            return Err(KeyError::SecretLength);
        }
        if bytes.iter().collect::<BTreeSet<_>>().len() < 8 {
            return Err(KeyError::Weak);
        }
        let prefix = base64url::encode(json!({"kid": kid, "alg": "HS256"}).to_string()) + ".";
        Ok(Self { key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, bytes)), prefix })
    }

    /// `claims` as a token in compact form.
    ///
    /// # Errors
    ///
    /// [`KeyError::Claims`] if the claims have no JSON form.
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, KeyError> {
        let body = serde_json::to_vec(claims).map_err(|_| KeyError::Claims)?;
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
    let pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
    let json = serde_json::from_slice::<Value>(bytes)
        .is_ok_and(|value| value.get("kty").is_some() || value.get("keys").is_some());
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let decoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|base64| base64.decode_to_vec(&text));
    pem || json || is_der_or_point(bytes) || decoded.iter().flatten().any(|bytes| is_der_or_point(bytes))
}

fn is_der_or_point(bytes: &[u8]) -> bool {
    use pkcs8::der::Decode;

    spki::SubjectPublicKeyInfoRef::from_der(bytes).is_ok()
        || pkcs1::RsaPublicKey::<pkcs1::UintRef<'_>>::from_der(bytes).is_ok()
        || [Family::P256, Family::P384].into_iter().any(|family| sound(family, Public::Ec(bytes.to_vec())).is_ok())
}
