//! The query of a URL that carries a message, as the sender wrote it (SAML Bindings §3.4.4.1).

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::refused::Refused;
use crate::signing_key::{SignatureAlgorithm, SigningKey};

/// The longest query that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Which of the two a message is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Request,
    Response,
}

/// A query whose signature holds.
#[derive(Debug)]
pub(crate) struct SignedQuery {
    pub(crate) kind: Kind,
    /// The message, as it was packed.
    pub(crate) packed: Vec<u8>,
    pub(crate) relay_state: Option<String>,
}

/// The parameters, each with its name and value as they are written.
#[derive(Default)]
struct Parameters<'q> {
    message: Option<(Kind, &'q str)>,
    relay_state: Option<&'q str>,
    algorithm: Option<&'q str>,
    signature: Option<&'q str>,
    /// All but the signature, with `&` between them.
    signed: String,
}

/// The query, if one of these keys has signed it as it stands.
pub(crate) fn signed_query(query: &str, keys: &[SigningKey]) -> Result<SignedQuery, Refused> {
    if query.len() > LONGEST {
        return Err(Refused::Query);
    }
    let parameters = Parameters::of(query)?;
    let (kind, message) = parameters.message.ok_or(Refused::Query)?;
    let (Some(algorithm), Some(signature)) = (parameters.algorithm, parameters.signature) else {
        return Err(Refused::Unsigned);
    };
    let algorithm = SignatureAlgorithm::from_uri(&text(algorithm)?).ok_or(Refused::Algorithm)?;
    let signature = octets(signature)?;
    if !keys.iter().any(|key| key.has_signed(algorithm, parameters.signed.as_bytes(), &signature)) {
        return Err(Refused::Signature);
    }
    let relay_state = parameters.relay_state.map(text).transpose()?;
    Ok(SignedQuery { kind, packed: octets(message)?, relay_state })
}

impl<'q> Parameters<'q> {
    /// Takes them in the order in which they are signed; the signature may stand anywhere behind the message. So none stands
    /// twice, and there is none that is not signed.
    fn of(query: &'q str) -> Result<Self, Refused> {
        let mut own = Self::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').ok_or(Refused::Query)?;
            own.take(name, value)?;
            if name != "Signature" {
                own.signed.push_str(if own.signed.is_empty() { "" } else { "&" });
                own.signed.push_str(parameter);
            }
        }
        Ok(own)
    }

    fn take(&mut self, name: &str, value: &'q str) -> Result<(), Refused> {
        let stands = self.message.is_some();
        match name {
            "SAMLRequest" if !stands => self.message = Some((Kind::Request, value)),
            "SAMLResponse" if !stands => self.message = Some((Kind::Response, value)),
            "RelayState" if stands && self.relay_state.is_none() && self.algorithm.is_none() => {
                self.relay_state = Some(value);
            }
            "SigAlg" if stands && self.algorithm.is_none() => self.algorithm = Some(value),
            "Signature" if stands && self.signature.is_none() => self.signature = Some(value),
            _ => return Err(Refused::Query),
        }
        Ok(())
    }
}

/// Base64 without white space.
fn octets(written: &str) -> Result<Vec<u8>, Refused> {
    BASE64_STANDARD.decode(percent_decoded(written)?).map_err(|_| Refused::Query)
}

/// A text, in which `+` is a blank.
fn text(written: &str) -> Result<String, Refused> {
    let blanks: Cow<'_, str> = if written.contains('+') { written.replace('+', " ").into() } else { written.into() };
    String::from_utf8(percent_decoded(&blanks)?).map_err(|_| Refused::Query)
}

fn percent_decoded(written: &str) -> Result<Vec<u8>, Refused> {
    let mut decoded = Vec::with_capacity(written.len());
    let mut bytes = written.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => (digit(bytes.next())? << 4) | digit(bytes.next())?,
            byte => byte,
        });
    }
    Ok(decoded)
}

fn digit(byte: Option<u8>) -> Result<u8, Refused> {
    match byte {
        Some(byte @ b'0'..=b'9') => Ok(byte - b'0'),
        Some(byte @ (b'a'..=b'f' | b'A'..=b'F')) => Ok((byte | 0x20) - b'a' + 10),
        _ => Err(Refused::Query),
    }
}

/// `value` with every byte escaped that means something in a query.
pub(crate) fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
