//! What tests need beside the API: start over, read messages, travel in time. Only on loopback, only when asked for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use cenote::Cenote;
use cenote::adapters::row;
use cenote::kernel::time::{ShiftedClock, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::messengers::TestOutbox;

/// What the test API works on.
pub(crate) struct TestApi {
    pub(crate) cenote: Cenote,
    pub(crate) outbox: TestOutbox,
    pub(crate) clock: Arc<ShiftedClock<SystemClock>>,
}

pub(crate) fn router(api: TestApi) -> Router {
    Router::new()
        .route("/_cenote/reset", post(reset))
        .route("/_cenote/outbox", get(outbox))
        .route("/_cenote/clock", post(clock))
        .layer(from_fn(only_from_here))
        .with_state(Arc::new(api))
}

/// Refuses what a web page sends: it may stand anywhere, and a name of its own may lead here.
async fn only_from_here(request: Request, next: Next) -> Response {
    if is_from_here(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, Json(json!({"message": "only programs and pages of this machine call the test api"})))
        .into_response()
}

/// Whether the address that was asked for, and the page that asks if one does, are of this machine.
fn is_from_here(uri: &Uri, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let asked = uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text(HOST)).unwrap_or_default();
    let page = text(ORIGIN).map(|origin| origin.split_once("://").map_or(origin, |(_, authority)| authority));
    is_loopback(asked) && page.is_none_or(is_loopback)
}

/// Whether `host[:port]` names this machine.
fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn reset(State(api): State<Arc<TestApi>>) -> (StatusCode, Json<Value>) {
    let failed = |error: String| (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"message": error})));
    if let Err(error) = api.cenote.clear().await {
        return failed(error.to_string());
    }
    api.outbox.clear();
    (StatusCode::OK, Json(json!({})))
}

async fn outbox(State(api): State<Arc<TestApi>>, Query(query): Query<BTreeMap<String, String>>) -> Json<Value> {
    let username = query.get("username").map_or("", String::as_str);
    Json(api.outbox.to(username).iter().map(row).collect())
}

#[derive(Deserialize)]
struct Advance {
    advance_seconds: i64,
}

async fn clock(State(api): State<Arc<TestApi>>, Json(advance): Json<Advance>) -> Json<Value> {
    api.clock.advance_seconds(advance.advance_seconds);
    Json(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(host: Option<&'static str>, origin: Option<&'static str>) -> bool {
        let named = [(HOST, host), (ORIGIN, origin)].into_iter();
        let headers = named.filter_map(|(name, value)| Some((name, HeaderValue::from_static(value?)))).collect();
        is_from_here(&Uri::from_static("/_cenote/reset"), &headers)
    }

    #[test]
    fn a_program_of_this_machine_and_a_page_that_it_serves_may_call() {
        for host in ["localhost:9229", "127.0.0.1:9229", "[::1]:9229", "LOCALHOST"] {
            assert!(judged(Some(host), None), "{host}");
            assert!(judged(Some(host), Some("http://localhost:3000")), "{host}");
        }
    }

    #[test]
    fn a_page_from_elsewhere_and_a_name_that_was_led_here_may_not() {
        for origin in ["https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example"]
        {
            assert!(!judged(Some("localhost:9229"), Some(origin)), "{origin}");
        }
        for host in [Some("evil.example:9229"), Some("127.0.0.1.evil.example"), Some("x@evil.example"), Some(""), None]
        {
            assert!(!judged(host, None), "{host:?}");
        }
    }
}
