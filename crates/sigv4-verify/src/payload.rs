use std::borrow::Cow;

use ring::digest;

use crate::canonical;
use crate::error::SignatureError;
use crate::request::{Body, HttpRequest};

pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
pub(crate) const UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
pub(crate) const CHUNKED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
pub(crate) const CHUNKED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

/// How the payload is bound to the signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Payload {
    /// Chunk by chunk, each with a signature that continues this one: read it by
    /// [`Signature::chunked_body`](crate::Signature::chunked_body). S3 only.
    Chunked,
    /// By this SHA-256, which is signed. The body streamed past, so nobody has compared it yet: whoever reads the body must.
    Declared([u8; 32]),
    /// By its SHA-256, which was compared.
    Hashed,
    /// Not at all: `UNSIGNED-PAYLOAD`, or its streaming form with a trailer. S3 only.
    Unsigned,
}

/// How a payload is bound, and the text that stands for it in the canonical request.
pub(crate) struct Bound {
    pub(crate) payload: Payload,
    pub(crate) text: String,
}

/// What the request says of its payload: in a header, or in a presigned query.
pub(crate) fn declared(request: &HttpRequest, is_presigned: bool) -> Result<Option<Cow<'_, [u8]>>, SignatureError> {
    let header = request.single("x-amz-content-sha256");
    if let Some(value) = header.map_err(|()| SignatureError::Incomplete("a header stands twice"))? {
        return Ok(Some(Cow::Borrowed(value)));
    }
    let mut found = canonical::parameters(&request.query)
        .filter(|(name, _)| is_presigned && name.as_ref() == b"X-Amz-Content-Sha256")
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (value, None) => Ok(value),
        _ => Err(SignatureError::Incomplete("a parameter stands twice")),
    }
}

/// How `body` is bound by a request whose `x-amz-content-sha256` is `declared`.
pub(crate) fn bind(
    declared: Option<&[u8]>,
    body: &Body<'_>,
    is_s3: bool,
    is_presigned: bool,
) -> Result<Bound, SignatureError> {
    let declared = declared.map(std::str::from_utf8).transpose().map_err(|_| SignatureError::Payload)?;
    let form = match declared {
        None if is_presigned => Some((Payload::Unsigned, UNSIGNED)),
        Some(text @ (UNSIGNED | UNSIGNED_TRAILER)) => Some((Payload::Unsigned, text)),
        Some(text @ (CHUNKED | CHUNKED_TRAILER)) => Some((Payload::Chunked, text)),
        _ => None,
    };
    match (form.filter(|_| is_s3), body) {
        (Some((payload, text)), _) => Ok(Bound { payload, text: text.to_owned() }),
        (None, Body::Bytes(bytes)) => {
            let text = hash(bytes);
            let agrees = declared.is_none_or(|declared| declared == text);
            if agrees { Ok(Bound { payload: Payload::Hashed, text }) } else { Err(SignatureError::Payload) }
        }
        (None, Body::Streaming) => {
            let text = declared.ok_or(SignatureError::Payload)?;
            let payload = Payload::Declared(unhex(text).ok_or(SignatureError::Payload)?);
            Ok(Bound { payload, text: text.to_owned() })
        }
    }
}

/// The SHA-256 in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// 64 digits in lower case as the bytes they mean.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .bytes()
        .map(|digit| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        })
        .collect();
    let (pairs, []) = digits.as_ref()?.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| high << 4 | low).collect::<Vec<u8>>().try_into().ok()
}
