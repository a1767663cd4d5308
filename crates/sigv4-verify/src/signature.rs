use chrono::NaiveDateTime;
use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use ring::{digest, hmac};

use crate::canonical::{self, PathForm};
use crate::chunks::{Chain, ChunkedBody};
use crate::error::SignatureError;
use crate::request::{Body, HttpRequest};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TIME: &str = "%Y%m%dT%H%M%SZ";
/// A presigned request lives at most seven days.
const LONGEST_PRESIGNED: i64 = 7 * 24 * 3600;

/// For which region and service a signature is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// For instance `us-east-1`.
    pub region: String,
    /// For instance `cognito-idp`.
    pub service: String,
}

impl Scope {
    /// A scope from its parts.
    pub fn new(region: impl Into<String>, service: impl Into<String>) -> Self {
        Self { region: region.into(), service: service.into() }
    }
}

/// What a server demands of signatures.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The services whose scope is accepted.
    pub services: Vec<String>,
    /// The region whose scope is accepted; `None` accepts every region.
    pub region: Option<String>,
    /// How far the signature's time may lie from now, in seconds either way: 300 by default, 900 on AWS.
    pub skew_seconds: i64,
    path: PathForm,
}

impl Rules {
    /// The rules of a service that is not S3, in one region.
    pub fn for_service(scope: Scope) -> Self {
        let path = PathForm { normalize: true, encode_twice: true };
        Self { services: vec![scope.service], region: Some(scope.region), skew_seconds: 300, path }
    }

    /// The rules of one of several services behind one address, in any region.
    pub fn for_services(services: &[&str]) -> Self {
        let path = PathForm { normalize: true, encode_twice: true };
        let services = services.iter().map(|service| (*service).to_owned()).collect();
        Self { services, region: None, skew_seconds: 300, path }
    }

    /// S3's rules, in any region: the path is neither resolved nor encoded twice.
    pub fn for_s3() -> Self {
        Self { path: PathForm { normalize: false, encode_twice: false }, ..Self::for_services(&["s3"]) }
    }

    /// The same rules with paths as they are sent: dots and double slashes stay.
    #[must_use]
    pub fn keep_path(mut self) -> Self {
        self.path.normalize = false;
        self
    }

    /// The same rules with another allowance for clocks, in seconds.
    #[must_use]
    pub fn skew_seconds(mut self, seconds: i64) -> Self {
        self.skew_seconds = seconds;
        self
    }
}

/// How the payload is bound to the signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Payload {
    /// By its SHA-256.
    Hashed,
    /// Not at all: `UNSIGNED-PAYLOAD`, or its streaming form with a trailer. S3 only.
    Unsigned,
    /// Chunk by chunk, each with a signature that continues this one. S3 only.
    Chunked,
}

/// Who claims to have signed a request, and how. Proves nothing until [`verify`](Self::verify) says so.
#[derive(Clone, Debug)]
pub struct Signature {
    access_key_id: String,
    date: String,
    scope: Scope,
    signed_headers: Vec<String>,
    hex: String,
    time_text: String,
    time: Timestamp,
    /// Seconds that a presigned request lives; `None` for a signature in a header.
    expires: Option<i64>,
    session_token: Option<String>,
}

/// The signature that a request claims to have, from its `Authorization` header or its query; `None` if it has none.
///
/// An `Authorization` header of another scheme is no signature.
///
/// # Errors
///
/// [`SignatureError::Incomplete`] if there is one but not all of it, or two of them.
pub fn read(request: &HttpRequest) -> Result<Option<Signature>, SignatureError> {
    let header =
        request.single("authorization").map_err(|()| SignatureError::Incomplete("two Authorization headers"))?;
    let header = header.and_then(|value| value.strip_prefix(ALGORITHM));
    let in_query = canonical::parameters(&request.query).any(|(name, _)| name == "X-Amz-Signature");
    match (header, in_query) {
        (None, false) => Ok(None),
        (Some(_), true) => Err(SignatureError::Incomplete("signatures in header and query")),
        (Some(header), false) => from_header(request, header).map(Some),
        (None, true) => from_query(request).map(Some),
    }
}

fn from_header(request: &HttpRequest, header: &str) -> Result<Signature, SignatureError> {
    let part = |wanted: &str| {
        let mut found = header.split(',').filter_map(|part| part.trim().strip_prefix(wanted)?.strip_prefix('='));
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(SignatureError::Incomplete("Credential, SignedHeaders and Signature, each once")),
        }
    };
    let time = request.single("x-amz-date").map_err(|()| SignatureError::Incomplete("two X-Amz-Date headers"))?;
    let token =
        request.single("x-amz-security-token").map_err(|()| SignatureError::Incomplete("two session tokens"))?;
    build(Claim {
        credential: part("Credential")?,
        signed_headers: part("SignedHeaders")?,
        hex: part("Signature")?,
        time: time.ok_or(SignatureError::Incomplete("X-Amz-Date"))?,
        expires: None,
        session_token: token,
    })
}

fn from_query(request: &HttpRequest) -> Result<Signature, SignatureError> {
    let parameters: Vec<(String, String)> = canonical::parameters(&request.query).collect();
    let optional = |wanted: &str| {
        let mut found = parameters.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        match (found.next(), found.next()) {
            (value, None) => Ok(value),
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
    build(Claim {
        credential: part("X-Amz-Credential")?,
        signed_headers: part("X-Amz-SignedHeaders")?,
        hex: part("X-Amz-Signature")?,
        time: part("X-Amz-Date")?,
        expires: Some(expires),
        session_token: optional("X-Amz-Security-Token")?,
    })
}

#[derive(Clone, Copy)]
struct Claim<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    hex: &'a str,
    time: &'a str,
    expires: Option<i64>,
    session_token: Option<&'a str>,
}

fn build(claim: Claim<'_>) -> Result<Signature, SignatureError> {
    let credential: Vec<&str> = claim.credential.split('/').collect();
    let [access_key_id, date, region, service, "aws4_request"] = credential.as_slice() else {
        return Err(SignatureError::Incomplete("Credential must be key/date/region/service/aws4_request"));
    };
    let time = NaiveDateTime::parse_from_str(claim.time, TIME)
        .map_err(|_| SignatureError::Incomplete("the date must be as 20150830T123600Z"))?;
    let signed_headers: Vec<String> = claim.signed_headers.split(';').map(str::to_owned).collect();
    let in_order = signed_headers.windows(2).all(|pair| pair.first() < pair.last());
    if !in_order || signed_headers.iter().any(|name| name.is_empty() || *name != name.to_ascii_lowercase()) {
        return Err(SignatureError::Incomplete("SignedHeaders must be in lower case and in order"));
    }
    Ok(Signature {
        access_key_id: (*access_key_id).to_owned(),
        date: (*date).to_owned(),
        scope: Scope::new(*region, *service),
        signed_headers,
        hex: claim.hex.to_owned(),
        time_text: claim.time.to_owned(),
        time: time.and_utc().into(),
        expires: claim.expires,
        session_token: claim.session_token.map(str::to_owned),
    })
}

impl Signature {
    /// Whose key it claims.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The region and service it claims.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The session token that came with it, if one did.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Whether the request was signed ahead, in its query.
    pub fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// Holds the request to this signature under `secret`.
    ///
    /// Signed must be `host`, `content-type` if there (outside presigned queries), and every `x-amz-*` header but the
    /// session token, which vouches for itself. Returns how the payload is bound.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] says which demand is not met.
    pub fn verify(
        &self,
        request: &HttpRequest,
        body: &Body<'_>,
        secret: &str,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<Payload, SignatureError> {
        self.check_scope(rules)?;
        self.check_time(rules, now)?;
        self.check_signed_headers(request)?;
        let (payload, payload_hash) = self.payload(request, body, rules)?;
        let expected = signature_of(&SigningInput {
            request,
            signed_headers: &self.signed_headers,
            without_parameter: self.expires.map(|_| "X-Amz-Signature"),
            payload_hash: &payload_hash,
            form: rules.path,
            time: &self.time_text,
            date: &self.date,
            scope: &self.scope,
            secret,
        });
        if constant_time_eq(expected.as_bytes(), self.hex.as_bytes()) {
            Ok(payload)
        } else {
            Err(SignatureError::Mismatch)
        }
    }

    /// The reader of the request's body, if it comes in chunks: after [`verify`](Self::verify) has said
    /// [`Payload::Chunked`], or [`Payload::Unsigned`] with a trailer.
    pub fn chunked_body(&self, request: &HttpRequest, secret: &str) -> Option<ChunkedBody> {
        let declared = request.single("x-amz-content-sha256").ok().flatten()?;
        let chain = || {
            let key = signing_key(secret, &self.date, &self.scope);
            Some(Chain::new(key, &self.time_text, &self.date, &self.scope, &self.hex))
        };
        match declared {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Some(ChunkedBody::new(chain(), false)),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Some(ChunkedBody::new(chain(), true)),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Some(ChunkedBody::new(None, true)),
            _ => None,
        }
    }

    fn check_scope(&self, rules: &Rules) -> Result<(), SignatureError> {
        let date_agrees = self.time_text.get(..8) == Some(&self.date);
        let region_agrees = rules.region.as_ref().is_none_or(|region| *region == self.scope.region);
        if date_agrees && region_agrees && rules.services.contains(&self.scope.service) {
            Ok(())
        } else {
            Err(SignatureError::Scope)
        }
    }

    fn check_time(&self, rules: &Rules, now: Timestamp) -> Result<(), SignatureError> {
        if self.time > now.plus_seconds(rules.skew_seconds) {
            return Err(SignatureError::NotYetCurrent);
        }
        let alive = self.expires.unwrap_or(rules.skew_seconds);
        if now > self.time.plus_seconds(alive) { Err(SignatureError::Expired) } else { Ok(()) }
    }

    fn check_signed_headers(&self, request: &HttpRequest) -> Result<(), SignatureError> {
        let is_signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        for name in &self.signed_headers {
            if request.values(name).next().is_none() {
                return Err(SignatureError::Mismatch);
            }
        }
        for once in ["host", "x-amz-content-sha256"] {
            request.single(once).map_err(|()| SignatureError::Incomplete("a header stands twice"))?;
        }
        let must = |name: &str| {
            name == "host"
                || (name == "content-type" && !self.is_presigned())
                || (name.starts_with("x-amz-") && name != "x-amz-security-token")
        };
        let unsigned = request.headers().iter().any(|(name, _)| must(name) && !is_signed(name));
        if unsigned || !is_signed("host") { Err(SignatureError::UnsignedHeader) } else { Ok(()) }
    }

    /// How the payload is bound, and the text that stands for it in the canonical request.
    fn payload(
        &self,
        request: &HttpRequest,
        body: &Body<'_>,
        rules: &Rules,
    ) -> Result<(Payload, String), SignatureError> {
        let declared = request.single("x-amz-content-sha256").ok().flatten();
        let is_s3 = rules.services.iter().any(|service| service == "s3");
        let form = match declared {
            None if self.is_presigned() && is_s3 => return Ok((Payload::Unsigned, "UNSIGNED-PAYLOAD".to_owned())),
            Some(text @ ("UNSIGNED-PAYLOAD" | "STREAMING-UNSIGNED-PAYLOAD-TRAILER")) if is_s3 => {
                return Ok((Payload::Unsigned, text.to_owned()));
            }
            Some(text @ ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"))
                if is_s3 =>
            {
                return Ok((Payload::Chunked, text.to_owned()));
            }
            other => other,
        };
        match (form, body) {
            (Some(declared), Body::Streaming) => Ok((Payload::Hashed, declared.to_owned())),
            (None, Body::Streaming) => Err(SignatureError::Payload),
            (declared, Body::Bytes(bytes)) => {
                let hash = hex(digest::digest(&digest::SHA256, bytes).as_ref());
                if declared.is_some_and(|declared| declared != hash) {
                    return Err(SignatureError::Payload);
                }
                Ok((Payload::Hashed, hash))
            }
        }
    }
}

pub(crate) struct SigningInput<'a> {
    pub(crate) request: &'a HttpRequest,
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
        input.signed_headers,
        input.without_parameter,
        input.payload_hash,
        input.form,
    );
    let Scope { region, service } = input.scope;
    let hash = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("{ALGORITHM}\n{}\n{}/{region}/{service}/aws4_request\n{hash}", input.time, input.date);
    hex(hmac::sign(&signing_key(input.secret, input.date, input.scope), to_sign.as_bytes()).as_ref())
}

/// The key that signs for a day, region and service.
fn signing_key(secret: &str, date: &str, scope: &Scope) -> hmac::Key {
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes());
    for part in [date, &scope.region, &scope.service, "aws4_request"] {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    key
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
