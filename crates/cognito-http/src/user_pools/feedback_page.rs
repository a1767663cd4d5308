//! The page that the links of notifications about risky sign-ins lead to. Fetching it says nothing: a person does, by a click.

use axum::Json;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity_kernel::context::RequestContext;
use serde::Deserialize;
use serde_json::json;
use userpool_core::ErrorCode;

use crate::call::Services;
use crate::dispatch::FrontEnd;
use crate::user_pools::pages::{admit, context_of, guarded, unavailable};

/// `GET /{pool}/feedback`: the same for every pool, there or not.
pub(crate) async fn page() -> Response {
    guarded("text/html; charset=utf-8", include_str!("feedback_page/page.html"))
}

/// What the link brought.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    user_name: String,
    event_id: String,
    feedback_token: String,
    value: Value,
}

/// Whether it was the user.
#[derive(Deserialize)]
enum Value {
    Valid,
    Invalid,
}

/// `POST /{pool}/feedback`, as the operation `UpdateAuthEventFeedback` and within its limits. The answer is a status alone: 204;
/// 400 for a link that does not count, whoever exists; 429; 503.
pub(crate) async fn say(State(front_end): State<FrontEnd>, Path(pool): Path<String>, request: Request) -> StatusCode {
    let context = context_of(&front_end.services, &request);
    let Ok(Json(posted)) = Json::<Posted>::from_request(request, &()).await else { return StatusCode::BAD_REQUEST };
    said(&front_end.services, &pool, posted, context).await.err().unwrap_or(StatusCode::NO_CONTENT)
}

async fn said(services: &Services, pool: &str, posted: Posted, context: RequestContext) -> Result<(), StatusCode> {
    let users = &services.user_pools;
    admit(services, "UpdateAuthEventFeedback", &json!({"UserPoolId": pool}), &context).await?;
    let Posted { user_name, event_id, feedback_token, value } = posted;
    let pool = pool.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let (event, valid) = ((event_id.as_str(), feedback_token.as_str()), matches!(value, Value::Valid));
    users.for_request(context).update_auth_event_feedback(&pool, &user_name, event, valid).await.map_err(status)
}

fn status(error: userpool_core::Error) -> StatusCode {
    match error.code() {
        ErrorCode::NotAuthorized | ErrorCode::ResourceNotFound | ErrorCode::ProtectionOff => StatusCode::BAD_REQUEST,
        _ => unavailable(error),
    }
}
