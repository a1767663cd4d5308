//! The canonical request: what exactly is signed.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode};

use crate::headers::SortedHeaders;
use crate::request::HttpRequest;

/// Everything but the unreserved characters of RFC 3986 §2.3.
const ENCODE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Everything but those and the slash.
const ENCODE_PATH: &AsciiSet = &ENCODE.remove(b'/');

/// How a service writes paths into the canonical request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PathForm {
    /// Dots and double slashes are resolved.
    pub(crate) normalize: bool,
    /// The path as sent is encoded once more; S3 alone encodes the decoded path.
    pub(crate) encode_twice: bool,
}

/// The canonical request of `request` (AWS Signature Version 4, task 1).
pub(crate) fn request(
    request: &HttpRequest,
    headers: &SortedHeaders<'_>,
    signed_headers: &[String],
    without_parameter: Option<&str>,
    payload_hash: &str,
    form: PathForm,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    push_line(&mut out, request.method.as_bytes());
    push_line(&mut out, path(&request.path, form).as_bytes());
    push_line(&mut out, query(&request.query, without_parameter).as_bytes());
    for name in signed_headers {
        push_header(&mut out, name, headers);
    }
    out.push(b'\n');
    push_line(&mut out, signed_headers.join(";").as_bytes());
    out.extend_from_slice(payload_hash.as_bytes());
    out
}

fn push_line(out: &mut Vec<u8>, line: &[u8]) {
    out.extend_from_slice(line);
    out.push(b'\n');
}

fn path(sent: &str, form: PathForm) -> String {
    let sent = if sent.is_empty() { "/" } else { sent };
    let resolved = if form.normalize { normalize(sent) } else { sent.to_owned() };
    if form.encode_twice {
        utf8_percent_encode(&resolved, ENCODE_PATH).to_string()
    } else {
        percent_encode(&percent_decode_str(&resolved).collect::<Vec<u8>>(), ENCODE_PATH).to_string()
    }
}

/// Resolves `.`, `..` and doubled slashes; a slash at the end stays.
fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let end = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

fn query(sent: &str, without: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = parameters(sent)
        .filter(|(name, _)| Some(name.as_ref()) != without.map(str::as_bytes))
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Text of a query as the canonical request writes it.
pub(crate) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, ENCODE).to_string()
}

/// The decoded parameters of a query, in order, as the bytes they are: nothing says that they are UTF-8. A plus sign is
/// a plus sign.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (percent_decode_str(name).into(), percent_decode_str(value).into())
    })
}

/// `name:value,value` with the values in the order of the wire.
fn push_header(out: &mut Vec<u8>, name: &str, headers: &SortedHeaders<'_>) {
    out.extend_from_slice(name.as_bytes());
    for (at, (_, value)) in headers.named(name).iter().enumerate() {
        out.push(if at == 0 { b':' } else { b',' });
        squeeze(out, value);
    }
    out.push(b'\n');
}

/// Runs of blanks and tabs become one blank; none stays at the ends. What Unicode calls a blank is a character.
fn squeeze(out: &mut Vec<u8>, value: &[u8]) {
    let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}
