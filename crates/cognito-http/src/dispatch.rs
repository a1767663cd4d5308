//! From an HTTP request to an operation and back.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use cognito_wire::{Auth, OperationInfo, Service, query};
use identity_kernel::context::RequestContext;
use serde_json::{Value, json};
use sigv4_verify::HttpRequest;
use tracing::Instrument;

use crate::authentication::authenticate;
use crate::call::{Call, Services};
use crate::error::Failure;
use crate::peer::Peer;
use crate::reply;
use crate::table::Table;

/// The services and what is built on them: the router's state.
#[derive(Clone)]
pub(crate) struct FrontEnd {
    pub(crate) services: Arc<Services>,
    pub(crate) table: Arc<Table>,
}

/// Serves `POST /`.
pub(crate) async fn post(State(front_end): State<FrontEnd>, request: Request) -> Response {
    let id = front_end.services.request_id();
    let span = tracing::info_span!("call", request_id = %id, operation = tracing::field::Empty);
    serve(front_end, request, id).instrument(span).await
}

async fn serve(front_end: FrontEnd, request: Request, id: String) -> Response {
    let (parts, body) = request.into_parts();
    let head = HttpRequest::from(&parts);
    let peer = Peer::of(&parts.extensions);
    let headers = parts.headers.clone();
    let body = match Bytes::from_request(Request::from_parts(parts, body), &()).await {
        Ok(body) => body,
        Err(rejection) => return reply::refuse(Service::UserPools, &too_large(rejection.status().as_u16()), &id),
    };
    let (operation, value) = match asked(&headers, &body) {
        Ok(asked) => asked,
        Err((service, failure)) => return reply::refuse(service, &failure, &id),
    };
    tracing::Span::current().record("operation", operation.name);
    let call = Call {
        services: Arc::clone(&front_end.services),
        operation,
        peer,
        context: RequestContext {
            source: peer.address,
            user_agent: headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned),
            request_id: Some(id.clone()),
            ..RequestContext::default()
        },
        signer: None,
    };
    let outcome = answer(&front_end, call, Http { head: &head, body: &body }, value).await;
    tell(body.len(), &outcome);
    match outcome {
        Ok(body) => reply::answer(operation.service.protocol(), body, &id),
        Err(failure) => reply::refuse(operation.service, &failure, &id),
    }
}

fn too_large(status: u16) -> Failure {
    Failure::new("RequestEntityTooLargeException", status, "The request is too large.")
}

type Refused = (Service, Failure);

/// Which operation is asked for, and its request.
fn asked(headers: &HeaderMap, body: &Bytes) -> Result<(&'static OperationInfo, Value), Refused> {
    let mut targets = headers.get_all("x-amz-target").iter();
    match (targets.next(), targets.next()) {
        (None, _) => by_action(body),
        (Some(target), None) => by_target(&String::from_utf8_lossy(target.as_bytes()), body),
        (Some(_), Some(_)) => {
            let failure = Failure::new("InvalidParameterException", 400, "The header X-Amz-Target stands twice.");
            Err((Service::UserPools, failure))
        }
    }
}

fn by_target(target: &str, body: &Bytes) -> Result<(&'static OperationInfo, Value), Refused> {
    let unknown = || {
        let failure = Failure::new("UnknownOperationException", 400, format!("The operation {target} is unknown."));
        (Service::UserPools, failure)
    };
    let (prefix, name) = target.split_once('.').ok_or_else(unknown)?;
    let service = match prefix {
        "AWSCognitoIdentityProviderService" => Service::UserPools,
        "AWSCognitoIdentityService" => Service::IdentityPools,
        _ => return Err(unknown()),
    };
    let operation = operation(service, name).ok_or_else(unknown)?;
    let broken = |_| (service, Failure::new("SerializationException", 400, "The request is not valid JSON."));
    let value = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).map_err(broken)? };
    Ok((operation, value))
}

fn by_action(body: &Bytes) -> Result<(&'static OperationInfo, Value), Refused> {
    let refused = |code, message| (Service::Sts, Failure::new(code, 400, message));
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(refused("InvalidParameterValue", format!("The parameter {name} stands twice.")));
        }
    }
    let action = fields
        .get("Action")
        .ok_or_else(|| refused("MissingAction", "The request names neither X-Amz-Target nor Action.".to_owned()))?;
    let found = [Service::Sts, Service::Iam].into_iter().find_map(|service| operation(service, action));
    let operation = found.ok_or_else(|| refused("InvalidAction", format!("Could not find operation {action}.")))?;
    Ok((operation, query::to_json(operation.input, &fields)))
}

fn operation(service: Service, name: &str) -> Option<&'static OperationInfo> {
    service.operations().iter().find(|info| info.name == name).copied()
}

/// A request as it came, for its signature.
struct Http<'a> {
    head: &'a HttpRequest,
    body: &'a Bytes,
}

/// Who calls, may they, and the domain's answer.
async fn answer(front_end: &FrontEnd, mut call: Call, http: Http<'_>, value: Value) -> Result<String, Failure> {
    let operation = call.operation;
    if operation.auth == Auth::SigV4 {
        let signer = authenticate(&front_end.services, operation, http.head, http.body).await?;
        call.context.principal = Some(signer.caller.arn());
        call.signer = Some(signer);
    }
    let services = &front_end.services;
    services.limits.take((operation, &value), call.peer.address, &services.user_pools, services.now()).await?;
    match front_end.table.find(operation) {
        Some(entry) => entry.serve(call, value).await,
        None => Err(Failure::unsupported(operation)),
    }
}

/// Tells whoever reads the log: the outcome, and nothing that came in or went out.
fn tell(bytes: usize, outcome: &Result<String, Failure>) {
    match outcome {
        Ok(_) => tracing::debug!(bytes, "answered"),
        Err(failure) if failure.status >= 500 => tracing::error!(bytes, error = failure.code, "failed"),
        Err(failure) => tracing::info!(bytes, error = failure.code, "refused"),
    }
}

/// A panic is our fault and nobody's business: the process goes on, the caller hears of an internal error. Nothing is
/// logged here: what panicked may have been the log.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    let failure = Failure::new("InternalErrorException", 500, "The service is unavailable; try again.");
    reply::refuse(Service::UserPools, &failure, "none")
}
