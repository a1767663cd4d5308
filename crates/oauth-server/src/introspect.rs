//! `POST /oauth2/introspect` (RFC 7662).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts as Head;
use axum::response::Response;
use serde_json::{Value, json};
use userpool_core::ops::oauth::{OAuthCode, OAuthError, Refused};

use crate::Parts;
use crate::answers::{Refusal, client, no_pool, refused, told};
use crate::context::Call;
use crate::parameters::Parameters;

pub(crate) async fn post(
    State(parts): State<Arc<Parts>>,
    Path(pool): Path<String>,
    head: Head,
    body: Bytes,
) -> Response {
    let Some(call) = Call::of(&parts, &pool, &head) else { return no_pool() };
    match introspect(&call, &head, &body).await {
        Ok(found) => told(StatusCode::OK, found),
        Err(Refusal(error)) => refused(&error, &head.headers),
    }
}

async fn introspect(call: &Call, head: &Head, body: &[u8]) -> Result<Value, Refusal> {
    let form = Parameters::of_form(&head.headers, body)?;
    let client = client(&head.headers, &form)?;
    let Some(token) = form.get("token") else {
        let missing = Refused { code: OAuthCode::InvalidRequest, description: "token is missing" };
        return Err(OAuthError::Refused(missing).into());
    };
    let told = call.users.introspect(&call.pool, &client, &token.into()).await?;
    Ok(told.map_or_else(|| json!({"active": false}), Value::Object))
}
