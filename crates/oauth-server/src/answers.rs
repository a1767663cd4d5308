//! Answers of the endpoints that programs call.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tracing::error;
use userpool_core::ops::oauth::{ClientProof, OAuthCode, OAuthError, Refused};

use crate::parameters::{Malformed, Parameters};

/// Scripts of any page may call the endpoints for programs: no cookie is looked at there.
pub(crate) async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// An answer that nobody keeps.
pub(crate) fn told(status: StatusCode, body: Value) -> Response {
    let headers =
        [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (status, headers, Json(body)).into_response()
}

pub(crate) fn no_pool() -> Response {
    told(StatusCode::NOT_FOUND, json!({"error": "invalid_request", "error_description": "there is no such pool"}))
}

pub(crate) fn malformed() -> OAuthError {
    let twice = "the request is a form whose parameters are there once each";
    OAuthError::Refused(Refused { code: OAuthCode::InvalidRequest, description: twice })
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self(malformed())
    }
}

/// A refusal on its way out.
pub(crate) struct Refusal(pub(crate) OAuthError);

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

/// What goes to the log: a fault of this side, with its cause. What was refused is the caller's affair.
pub(crate) fn note(failed: &OAuthError) {
    if let OAuthError::Service(cause) = failed {
        error!(error = %cause, because = std::error::Error::source(cause).map(ToString::to_string), "an OAuth endpoint failed");
    }
}

/// The status of an error, as RFC 6749 §5.2 has it: 401 only for who has tried to prove itself by a header.
pub(crate) fn status(error: &OAuthError, by_header: bool) -> StatusCode {
    match error {
        OAuthError::Refused(Refused { code: OAuthCode::InvalidClient, .. }) if by_header => StatusCode::UNAUTHORIZED,
        OAuthError::Refused(_) | OAuthError::Denied(_) => StatusCode::BAD_REQUEST,
        OAuthError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The answer to a client that is refused.
pub(crate) fn refused(failed: &OAuthError, headers: &HeaderMap) -> Response {
    note(failed);
    let status = status(failed, headers.contains_key(header::AUTHORIZATION));
    let mut response = told(status, json!({"error": failed.name(), "error_description": failed.to_string()}));
    if let OAuthError::Refused(refused) = failed {
        let body = json!({"error": failed.name(), "error_description": refused.description});
        response = told(status, body);
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"oauth2\""));
    }
    if let OAuthError::TooMany(Some(seconds)) = failed {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.unsigned_abs()));
    }
    response
}

/// Which client calls: by a header (`client_secret_basic`) or by parameters (`client_secret_post`, `none`), and not by both.
pub(crate) fn client(headers: &HeaderMap, form: &Parameters) -> Result<ClientProof, OAuthError> {
    let invalid = |code, description| Err(OAuthError::Refused(Refused { code, description }));
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        let Some(id) = form.owned("client_id") else {
            return invalid(OAuthCode::InvalidRequest, "client_id is missing");
        };
        return Ok(ClientProof { id, secret: form.get("client_secret").map(Into::into) });
    };
    let Some((id, secret)) = given.to_str().ok().and_then(basic) else {
        return invalid(OAuthCode::InvalidClient, "the Authorization header is not Basic");
    };
    if form.get("client_secret").is_some() {
        return invalid(OAuthCode::InvalidRequest, "a client proves itself in one way");
    }
    if form.get("client_id").is_some_and(|named| named != id) {
        return invalid(OAuthCode::InvalidRequest, "client_id is another one than the header's");
    }
    Ok(ClientProof { id, secret: Some(secret.into()) })
}

/// Id and secret, each encoded as in a form (RFC 6749 §2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, rest) = value.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| {
        let read = form_urlencoded::parse(format!("v={}", part.replace('&', "%26")).as_bytes()).next()?.1.into_owned();
        Some(read)
    };
    scheme.eq_ignore_ascii_case("basic").then_some(())?;
    Some((decoded(id)?, decoded(secret)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_of_a_header_are_encoded_as_in_a_form() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let parts = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));

        assert_eq!(basic(&header("id:secret")), parts("id", "secret"));
        assert_eq!(basic(&header("id:a%2Bb%3Ac")), parts("id", "a+b:c"));
        assert_eq!(basic(&header("id:a=b&c")), parts("id", "a=b&c"));
        for bad in ["Bearer abc", "Basic", "Basic !!", &header("nothing")] {
            assert_eq!(basic(bad), None, "{bad}");
        }
    }
}
