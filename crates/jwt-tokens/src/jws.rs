//! The compact form of a signed token (RFC 7515 §3.1), read strictly.

use identity_kernel::strict_json;
use serde_json::Value;

use crate::base64url::{decode, decode_into};
use crate::error::TokenError;
use crate::key_set::{KeySet, LONGEST_KID};
use crate::verifying_key::VerifyingKey;
use crate::{LONGEST_HEADER, LONGEST_TOKEN};

/// That of the longest RSA key that is taken, in bytes.
const LONGEST_SIGNATURE: usize = 1024;

/// The three segments of a token.
pub(crate) struct Parts<'a> {
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    signature: &'a str,
    /// Header and payload with the full stop between them: what is signed.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    pub(crate) fn split(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > LONGEST_TOKEN {
            return Err(TokenError::TooLong);
        }
        let mut stops = memchr::memchr_iter(b'.', token.as_bytes());
        let (Some(first), Some(second), None) = (stops.next(), stops.next(), stops.next()) else {
            return Err(TokenError::Malformed);
        };
        let ((signed, signature), (header, _)) = (around(token, second)?, around(token, first)?);
        let (_, payload) = around(signed, first)?;
        if header.len() > LONGEST_HEADER {
            return Err(TokenError::TooLong);
        }
        if [header, signature].contains(&"") {
            return Err(TokenError::Malformed);
        }
        Ok(Self { header, payload, signature, signed })
    }
}

/// What stands before and behind the full stop at this place.
fn around(text: &str, stop: usize) -> Result<(&str, &str), TokenError> {
    text.get(..stop).zip(text.get(stop + 1..)).ok_or(TokenError::Malformed)
}

/// What a header may say: how it was signed, with which key, and what kind of token it is.
pub(crate) struct Header {
    algorithm: String,
    pub(crate) kid: Option<String>,
    typ: Option<String>,
}

/// Which `typ` a header may have.
#[derive(Clone, Copy)]
pub(crate) enum TypRule<'a> {
    /// Whichever.
    Any,
    /// None, or `JWT`.
    Plain,
    /// This one.
    Only(&'a str),
}

impl TypRule<'_> {
    fn check(self, typ: Option<&str>) -> Result<(), TokenError> {
        let media_type = |typ: &str| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
        };
        let passes = match (self, typ) {
            (Self::Any, _) | (Self::Plain, None) => true,
            (Self::Plain, Some(typ)) => media_type(typ) == "jwt",
            (Self::Only(wanted), Some(typ)) => media_type(typ) == media_type(wanted),
            (Self::Only(_), None) => false,
        };
        if passes { Ok(()) } else { Err(TokenError::Typ) }
    }
}

impl Header {
    pub(crate) fn read(segment: &str) -> Result<Self, TokenError> {
        let object = strict_json::object(&decode(segment)?).ok_or(TokenError::Malformed)?;
        if object.contains_key("crit") || object.contains_key("b64") {
            return Err(TokenError::UnknownExtension);
        }
        if object.contains_key("zip") || object.contains_key("enc") {
            return Err(TokenError::Malformed);
        }
        let text = |name: &str| match object.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_KID => Ok(Some(text.clone())),
            Some(_) => Err(TokenError::Malformed),
        };
        let algorithm = text("alg")?.ok_or(TokenError::Malformed)?;
        // Here and not only where a key disagrees: also what is read without a key is of a signed token (RFC 8725 §3.2).
        if algorithm.eq_ignore_ascii_case("none") {
            return Err(TokenError::Algorithm);
        }
        Ok(Self { algorithm, kid: text("kid")?, typ: text("typ")? })
    }

    /// The key decides; the header may only agree.
    fn check(&self, key: &VerifyingKey) -> Result<(), TokenError> {
        if self.algorithm == key.algorithm().name() { Ok(()) } else { Err(TokenError::Algorithm) }
    }
}

impl KeySet {
    /// The payload of a token in compact form, if one of these keys has signed it: for payloads that are not claims.
    /// The header may say `alg`, which must be the key's, `kid`, and members that mean nothing here; extensions that
    /// must be understood (`crit`, `b64`), compression and encryption are refused.
    ///
    /// # Errors
    ///
    /// [`TokenError::TooLong`], [`TokenError::Malformed`], [`TokenError::UnknownExtension`],
    /// [`TokenError::UnknownKey`], [`TokenError::Algorithm`] and [`TokenError::Signature`].
    pub fn verify_compact(&self, token: &str) -> Result<Vec<u8>, TokenError> {
        self.verify_typed(token, TypRule::Any)
    }

    pub(crate) fn verify_typed(&self, token: &str, typ: TypRule<'_>) -> Result<Vec<u8>, TokenError> {
        let parts = Parts::split(token)?;
        let signature = |key: &VerifyingKey| -> Result<(), TokenError> {
            let mut buffer = [0; LONGEST_SIGNATURE];
            let signature = decode_into(parts.signature, &mut buffer)?;
            if key.verify(parts.signed.as_bytes(), signature) { Ok(()) } else { Err(TokenError::Signature) }
        };
        let usual = if matches!(typ, TypRule::Only(_)) { None } else { self.of_header(parts.header) };
        if let Some(key) = usual {
            signature(key)?;
        } else {
            let header = Header::read(parts.header)?;
            let key = self.find(header.kid.as_deref()).ok_or(TokenError::UnknownKey)?;
            header.check(key)?;
            signature(key)?;
            typ.check(header.typ.as_deref())?;
        }
        decode(parts.payload)
    }
}
