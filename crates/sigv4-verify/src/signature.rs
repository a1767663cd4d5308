use std::fmt;

use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;

use crate::chunks::{Chain, ChunkedBody};
use crate::error::SignatureError;
use crate::headers::{SortedHeaders, is_token};
use crate::payload::{self, Payload};
use crate::request::{Body, HttpRequest};
use crate::rules::{Rules, Scope};
use crate::signing::{SigningInput, signature_of, signing_key};

/// Who claims to have signed a request, and how. Proves nothing until [`verify`](Self::verify) says so.
#[derive(Clone)]
pub struct Signature {
    pub(crate) access_key_id: String,
    pub(crate) date: String,
    pub(crate) scope: Scope,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) hex: String,
    pub(crate) time_text: String,
    pub(crate) time: Timestamp,
    /// Seconds that a presigned request lives; `None` for a signature in a header.
    pub(crate) expires: Option<i64>,
    pub(crate) session_token: Option<String>,
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_headers", &self.signed_headers)
            .field("time", &self.time_text)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
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

    /// The headers that it covers, in lower case and in order.
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// The session token that came with it, if one did.
    ///
    /// In a header it need not be signed: it vouches for itself, and the secret that belongs to it signed the rest; AWS's
    /// own suite adds it behind the signature for some services. In a presigned query it stands among the signed
    /// parameters like any other, so one that is added after signing, as some of Amazon's services want it, makes the signature a
    /// [`Mismatch`](SignatureError::Mismatch).
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Whether the request was signed ahead, in its query.
    pub fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// Holds the request to this signature under `secret`.
    ///
    /// Signed must be `host`, every `x-amz-*` header but the session token, which vouches for itself, and what the rules
    /// name besides. No `x-amz-*`, `host`, `authorization`, `date`, `content-type` or `content-length` may stand twice, and no
    /// signed header may hold a control character. Runs of blanks and tabs in a header count as one blank, as the
    /// signature's form has it; every other byte counts. Returns how the payload is bound.
    ///
    /// The work grows with the length of the request, and with the number of its headers and parameters `n` as `n log n`.
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
        if !is_token(&request.method) {
            return Err(SignatureError::Incomplete("the method is no token"));
        }
        let headers = SortedHeaders::new(request);
        headers.check(&self.signed_headers, rules.signed_besides())?;
        let declared = payload::declared(request, self.is_presigned())?;
        let bound = payload::bind(declared.as_deref(), body, self.scope.is_s3(), self.is_presigned())?;
        let expected = signature_of(&SigningInput {
            request,
            headers: &headers,
            signed_headers: &self.signed_headers,
            without_parameter: self.expires.map(|_| "X-Amz-Signature"),
            payload_hash: &bound.text,
            form: rules.path_form(&self.scope),
            time: &self.time_text,
            date: &self.date,
            scope: &self.scope,
            secret,
        });
        if constant_time_eq(expected.as_bytes(), self.hex.as_bytes()) {
            Ok(bound.payload)
        } else {
            Err(SignatureError::Mismatch)
        }
    }

    /// The reader of the request's body, if it comes in chunks: after [`verify`](Self::verify) has said
    /// [`Payload::Chunked`], or [`Payload::Unsigned`] with a trailer.
    ///
    /// Where the request names its trailers in `x-amz-trailer`, no other may come.
    pub fn chunked_body(&self, request: &HttpRequest, secret: &str) -> Option<ChunkedBody> {
        let chain = || {
            let key = signing_key(secret, &self.date, &self.scope);
            Some(Chain::new(key, &self.time_text, &self.date, &self.scope, &self.hex))
        };
        let body = match request.text("x-amz-content-sha256")? {
            payload::CHUNKED => ChunkedBody::new(chain(), false),
            payload::CHUNKED_TRAILER => ChunkedBody::new(chain(), true),
            payload::UNSIGNED_TRAILER => ChunkedBody::new(None, true),
            _ => return None,
        };
        Some(body.naming(request.text("x-amz-trailer")))
    }

    fn check_scope(&self, rules: &Rules) -> Result<(), SignatureError> {
        if self.is_presigned() && !rules.takes_presigned() {
            return Err(SignatureError::Presigned);
        }
        let date_agrees = self.time_text.get(..8) == Some(&self.date);
        if date_agrees && rules.accepts(&self.scope) { Ok(()) } else { Err(SignatureError::Scope) }
    }

    fn check_time(&self, rules: &Rules, now: Timestamp) -> Result<(), SignatureError> {
        if self.time > now.plus_seconds(rules.skew_seconds) {
            return Err(SignatureError::NotYetCurrent);
        }
        let alive = self.expires.unwrap_or(rules.skew_seconds);
        if now > self.time.plus_seconds(alive) { Err(SignatureError::Expired) } else { Ok(()) }
    }
}
