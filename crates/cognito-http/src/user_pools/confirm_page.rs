//! The page that links in messages lead to. Fetching it confirms nothing: what the link brings stands behind `#`, and is
//! posted when a person clicks.

use axum::Json;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity_kernel::context::RequestContext;
use serde::Deserialize;
use serde_json::json;
use userpool_core::ErrorCode;
use userpool_core::ops::links::ConfirmByLink;

use crate::call::Services;
use crate::dispatch::FrontEnd;
use crate::user_pools::pages::{admit, context_of, guarded, unavailable};

/// `GET /{pool}/confirmUser`: the same for every pool, there or not.
pub(crate) async fn page() -> Response {
    guarded("text/html; charset=utf-8", include_str!("confirm_page/page.html"))
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

async fn confirmed(services: &Services, pool: &str, posted: Posted, context: RequestContext) -> Result<(), StatusCode> {
    let users = &services.user_pools;
    admit(services, "ConfirmSignUp", &json!({"ClientId": posted.client_id}), &context).await?;
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
        _ => unavailable(error),
    }
}
