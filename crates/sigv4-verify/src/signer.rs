use identity_kernel::time::Timestamp;
use ring::digest;

use crate::canonical::PathForm;
use crate::request::{Body, HttpRequest};
use crate::signature::{ALGORITHM, Scope, SigningInput, hex, signature_of};

/// Signs requests in their `Authorization` header: for tests, and for clients that want no SDK.
#[derive(Clone, Debug)]
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

impl Signer<'_> {
    /// Adds `X-Amz-Date`, the session token, for S3 `X-Amz-Content-Sha256`, and `Authorization`. All headers that
    /// are there by now are signed.
    pub fn sign(&self, request: &mut HttpRequest, body: &Body<'_>, now: Timestamp) {
        let is_s3 = self.scope.service == "s3";
        let payload_hash = match body {
            Body::Bytes(bytes) => hex(digest::digest(&digest::SHA256, bytes).as_ref()),
            Body::Streaming => "UNSIGNED-PAYLOAD".to_owned(),
        };
        let time = now.to_utc().format("%Y%m%dT%H%M%SZ").to_string();
        let date = now.to_utc().format("%Y%m%d").to_string();
        request.push_header("x-amz-date", &time);
        if let Some(token) = self.session_token {
            request.push_header("x-amz-security-token", token);
        }
        if is_s3 {
            request.push_header("x-amz-content-sha256", &payload_hash);
        }
        let mut signed: Vec<String> = request.headers().iter().map(|(name, _)| name.clone()).collect();
        signed.sort();
        signed.dedup();
        let signature = signature_of(&SigningInput {
            request,
            signed_headers: &signed,
            without_parameter: None,
            payload_hash: &payload_hash,
            form: PathForm { normalize: !is_s3, encode_twice: !is_s3 },
            time: &time,
            date: &date,
            scope: &self.scope,
            secret: self.secret,
        });
        let Scope { region, service } = &self.scope;
        let authorization = format!(
            "{ALGORITHM} Credential={}/{date}/{region}/{service}/aws4_request, SignedHeaders={}, Signature={signature}",
            self.access_key_id,
            signed.join(";")
        );
        request.push_header("authorization", authorization);
    }
}
