//! What the pages have in common that links in messages lead to.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cognito_wire::Service;
use identity_kernel::context::RequestContext;
use serde_json::Value;
use userpool_core::{Error, ErrorCode};

use crate::call::Services;
use crate::error::Failure;
use crate::peer::Peer;

/// Nothing but the page's own script and style, which talk to nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// `GET /pages/confirm.js`, the script of this page and of others that are confirmed by a click.
pub(crate) async fn script() -> Response {
    guarded("text/javascript; charset=utf-8", include_str!("confirm_page/page.js"))
}

/// `GET /pages/confirm.css`.
pub(crate) async fn style() -> Response {
    guarded("text/css; charset=utf-8", include_str!("confirm_page/page.css"))
}

/// An answer with a page or a part of one.
pub(crate) fn guarded(content_type: &'static str, body: &'static str) -> Response {
    let headers: [(HeaderName, &'static str); 7] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    let mut response = (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), body).into_response();
    // Browsers heed it over TLS alone.
    let transport = HeaderValue::from_static("max-age=31536000");
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, transport);
    response
}

/// Where a request of a page comes from.
pub(crate) fn context_of(services: &Services, request: &Request) -> RequestContext {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    RequestContext {
        source: Peer::of(request.extensions()).address,
        user_agent: agent.map(str::to_owned),
        request_id: Some(services.request_id()),
        ..RequestContext::default()
    }
}

/// Takes what is posted as a call of this operation, within its limits.
pub(crate) async fn admit(
    services: &Services,
    operation: &str,
    asked: &Value,
    context: &RequestContext,
) -> Result<(), StatusCode> {
    let operation = Service::UserPools.operations().iter().find(|info| info.name == operation);
    let Some(operation) = operation else { return Ok(()) };
    let taken = services.limits.take((operation, asked), context.source, &services.user_pools, services.now()).await;
    taken.map_err(|_| StatusCode::TOO_MANY_REQUESTS)
}

/// The status of an error that is not the link's: 429, or 503, which the log explains.
pub(crate) fn unavailable(error: Error) -> StatusCode {
    match error.code() {
        ErrorCode::LimitExceeded | ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        _ => {
            let _told = Failure::from(error);
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
