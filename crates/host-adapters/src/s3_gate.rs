//! An S3 server that trusts vended credentials.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use credential_vending::ops::authorization_messages::Denied;
use credential_vending::{Caller, CredentialError, CredentialVending};
use hyper_util::rt::{TokioExecutor, TokioIo};
use identity_kernel::time::Clock;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Result, s3_error};
use sigv4_verify::{Body, HttpRequest, Rules, Signature};
use tokio::net::TcpListener;

use crate::accept::accept;
use crate::s3_actions::{Asked, Query, Said, asked};

/// What the fields of a form may hold together, in bytes, until it is refused.
const LARGEST_FORM: usize = 16 * 1024;

/// Authentication and access for an S3 server built on `s3s`.
///
/// `sigv4-verify` holds each request to its signature before anything is read, the session token says which role and
/// identity the caller is, revocation is asked, and `iam-policy` decides by the role's policies. `s3s` then checks what
/// streams past: payload hashes and chunk signatures. Operations that have no policy action here are refused, uploads by
/// HTML forms among them. A named version (`versionId`) takes the actions of versions, and a header that sets an access
/// list, tags or a lock takes the action that sets it, besides the operation's own.
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
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config()))));
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

    async fn caller(&self, request: &HttpRequest, query: &Query<'_>) -> S3Result<Caller> {
        let signature =
            sigv4_verify::read(request).map_err(|_| s3_error!(AccessDenied, "The signature is incomplete"))?;
        let signature = signature.ok_or_else(|| s3_error!(AccessDenied, "The request is not signed"))?;
        if has_old_signature(request, &signature, query) {
            return Err(s3_error!(AccessDenied, "The request is signed twice"));
        }
        let holder = self.vending.holder(signature.access_key_id(), signature.session_token()).await;
        let (caller, secret) = holder.map_err(|error| refused(&error))?;
        signature
            .verify(request, &Body::Streaming, secret.expose(), &Rules::for_s3(), self.clock.now())
            .map_err(|error| s3_error!(SignatureDoesNotMatch, "{error}"))?;
        Ok(caller)
    }

    async fn allow(&self, caller: &Caller, asked: Asked) -> S3Result<()> {
        let authority = self.vending.authority(caller).await.map_err(|_| s3_error!(ServiceUnavailable))?;
        for (action, resource) in asked.actions {
            if !authority.decide(action, &resource, asked.context.clone()).is_allowed() {
                let (authority, resource, context) = (&authority, resource.as_str(), asked.context);
                let message = self.vending.denial(&Denied { caller, authority, action, resource, context });
                return Err(s3_error!(AccessDenied, "{message}"));
            }
        }
        Ok(())
    }
}

/// Uploads by HTML forms have no policy action, and `s3s` reads a form before it asks whose it is: it may hold nothing.
fn config() -> S3Config {
    let mut config = S3Config::default();
    config.post_object_max_file_size = 0;
    config.form_max_field_size = LARGEST_FORM;
    config.form_max_fields_size = LARGEST_FORM;
    config
}

/// A signature of the old form beside ours: `s3s` would check that one alone, and not hold the body to what ours says of it.
fn has_old_signature(request: &HttpRequest, signature: &Signature, query: &Query<'_>) -> bool {
    query.has("Signature") || signature.is_presigned() && request.headers().any(|(name, _)| name == "authorization")
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
        let query = Query::read(cx.uri().query().unwrap_or_default());
        let caller = self.caller(&request_of(cx), &query).await?;
        let asked = asked(cx.s3_op().name(), cx.s3_path(), Said { query: &query, headers: cx.headers() })?;
        self.allow(&caller, asked).await
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

impl fmt::Debug for S3Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Gate")
    }
}
