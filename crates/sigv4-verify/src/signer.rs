use std::borrow::Cow;
use std::fmt;

use identity_kernel::time::Timestamp;

use crate::canonical::{encode, parameters};
use crate::claim::LONGEST_PRESIGNED;
use crate::error::SignatureError;
use crate::headers::{SortedHeaders, is_token};
use crate::payload::{self, Bound};
use crate::request::{Body, HttpRequest};
use crate::rules::Scope;
use crate::signing::{ALGORITHM, SigningInput, signature_of};
use crate::time;

/// Signs requests in their `Authorization` header or in their query: for tests, and for clients that want no SDK.
///
/// It signs nothing that [`Signature::verify`](crate::Signature::verify) would refuse for its form.
#[derive(Clone)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
    /// For which region and service.
    pub scope: Scope,
}

impl fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Signer<'_> {
    /// Sets `X-Amz-Date`, the session token, for S3 `X-Amz-Content-Sha256`, and `Authorization`; what stood there of the
    /// first two and the last is replaced. All headers that are there by now are signed.
    ///
    /// `X-Amz-Content-Sha256` is kept if it is there, so a caller may name one of S3's forms; else a body that streams is
    /// `UNSIGNED-PAYLOAD`, which only S3 takes.
    ///
    /// # Errors
    ///
    /// What the verifier would refuse: [`SignatureError::UnsignedHeader`] without `host`,
    /// [`SignatureError::Incomplete`] for a header twice, a control character, or a scope or key id that is empty or has a
    /// `/`, [`SignatureError::Payload`] for a declared hash that is not the body's, or no hash where one must be.
    pub fn sign(&self, request: &mut HttpRequest, body: &Body<'_>, now: Timestamp) -> Result<(), SignatureError> {
        let time = self.time(request, now)?;
        request.remove_header("authorization");
        request.set_header("x-amz-date", time.as_str());
        if let Some(token) = self.session_token {
            request.set_header("x-amz-security-token", token);
        }
        let bound = self.payload(request, body, false)?;
        let signed = SortedHeaders::new(request).names();
        let signature = self.signature(request, &signed, &bound, &time)?;
        let authorization = format!(
            "{ALGORITHM} Credential={}, SignedHeaders={}, Signature={signature}",
            self.credential(&time),
            signed.join(";")
        );
        request.push_header("authorization", authorization);
        Ok(())
    }

    /// Signs ahead: the query holds the signature, and the request is good for `seconds` from `now` on, from 1 to 604,800
    /// (seven days). All headers that are there by now are signed and must be sent; often that is `host` alone.
    ///
    /// The body is for S3 what `X-Amz-Content-Sha256` says, as a header or in the query, and unsigned without it; for other
    /// services its hash counts.
    ///
    /// # Errors
    ///
    /// As for [`sign`](Self::sign), and [`SignatureError::Incomplete`] if `seconds` is out of range or the query holds a
    /// part of a signature already.
    pub fn presign(
        &self,
        request: &mut HttpRequest,
        body: &Body<'_>,
        seconds: i64,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let time = self.time(request, now)?;
        let parts = ["Algorithm", "Credential", "Date", "Expires", "Security-Token", "Signature", "SignedHeaders"];
        let is_part = |name: &[u8]| {
            let rest = name.strip_prefix(b"X-Amz-");
            rest.is_some_and(|rest| parts.iter().any(|part| part.as_bytes() == rest))
        };
        if parameters(&request.query).any(|(name, _)| is_part(&name)) {
            return Err(SignatureError::Incomplete("a parameter stands twice"));
        }
        if !(1..=LONGEST_PRESIGNED).contains(&seconds) {
            return Err(SignatureError::Incomplete("X-Amz-Expires must be from 1 to 604800"));
        }
        let bound = self.payload(request, body, true)?;
        let signed = SortedHeaders::new(request).names();
        let text = |text: &str| encode(text.as_bytes());
        let (credential, names) = (text(&self.credential(&time)), text(&signed.join(";")));
        let mut added = format!(
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={time}&X-Amz-Expires={seconds}\
             &X-Amz-SignedHeaders={names}"
        );
        if let Some(token) = self.session_token {
            added = format!("{added}&X-Amz-Security-Token={}", text(token));
        }
        request.push_query(&added);
        let signature = self.signature(request, &signed, &bound, &time)?;
        request.push_query(&format!("X-Amz-Signature={signature}"));
        Ok(())
    }

    /// The text of the time, if everything that is the signer's own can be read back.
    fn time(&self, request: &HttpRequest, now: Timestamp) -> Result<String, SignatureError> {
        let Scope { region, service } = &self.scope;
        let sound =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && !b"/,".contains(&byte));
        if ![self.access_key_id, region, service].iter().all(|part| sound(part)) {
            return Err(SignatureError::Incomplete("a key id, region or service is not one"));
        }
        if !is_token(&request.method) {
            return Err(SignatureError::Incomplete("the method is no token"));
        }
        time::write_basic(now).ok_or(SignatureError::Incomplete("the date must be as 20150830T123600Z"))
    }

    fn credential(&self, time: &str) -> String {
        let Scope { region, service } = &self.scope;
        format!("{}/{}/{region}/{service}/aws4_request", self.access_key_id, date_of(time))
    }

    /// How the body is bound; for S3 the request says so in a header.
    fn payload(&self, request: &mut HttpRequest, body: &Body<'_>, is_presigned: bool) -> Result<Bound, SignatureError> {
        let is_s3 = self.scope.is_s3();
        let declared = payload::declared(request, is_presigned)?.map(Cow::into_owned);
        let streams = is_s3 && !is_presigned && declared.is_none() && matches!(body, Body::Streaming);
        let declared = if streams { Some(payload::UNSIGNED.as_bytes().to_vec()) } else { declared };
        let bound = payload::bind(declared.as_deref(), body, is_s3, is_presigned)?;
        if is_s3 && !is_presigned {
            request.set_header("x-amz-content-sha256", bound.text.as_str());
        }
        Ok(bound)
    }

    fn signature(
        &self,
        request: &HttpRequest,
        signed: &[String],
        bound: &Bound,
        time: &str,
    ) -> Result<String, SignatureError> {
        let headers = SortedHeaders::new(request);
        if !signed.iter().all(|name| is_token(name)) {
            return Err(SignatureError::Incomplete("a header's name is no token"));
        }
        headers.check(signed, &[])?;
        Ok(signature_of(&SigningInput {
            request,
            headers: &headers,
            signed_headers: signed,
            without_parameter: None,
            payload_hash: &bound.text,
            form: self.scope.path_form(),
            time,
            date: date_of(time),
            scope: &self.scope,
            secret: self.secret,
        }))
    }
}

/// The day of a time as it is written.
fn date_of(time: &str) -> &str {
    time.get(..8).unwrap_or_default()
}
