//! What a request says of its signature, before anything is believed.

use identity_kernel::time::Timestamp;

use crate::canonical;
use crate::error::SignatureError;
use crate::headers::{is_plain, is_token};
use crate::request::HttpRequest;
use crate::rules::Scope;
use crate::signature::Signature;
use crate::signing::ALGORITHM;
use crate::time;

/// A presigned request lives at most seven days, in seconds.
pub(crate) const LONGEST_PRESIGNED: i64 = 7 * 24 * 3600;

/// The signature that a request claims to have, from its `Authorization` header or its query; `None` if it has none.
///
/// An `Authorization` header of another scheme is no signature. The time is that of `X-Amz-Date`, or where that is absent
/// of `Date`, in the form of HTTP or of ISO 8601.
///
/// # Errors
///
/// [`SignatureError::Incomplete`] if there is one but not all of it, or two of them.
pub fn read(request: &HttpRequest) -> Result<Option<Signature>, SignatureError> {
    let header = authorization(request)?;
    let in_query = canonical::parameters(&request.query).any(|(name, _)| name.as_ref() == b"X-Amz-Signature");
    match (header, in_query) {
        (None, false) => Ok(None),
        (Some(_), true) => Err(SignatureError::Incomplete("signatures in header and query")),
        (Some(header), false) => from_header(request, header).map(Some),
        (None, true) => from_query(request).map(Some),
    }
}

/// What stands behind the scheme of the `Authorization` header, if the scheme is ours.
fn authorization(request: &HttpRequest) -> Result<Option<&str>, SignatureError> {
    let value =
        request.single("authorization").map_err(|()| SignatureError::Incomplete("two Authorization headers"))?;
    let Some(rest) = value.and_then(|value| value.trim_ascii().strip_prefix(ALGORITHM.as_bytes())) else {
        return Ok(None);
    };
    match text(rest)? {
        rest if rest.starts_with([' ', '\t']) => Ok(Some(rest)),
        _ => Err(SignatureError::Incomplete("a blank must stand behind AWS4-HMAC-SHA256")),
    }
}

/// A value that must be plain text.
fn text(value: &[u8]) -> Result<&str, SignatureError> {
    let text = std::str::from_utf8(value).ok().filter(|text| is_plain(text.as_bytes()));
    text.ok_or(SignatureError::Incomplete("a value is no plain text"))
}

fn from_header(request: &HttpRequest, header: &str) -> Result<Signature, SignatureError> {
    let part = |wanted: &str| {
        let parts = header.split(',').map(|part| part.trim_matches([' ', '\t']));
        let mut found = parts.filter_map(|part| part.strip_prefix(wanted)?.strip_prefix('='));
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(SignatureError::Incomplete("Credential, SignedHeaders and Signature, each once")),
        }
    };
    let token =
        request.single("x-amz-security-token").map_err(|()| SignatureError::Incomplete("two session tokens"))?;
    build(Claim {
        credential: part("Credential")?,
        signed_headers: part("SignedHeaders")?,
        hex: part("Signature")?,
        time: time_of(request)?,
        expires: None,
        session_token: token.map(text).transpose()?.map(|token| token.trim_matches([' ', '\t'])),
    })
}

/// When a request with a signature in its header was signed.
fn time_of(request: &HttpRequest) -> Result<Timestamp, SignatureError> {
    let one = |name| request.single(name).map_err(|()| SignatureError::Incomplete("two dates"));
    let (own, value) = match one("x-amz-date")? {
        Some(value) => (true, value),
        None => (false, one("date")?.ok_or(SignatureError::Incomplete("X-Amz-Date"))?),
    };
    let value = text(value)?.trim_matches([' ', '\t']);
    let time = time::parse_basic(value).or_else(|| if own { None } else { time::parse_http(value) });
    time.ok_or(SignatureError::Incomplete("the date must be as 20150830T123600Z"))
}

fn from_query(request: &HttpRequest) -> Result<Signature, SignatureError> {
    let parameters: Vec<_> = canonical::parameters(&request.query).collect();
    let optional = |wanted: &str| {
        let mut found = parameters.iter().filter(|(name, _)| name.as_ref() == wanted.as_bytes());
        match (found.next(), found.next()) {
            (found, None) => found.map(|(_, value)| text(value)).transpose(),
            _ => Err(SignatureError::Incomplete("a parameter stands twice")),
        }
    };
    let part = |wanted| optional(wanted)?.ok_or(SignatureError::Incomplete("the presigned query lacks a part"));
    if part("X-Amz-Algorithm")? != ALGORITHM {
        return Err(SignatureError::Incomplete("X-Amz-Algorithm"));
    }
    let expires: i64 = part("X-Amz-Expires")?.parse().map_err(|_| SignatureError::Incomplete("X-Amz-Expires"))?;
    if !(1..=LONGEST_PRESIGNED).contains(&expires) {
        return Err(SignatureError::Incomplete("X-Amz-Expires must be from 1 to 604800"));
    }
    let time = time::parse_basic(part("X-Amz-Date")?);
    build(Claim {
        credential: part("X-Amz-Credential")?,
        signed_headers: part("X-Amz-SignedHeaders")?,
        hex: part("X-Amz-Signature")?,
        time: time.ok_or(SignatureError::Incomplete("the date must be as 20150830T123600Z"))?,
        expires: Some(expires),
        session_token: optional("X-Amz-Security-Token")?,
    })
}

#[derive(Clone, Copy)]
struct Claim<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    hex: &'a str,
    time: Timestamp,
    expires: Option<i64>,
    session_token: Option<&'a str>,
}

fn build(claim: Claim<'_>) -> Result<Signature, SignatureError> {
    let credential: Vec<&str> = claim.credential.split('/').collect();
    let [access_key_id, date, region, service, "aws4_request"] = credential.as_slice() else {
        return Err(SignatureError::Incomplete("Credential must be key/date/region/service/aws4_request"));
    };
    if [access_key_id, date, region, service].iter().any(|part| part.is_empty()) {
        return Err(SignatureError::Incomplete("no part of Credential may be empty"));
    }
    let signed_headers: Vec<String> = claim.signed_headers.split(';').map(str::to_owned).collect();
    let in_order = signed_headers.is_sorted_by(|one, next| one < next);
    if !in_order || !signed_headers.iter().all(|name| is_token(name) && *name == name.to_ascii_lowercase()) {
        return Err(SignatureError::Incomplete("SignedHeaders must be in lower case and in order"));
    }
    let time_text = time::write_basic(claim.time).ok_or(SignatureError::Incomplete("X-Amz-Date"))?;
    Ok(Signature {
        access_key_id: (*access_key_id).to_owned(),
        date: (*date).to_owned(),
        scope: Scope::new(*region, *service),
        signed_headers,
        hex: claim.hex.to_owned(),
        time_text,
        time: claim.time,
        expires: claim.expires,
        session_token: claim.session_token.map(str::to_owned),
    })
}
