//! What tests need beside the API: start over, read messages, travel in time. Only on loopback, only when asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use cenote::Cenote;
use cenote::adapters::row;
use cenote::kernel::secret::SecretString;
use cenote::kernel::time::{ShiftedClock, SystemClock};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::messengers::TestOutbox;

/// What the test API works on.
pub(crate) struct TestApi {
    pub(crate) cenote: Cenote,
    pub(crate) outbox: TestOutbox,
    pub(crate) clock: Arc<ShiftedClock<SystemClock>>,
    /// The operators' keys, which a reset brings back.
    pub(crate) admin_keys: Vec<(String, SecretString)>,
}

pub(crate) fn router(api: TestApi) -> Router {
    Router::new()
        .route("/_cenote/reset", post(reset))
        .route("/_cenote/outbox", get(outbox))
        .route("/_cenote/clock", post(clock))
        .with_state(Arc::new(api))
}

async fn reset(State(api): State<Arc<TestApi>>) -> (StatusCode, Json<Value>) {
    let failed = |error: String| (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"message": error})));
    if let Err(error) = api.cenote.clear().await {
        return failed(error.to_string());
    }
    let keys = api.admin_keys.iter().map(|(key, secret)| (key.as_str(), secret));
    if let Err(error) = api.cenote.vending().set_configured_operators(keys) {
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
