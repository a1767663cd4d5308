//! An S3 server that trusts vended credentials.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use credential_vending::{Caller, CredentialError, CredentialVending};
use hyper_util::rt::{TokioExecutor, TokioIo};
use iam_policy::Context;
use identity_kernel::time::Clock;
use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Result, s3_error};
use sigv4_verify::{Body, HttpRequest, Rules};
use tokio::net::TcpListener;

use crate::accept::accept;

/// Authentication and access for an S3 server built on `s3s`.
///
/// `sigv4-verify` holds each request to its signature before anything is read, the session token says which role and
/// identity the caller is, revocation is asked, and `iam-policy` decides by the role's policies. `s3s` then checks what
/// streams past: payload hashes and chunk signatures. Operations that have no policy action here are refused.
#[derive(Clone)]
pub struct S3Gate {
    vending: Arc<CredentialVending>,
    clock: Arc<dyn Clock>,
}

impl S3Gate {
    /// A gate that trusts what `vending` vends.
    pub fn new(vending: Arc<CredentialVending>, clock: Arc<dyn Clock>) -> Self {
        Self { vending, clock }
    }

    /// `s3` behind this gate.
    pub fn guard(&self, s3: impl S3) -> S3Service {
        let mut builder = S3ServiceBuilder::new(s3);
        builder.set_auth(self.clone());
        builder.set_access(self.clone());
        builder.build()
    }

    /// Serves `s3` behind this gate until the process ends. A connection that cannot be accepted (it was broken off, or
    /// there are too many open files) ends nothing: the next one is waited for.
    pub async fn serve(&self, listener: TcpListener, s3: impl S3) -> Infallible {
        let service = self.guard(s3);
        loop {
            let (stream, _) = accept(&listener).await;
            let service = service.clone();
            tokio::spawn(async move {
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                // A connection that breaks is its client's matter.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn caller(&self, request: &HttpRequest) -> S3Result<Caller> {
        let signature =
            sigv4_verify::read(request).map_err(|_| s3_error!(AccessDenied, "The signature is incomplete"))?;
        let signature = signature.ok_or_else(|| s3_error!(AccessDenied, "The request is not signed"))?;
        let holder = self.vending.holder(signature.access_key_id(), signature.session_token()).await;
        let (caller, secret) = holder.map_err(|error| refused(&error))?;
        signature
            .verify(request, &Body::Streaming, secret.expose(), &Rules::for_s3(), self.clock.now())
            .map_err(|error| s3_error!(SignatureDoesNotMatch, "{error}"))?;
        Ok(caller)
    }

    async fn allow(&self, caller: &Caller, action: &str, resource: &str, context: Context) -> S3Result<()> {
        let decision = self.vending.decide(caller, action, resource, context).await;
        let decision = decision.map_err(|_| s3_error!(ServiceUnavailable))?;
        if decision.is_allowed() {
            return Ok(());
        }
        let arn = caller.arn();
        Err(s3_error!(AccessDenied, "User: {arn} is not authorized to perform: {action} on resource: {resource}"))
    }
}

fn refused(error: &CredentialError) -> s3s::S3Error {
    match error {
        CredentialError::Expired => s3_error!(ExpiredToken, "The provided token has expired."),
        CredentialError::Storage(_) => s3_error!(ServiceUnavailable),
        CredentialError::Revoked => s3_error!(InvalidToken, "The provided token has been revoked."),
        _ => s3_error!(InvalidAccessKeyId, "The access key Id you provided does not exist."),
    }
}

#[async_trait::async_trait]
impl S3Auth for S3Gate {
    /// The secret with which `s3s` checks chunks; [`S3Access::check`] has the last word on whose it is.
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key.starts_with("ASIA") {
            let secret = self.vending.vended_secret(access_key).await.map_err(|error| refused(&error))?;
            return Ok(secret.expose().into());
        }
        let holder = self.vending.holder(access_key, None).await;
        let (_, secret) = holder.map_err(|error| refused(&error))?;
        Ok(secret.expose().into())
    }
}

#[async_trait::async_trait]
impl S3Access for S3Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let request = request_of(cx);
        let caller = self.caller(&request).await?;
        let operation = cx.s3_op().name();
        let action = action_of(operation)
            .ok_or_else(|| s3_error!(AccessDenied, "{operation} has no policy action and is refused"))?;
        let mut context = Context::new();
        for name in ["prefix", "delimiter"] {
            if let Some(value) = parameter(cx.uri().query().unwrap_or_default(), name) {
                context.set(&format!("s3:{name}"), vec![value]);
            }
        }
        if let Some(source) = cx.headers().get("x-amz-copy-source") {
            let source = source.to_str().map_err(|_| s3_error!(InvalidArgument))?;
            let source = decode(source.trim_start_matches('/'));
            self.allow(&caller, "s3:GetObject", &format!("arn:aws:s3:::{source}"), context.clone()).await?;
        }
        self.allow(&caller, action, &resource_of(cx.s3_path()), context).await
    }
}

fn request_of(cx: &S3AccessContext<'_>) -> HttpRequest {
    let target = cx.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut request = HttpRequest::new(cx.method().as_str(), target);
    for (name, value) in cx.headers() {
        request.push_header(name.as_str(), value.as_bytes());
    }
    request
}

/// The policy action of an S3 operation, for those that one action of one resource covers.
fn action_of(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "GetObject" | "HeadObject" => "s3:GetObject",
        "PutObject" | "CopyObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => {
            "s3:PutObject"
        }
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        "ListParts" => "s3:ListMultipartUploadParts",
        "DeleteObject" => "s3:DeleteObject",
        "ListObjects" | "ListObjectsV2" | "HeadBucket" => "s3:ListBucket",
        "GetBucketLocation" => "s3:GetBucketLocation",
        "ListBuckets" => "s3:ListAllMyBuckets",
        "CreateBucket" => "s3:CreateBucket",
        "DeleteBucket" => "s3:DeleteBucket",
        _ => return None,
    })
}

fn resource_of(path: &S3Path) -> String {
    match path {
        S3Path::Root => "*".to_owned(),
        S3Path::Bucket { bucket } => format!("arn:aws:s3:::{bucket}"),
        S3Path::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn parameter(query: &str, wanted: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| decode(value))
}

impl fmt::Debug for S3Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Gate")
    }
}
