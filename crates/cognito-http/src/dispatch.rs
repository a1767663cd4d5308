//! From an HTTP request to an operation and back.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cognito_wire::{Auth, query};
use credential_vending::{Caller, CredentialError};
use iam_policy::Context;
use identity_kernel::time::Timestamp;
use serde_json::{Value, json};
use sigv4_verify::{Body, HttpRequest, Rules, SignatureError};

use crate::call::{Call, Services};
use crate::error::Failure;
use crate::table::{Entry, Service};

const JSON: &str = "application/x-amz-json-1.1";

/// Which protocol a request speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Protocol {
    Json,
    Query,
}

/// Serves `POST /`.
pub(crate) async fn post(State(services): State<Arc<Services>>, request: Request) -> Response {
    let id = services.request_id();
    let (parts, body) = request.into_parts();
    let head = head_of(&parts);
    let body = match Bytes::from_request(Request::from_parts(parts, body), &()).await {
        Ok(body) => body,
        Err(rejection) => {
            let failure = Failure::new(
                "RequestEntityTooLargeException",
                rejection.status().as_u16(),
                "The request is too large.",
            );
            return refuse(Protocol::Json, &failure, &id);
        }
    };
    let target = head.headers().iter().find(|(name, _)| name == "x-amz-target").map(|(_, value)| value.clone());
    match target {
        Some(target) => json_call(&services, &head, &target, &body, &id).await,
        None => query_call(&services, &head, &body, &id).await,
    }
}

/// The request line and headers as they came, for the signature.
fn head_of(parts: &axum::http::request::Parts) -> HttpRequest {
    let target = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let mut head = HttpRequest::new(parts.method.as_str(), target);
    for (name, value) in &parts.headers {
        head.push_header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    if !parts.headers.contains_key(header::HOST)
        && let Some(host) = parts.uri.authority()
    {
        head.push_header("host", host.as_str());
    }
    head
}

async fn json_call(services: &Arc<Services>, head: &HttpRequest, target: &str, body: &Bytes, id: &str) -> Response {
    let outcome = async {
        let unknown = || Failure::new("UnknownOperationException", 400, format!("The operation {target} is unknown."));
        let (prefix, name) = target.split_once('.').ok_or_else(unknown)?;
        let service = match prefix {
            "AWSCognitoIdentityProviderService" => Service::UserPools,
            "AWSCognitoIdentityService" => Service::IdentityPools,
            _ => return Err(unknown()),
        };
        let entry = services.table.find(service, name).ok_or_else(unknown)?;
        let value: Value =
            if body.is_empty() { json!({}) } else { serde_json::from_slice(body).map_err(|_| broken_json())? };
        serve(services, &Asked { service, entry, head, body }, value).await
    };
    match outcome.await {
        Ok(answer) => reply(StatusCode::OK, JSON, answer.to_string(), id),
        Err(failure) => refuse(Protocol::Json, &failure, id),
    }
}

fn broken_json() -> Failure {
    Failure::new("SerializationException", 400, "The request is not valid JSON.")
}

async fn query_call(services: &Arc<Services>, head: &HttpRequest, body: &Bytes, id: &str) -> Response {
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            let failure = Failure::new("InvalidParameterValue", 400, format!("The parameter {name} stands twice."));
            return refuse(Protocol::Query, &failure, id);
        }
    }
    let Some(action) = fields.get("Action").cloned() else {
        let failure = Failure::new("MissingAction", 400, "The request names neither X-Amz-Target nor Action.");
        return refuse(Protocol::Query, &failure, id);
    };
    let found = [Service::Sts, Service::Iam]
        .into_iter()
        .find_map(|service| Some((service, services.table.find(service, &action)?)));
    let Some((service, entry)) = found else {
        let failure = Failure::new("InvalidAction", 400, format!("Could not find operation {action}."));
        return refuse(Protocol::Query, &failure, id);
    };
    let value = query::to_json(entry.info.input, &fields);
    match serve(services, &Asked { service, entry, head, body }, value).await {
        Ok(answer) => {
            let result = query::to_xml(entry.info.output, &answer, &iso8601);
            let namespace = match service {
                Service::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
                _ => "https://sts.amazonaws.com/doc/2011-06-15/",
            };
            let xml = format!(
                "<{action}Response xmlns=\"{namespace}\"><{action}Result>{result}</{action}Result>\
                 <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
            );
            reply(StatusCode::OK, "text/xml", xml, id)
        }
        Err(failure) => refuse(Protocol::Query, &failure, id),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "times stay far below 2^63 milliseconds")]
fn iso8601(seconds: f64) -> String {
    Timestamp::from_epoch_millis((seconds * 1000.0) as i64).to_iso8601()
}

/// What is asked, and how it came.
struct Asked<'a> {
    service: Service,
    entry: &'a Entry,
    head: &'a HttpRequest,
    body: &'a Bytes,
}

impl Asked<'_> {
    fn protocol(&self) -> Protocol {
        match self.service {
            Service::Sts | Service::Iam => Protocol::Query,
            Service::UserPools | Service::IdentityPools => Protocol::Json,
        }
    }
}

/// One operation, told to whoever reads the log: its name and outcome, and nothing that came in or went out.
async fn serve(services: &Arc<Services>, asked: &Asked<'_>, value: Value) -> Result<Value, Failure> {
    let (operation, bytes) = (asked.entry.info.name, asked.body.len());
    let outcome = answer(services, asked, value).await;
    match &outcome {
        Ok(_) => tracing::debug!(operation, bytes, "answered"),
        Err(failure) if failure.status >= 500 => tracing::error!(operation, bytes, error = failure.code, "failed"),
        Err(failure) => tracing::info!(operation, bytes, error = failure.code, "refused"),
    }
    outcome
}

/// Who calls, may they, and the domain's answer.
async fn answer(services: &Arc<Services>, asked: &Asked<'_>, value: Value) -> Result<Value, Failure> {
    let Asked { service, entry, .. } = *asked;
    let name = entry.info.name;
    let mut call = Call { services: Arc::clone(services), caller: None, region: None };
    if entry.info.auth == Auth::SigV4 {
        let (caller, region) = authenticate(services, asked).await?;
        if !(service == Service::Sts && name == "GetCallerIdentity") {
            authorize(services, asked, &caller, &value).await?;
        }
        call = Call { caller: Some(caller), region: Some(region), ..call };
    }
    let Some(handler) = &entry.handler else {
        let message = format!("The operation {name} of {} is not built yet.", service.name());
        return Err(Failure::new("UnsupportedOperation", 400, message));
    };
    handler(call, value).await
}

/// Who signed the request; the region of the signature's scope.
async fn authenticate(services: &Services, asked: &Asked<'_>) -> Result<(Caller, String), Failure> {
    let (Asked { service, head, body, .. }, protocol) = (asked, asked.protocol());
    let signature = sigv4_verify::read(head).map_err(|error| refused_signature(protocol, error))?;
    let signature = signature.ok_or_else(|| match protocol {
        Protocol::Json => Failure::new("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
        Protocol::Query => Failure::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    })?;
    let holder = services.vending.holder(signature.access_key_id(), signature.session_token()).await;
    let (caller, secret) = holder.map_err(|error| refused_credentials(protocol, &error))?;
    let rules = Rules::for_services(&[service.name()]).skew_seconds(services.skew_seconds);
    signature
        .verify(head, &Body::Bytes(body), secret.expose(), &rules, services.now())
        .map_err(|error| refused_signature(protocol, error))?;
    Ok((caller, signature.scope().region.clone()))
}

fn refused_signature(protocol: Protocol, error: SignatureError) -> Failure {
    let (json, query) = match error {
        SignatureError::Incomplete(_) => ("IncompleteSignatureException", "IncompleteSignature"),
        _ => ("InvalidSignatureException", "SignatureDoesNotMatch"),
    };
    let status = if matches!(error, SignatureError::Incomplete(_)) { 400 } else { 403 };
    Failure::new(if protocol == Protocol::Json { json } else { query }, status, sentence(&error.to_string()))
}

fn refused_credentials(protocol: Protocol, error: &CredentialError) -> Failure {
    let (json, query) = match error {
        CredentialError::Expired => ("ExpiredTokenException", "ExpiredToken"),
        CredentialError::Storage(_) => return Failure::internal(error),
        _ => ("UnrecognizedClientException", "InvalidClientTokenId"),
    };
    Failure::new(if protocol == Protocol::Json { json } else { query }, 403, error.to_string())
}

/// An error's text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

async fn authorize(services: &Services, asked: &Asked<'_>, caller: &Caller, value: &Value) -> Result<(), Failure> {
    let protocol = asked.protocol();
    let action = format!("{}:{}", asked.service.name(), asked.entry.info.name);
    let resource = resource_of(services, asked.service, value);
    let decision = services.vending.decide(caller, &action, &resource, Context::new()).await;
    let decision = decision.map_err(|error| refused_credentials(protocol, &error))?;
    if decision.is_allowed() {
        return Ok(());
    }
    let code = if protocol == Protocol::Json { "AccessDeniedException" } else { "AccessDenied" };
    let message = format!("User: {} is not authorized to perform: {action} on resource: {resource}", caller.arn());
    Err(Failure::new(code, 403, message))
}

/// The ARN of what a call is about: its pool or role; `*` where it is about none.
fn resource_of(services: &Services, service: Service, value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let place = services.vending.place();
    match service {
        Service::UserPools => text("UserPoolId").map(|id| {
            let region = id.split_once('_').map_or("", |(region, _)| region);
            place.in_region(region).arn("cognito-idp", format!("userpool/{id}"))
        }),
        Service::IdentityPools => text("IdentityPoolId").map(|id| {
            let region = id.split_once(':').map_or("", |(region, _)| region);
            place.in_region(region).arn("cognito-identity", format!("identitypool/{id}"))
        }),
        Service::Sts => text("RoleArn").map(str::to_owned),
        Service::Iam => text("RoleName").map(|name| place.iam_arn(format!("role/{name}"))),
    }
    .unwrap_or_else(|| "*".to_owned())
}

fn refuse(protocol: Protocol, failure: &Failure, id: &str) -> Response {
    let Failure { code, message, status } = failure;
    let mut response = match protocol {
        Protocol::Json => {
            let status = if *status >= 500 || *status == 413 { *status } else { 400 };
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            reply(status, JSON, json!({"__type": code, "message": message}).to_string(), id)
        }
        Protocol::Query => {
            let mut escaped = String::new();
            query::escape(&mut escaped, message);
            let kind = if *status >= 500 { "Receiver" } else { "Sender" };
            let xml = format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>{kind}</Type>\
                 <Code>{code}</Code><Message>{escaped}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
            );
            reply(StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST), "text/xml", xml, id)
        }
    };
    response.headers_mut().insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(code));
    response
}

fn reply(status: StatusCode, content_type: &'static str, body: String, id: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    (status, headers, body).into_response()
}

/// A panic is our fault and nobody's business: the process goes on, the caller hears of an internal error.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("an operation panicked");
    let failure = Failure::new("InternalErrorException", 500, "The service is unavailable; try again.");
    refuse(Protocol::Json, &failure, "none")
}
