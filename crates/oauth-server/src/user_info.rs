//! `GET` and `POST /oauth2/userInfo` (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use identity_kernel::secret::SecretString;
use serde_json::{Value, json};
use userpool_core::ops::oauth::{OAuthCode, OAuthError, Refused};

use crate::Parts;
use crate::answers::{no_pool, note, told};
use crate::context::Call;
use crate::parameters::Parameters;

pub(crate) async fn get(State(parts): State<Arc<Parts>>, Path(pool): Path<String>, head: Head) -> Response {
    answer(&parts, &pool, &head, bearer(&head.headers)).await
}

/// The token stands in the header, or in the form (RFC 6750 §2.2), and not in both.
pub(crate) async fn post(
    State(parts): State<Arc<Parts>>,
    Path(pool): Path<String>,
    head: Head,
    body: Bytes,
) -> Response {
    let form = Parameters::of_form(&head.headers, &body).unwrap_or_default();
    let token = match (bearer(&head.headers), form.get("access_token")) {
        (Some(_), Some(_)) | (None, None) => None,
        (by_header, by_form) => by_header.or_else(|| by_form.map(Into::into)),
    };
    answer(&parts, &pool, &head, token).await
}

async fn answer(parts: &Parts, pool: &str, head: &Head, token: Option<SecretString>) -> Response {
    let Some(call) = Call::of(parts, pool, head) else { return no_pool() };
    let Some(token) = token else {
        return refused(StatusCode::BAD_REQUEST, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint");
    };
    match call.users.user_info(&call.pool, &token).await {
        Ok(claims) => told(StatusCode::OK, Value::Object(claims)),
        Err(OAuthError::Refused(Refused { code: OAuthCode::InsufficientScope, description })) => {
            refused(StatusCode::FORBIDDEN, "insufficient_scope", description)
        }
        Err(OAuthError::Refused(Refused { description, .. })) => {
            refused(StatusCode::UNAUTHORIZED, "invalid_token", description)
        }
        Err(error) => {
            note(&error);
            told(StatusCode::SERVICE_UNAVAILABLE, json!({"error": error.name()}))
        }
    }
}

/// An error as bearers of tokens read it (RFC 6750 §3).
fn refused(status: StatusCode, error: &'static str, description: &'static str) -> Response {
    let mut response = told(status, json!({"error": error, "error_description": description}));
    let said = format!("Bearer error=\"{error}\", error_description=\"{description}\"");
    if let Ok(said) = HeaderValue::from_str(&said) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, said);
    }
    response
}

fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().into())
}
