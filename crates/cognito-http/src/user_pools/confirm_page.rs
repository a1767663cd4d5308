//! The page that links in messages lead to. Fetching it confirms nothing: what the link brings stands behind `#`, and is
//! posted when a person clicks.

use axum::Json;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cognito_wire::Service;
use identity_kernel::context::RequestContext;
use serde::Deserialize;
use serde_json::json;
use userpool_core::ErrorCode;
use userpool_core::ops::links::ConfirmByLink;

use crate::call::Services;
use crate::dispatch::FrontEnd;
use crate::error::Failure;
use crate::peer::Peer;

/// Nothing but the page's own script and style, which talk to nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// `GET /{pool}/confirmUser`: the same for every pool, there or not.
pub(crate) async fn page() -> Response {
    guarded("text/html; charset=utf-8", include_str!("confirm_page/page.html"))
}

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

/// What the link brought.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    client_id: String,
    user_name: String,
    confirmation_code: String,
}

/// `POST /{pool}/confirmUser`, as the operation `ConfirmSignUp` and within its limits. The answer is a status alone: 204; 400
/// for a link that does not count, whoever exists; 409 for an address that leads to another account; 429; 503.
pub(crate) async fn confirm(
    State(front_end): State<FrontEnd>,
    Path(pool): Path<String>,
    request: Request,
) -> StatusCode {
    let context = context_of(&front_end.services, &request);
    let Ok(Json(posted)) = Json::<Posted>::from_request(request, &()).await else { return StatusCode::BAD_REQUEST };
    confirmed(&front_end.services, &pool, posted, context).await.err().unwrap_or(StatusCode::NO_CONTENT)
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

async fn confirmed(services: &Services, pool: &str, posted: Posted, context: RequestContext) -> Result<(), StatusCode> {
    let users = &services.user_pools;
    let operation = Service::UserPools.operations().iter().find(|info| info.name == "ConfirmSignUp");
    if let Some(operation) = operation {
        let asked = json!({"ClientId": posted.client_id});
        let taken = services.limits.take((operation, &asked), context.source, users, services.now()).await;
        taken.map_err(|_| StatusCode::TOO_MANY_REQUESTS)?;
    }
    let request = ConfirmByLink {
        pool: pool.parse().map_err(|_| StatusCode::BAD_REQUEST)?,
        client: posted.client_id.parse().map_err(|_| StatusCode::BAD_REQUEST)?,
        username: posted.user_name,
        code: posted.confirmation_code.into(),
    };
    users.for_request(context).confirm_sign_up_by_link(request).await.map_err(status)
}

fn status(error: userpool_core::Error) -> StatusCode {
    match error.code() {
        ErrorCode::CodeMismatch => StatusCode::BAD_REQUEST,
        ErrorCode::AliasExists => StatusCode::CONFLICT,
        ErrorCode::LimitExceeded | ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        _ => {
            let _told = Failure::from(error);
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
