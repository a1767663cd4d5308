//! What goes back over HTTP.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cognito_wire::{Protocol, Service};
use serde_json::json;

use crate::error::Failure;
use crate::xml;

const JSON: &str = "application/x-amz-json-1.1";

/// The answer of an operation.
pub(crate) fn answer(protocol: Protocol, body: String, request_id: &str) -> Response {
    reply(StatusCode::OK, protocol, body, request_id)
}

/// A refusal, as the service writes it.
pub(crate) fn refuse(service: Service, failure: &Failure, request_id: &str) -> Response {
    let Failure { code, message, status } = failure;
    let protocol = service.protocol();
    let body = match protocol {
        Protocol::Json => json!({"__type": code, "message": message}).to_string(),
        Protocol::Query => xml::refusal(service, failure, request_id).unwrap_or_default(),
    };
    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = reply(status, protocol, body, request_id);
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(code));
    if let Ok(message) = HeaderValue::from_str(message) {
        headers.insert(HeaderName::from_static("x-amzn-errormessage"), message);
    }
    response
}

fn reply(status: StatusCode, protocol: Protocol, body: String, request_id: &str) -> Response {
    let content_type = match protocol {
        Protocol::Json => JSON,
        Protocol::Query => "text/xml",
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    (status, headers, body).into_response()
}
