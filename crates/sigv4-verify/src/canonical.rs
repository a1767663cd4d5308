//! The canonical request: what exactly is signed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

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
    signed_headers: &[String],
    without_parameter: Option<&str>,
    payload_hash: &str,
    form: PathForm,
) -> String {
    let mut out = String::new();
    for line in [
        request.method.as_str(),
        &path(&request.path, form),
        &query(&request.query, without_parameter),
        &headers(request, signed_headers),
        &signed_headers.join(";"),
    ] {
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(payload_hash);
    out
}

fn path(sent: &str, form: PathForm) -> String {
    let sent = if sent.is_empty() { "/" } else { sent };
    let resolved = if form.normalize { normalize(sent) } else { sent.to_owned() };
    if form.encode_twice {
        utf8_percent_encode(&resolved, ENCODE_PATH).to_string()
    } else {
        percent_encoding::percent_encode(&percent_decode_str(&resolved).collect::<Vec<u8>>(), ENCODE_PATH).to_string()
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
        .filter(|(name, _)| Some(name.as_str()) != without)
        .map(|(name, value)| {
            (utf8_percent_encode(&name, ENCODE).to_string(), utf8_percent_encode(&value, ENCODE).to_string())
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The decoded parameters of a query, in order. A plus sign is a plus sign.
pub(crate) fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query.split('&').filter(|part| !part.is_empty()).map(move |part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    })
}

fn headers(request: &HttpRequest, signed: &[String]) -> String {
    let mut out = String::new();
    for name in signed {
        let values: Vec<String> = request.values(name).map(squeeze).collect();
        out.push_str(name);
        out.push(':');
        out.push_str(&values.join(","));
        out.push('\n');
    }
    out
}

/// Runs of white space become one blank; none stays at the ends.
fn squeeze(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
