//! From a canonical request to its signature.

use ring::hmac;

use crate::canonical::{self, PathForm};
use crate::headers::SortedHeaders;
use crate::payload::{hash, hex};
use crate::request::HttpRequest;
use crate::rules::Scope;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

pub(crate) struct SigningInput<'a> {
    pub(crate) request: &'a HttpRequest,
    pub(crate) headers: &'a SortedHeaders<'a>,
    /// In order.
    pub(crate) signed_headers: &'a [String],
    pub(crate) without_parameter: Option<&'a str>,
    pub(crate) payload_hash: &'a str,
    pub(crate) form: PathForm,
    pub(crate) time: &'a str,
    pub(crate) date: &'a str,
    pub(crate) scope: &'a Scope,
    pub(crate) secret: &'a str,
}

/// The signature in hexadecimal.
pub(crate) fn signature_of(input: &SigningInput<'_>) -> String {
    let canonical = canonical::request(
        input.request,
        input.headers,
        input.signed_headers,
        input.without_parameter,
        input.payload_hash,
        input.form,
    );
    let Scope { region, service } = input.scope;
    let hash = hash(&canonical);
    let to_sign = format!("{ALGORITHM}\n{}\n{}/{region}/{service}/aws4_request\n{hash}", input.time, input.date);
    hex(hmac::sign(&signing_key(input.secret, input.date, input.scope), to_sign.as_bytes()).as_ref())
}

/// The key that signs for a day, region and service.
pub(crate) fn signing_key(secret: &str, date: &str, scope: &Scope) -> hmac::Key {
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes());
    for part in [date, &scope.region, &scope.service, "aws4_request"] {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    key
}
