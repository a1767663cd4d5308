//! The layer for tower's services: axum, hyper, tonic.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use sigv4_verify::HttpRequest;
use tower_layer::Layer;
use tower_service::Service;

use crate::access::Access;
use crate::body::CheckedBody;
use crate::refusal::Refusal;
use crate::server::{Admitted, ResourceServer};

/// Bodies that are gathered to be compared with their hash are so long at most (1 MiB), unless it is said otherwise.
const LONGEST_BODY: usize = 1024 * 1024;

/// Lets only those requests through that a [`ResourceServer`] admits; others are answered with the reason, as JSON
/// (`{"__type": "AccessDenied", "message": "…"}`).
///
/// `access` says what a request wants, by its request line and headers; `None` refuses it. A handler finds the
/// [`Admitted`] among the request's extensions, and reads a [`CheckedBody`]. Requests of the service `s3` stream past and are
/// held to their hash or chunks on the way; bodies of others are gathered first, 1 MiB at most.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::{Extension, Router, routing::get};
/// use resource_server::{Access, Admitted, ResourceServer, Rules, SignedRequests};
///
/// # fn app(server: Arc<ResourceServer>) -> Router {
/// let signed = SignedRequests::new(server, |request| {
///     let resource = format!("arn:aws:notes:::{}", request.uri.path().trim_start_matches('/'));
///     (request.method == "GET").then(|| Access::to("notes:Read", resource))
/// });
/// Router::new()
///     .route("/{*note}", get(|Extension(who): Extension<Admitted>| async move { who.caller.session.session_arn() }))
///     .layer(signed)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SignedRequests<F> {
    server: Arc<ResourceServer>,
    access: F,
    longest_body: usize,
}

impl<F> SignedRequests<F>
where
    F: Fn(&Parts) -> Option<Access> + Clone,
{
    /// Requests that `server` admits to what `access` says they want.
    pub fn new(server: Arc<ResourceServer>, access: F) -> Self {
        Self { server, access, longest_body: LONGEST_BODY }
    }

    /// The same with bodies of so many bytes at most, where they are gathered.
    #[must_use]
    pub fn longest_body(self, bytes: usize) -> Self {
        Self { longest_body: bytes, ..self }
    }

    async fn admit<B>(&self, request: Request<B>) -> Result<Request<CheckedBody<B>>, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut parts, body) = request.into_parts();
        let access = (self.access)(&parts).ok_or(Refusal::UnknownRequest)?;
        let head = HttpRequest::from(&parts);
        // Only for whoever holds an open session's token is anything gathered.
        let claim = self.server.claim(&head)?;
        let (caller, body) = if claim.service() == "s3" {
            let caller = self.server.prove(claim, &head, &sigv4_verify::Body::Streaming)?;
            let body = CheckedBody::streaming(body, &caller, &head);
            (caller, body)
        } else {
            let bytes = gathered(body, self.longest_body).await?;
            (self.server.prove(claim, &head, &sigv4_verify::Body::Bytes(&bytes))?, CheckedBody::whole(bytes))
        };
        let admitted = self.server.authorize(caller, &access)?;
        parts.extensions.insert::<Admitted>(admitted);
        Ok(Request::from_parts(parts, body))
    }
}

async fn gathered<B>(body: B, limit: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLong { limit }),
        Err(_) => Err(Refusal::BodyUnreadable),
    }
}

impl<S, F: Clone> Layer<S> for SignedRequests<F> {
    type Service = Guarded<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { inner, guard: self.clone() }
    }
}

/// A service behind [`SignedRequests`].
#[derive(Clone, Debug)]
pub struct Guarded<S, F> {
    inner: S,
    guard: SignedRequests<F>,
}

impl<S, F, B, R> Service<Request<B>> for Guarded<S, F>
where
    S: Service<Request<CheckedBody<B>>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    F: Fn(&Parts) -> Option<Access> + Clone + Send + Sync + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready goes; its clone, which is not yet, stays.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let guard = self.guard.clone();
        Box::pin(async move {
            match guard.admit(request).await {
                Ok(request) => inner.call(request).await,
                Err(refusal) => Ok(answer(&refusal)),
            }
        })
    }
}

/// A refusal as an answer.
fn answer<R: From<String>>(refusal: &Refusal) -> Response<R> {
    let body = serde_json::json!({"__type": refusal.code(), "message": refusal.to_string()}).to_string();
    let mut answer = Response::new(R::from(body));
    *answer.status_mut() = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::FORBIDDEN);
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}
