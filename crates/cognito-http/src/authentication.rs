//! Who signed a request (AWS Signature Version 4).

use axum::body::Bytes;
use cognito_wire::{OperationInfo, Protocol};
use credential_vending::CredentialError;
use identity_kernel::secret::SecretString;
use sigv4_verify::{Body, HttpRequest, Rules, SignatureError};

use crate::call::{Services, Signer};
use crate::error::Failure;
use crate::role_sentences;

/// The signer of a request for an operation.
///
/// A signature stands in the header: what was signed ahead, in the query, lives for days in logs and histories, and no
/// operation here needs it.
pub(crate) async fn authenticate(
    services: &Services,
    operation: &OperationInfo,
    head: &HttpRequest,
    body: &Bytes,
) -> Result<Signer, Failure> {
    let service = operation.service;
    let protocol = service.protocol();
    let signature = sigv4_verify::read(head).map_err(|error| refused_signature(protocol, error))?;
    let signature = signature.filter(|signature| !signature.is_presigned()).ok_or_else(|| match protocol {
        Protocol::Json => Failure::new("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
        Protocol::Query => Failure::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    })?;
    let region = signature.scope().region.clone();
    if !is_region(&region) {
        return Err(refused_signature(protocol, SignatureError::Scope));
    }
    let holder = services.vending.holder(signature.access_key_id(), signature.session_token()).await;
    let (caller, secret) = holder.map_err(|error| refused_credentials(protocol, &error))?;
    let rules = Rules::for_services(&[service.name()]).skew_seconds(services.skew_seconds).without_presigned();
    signature
        .verify(head, &Body::Bytes(body), secret.expose(), &rules, services.now())
        .map_err(|error| refused_signature(protocol, error))?;
    check_replay(services, operation, head)?;
    let access_key_id = signature.access_key_id().to_owned();
    let session_token = signature.session_token().map(SecretString::from);
    Ok(Signer { caller, access_key_id, session_token, region })
}

/// A signed call that changes something is taken once, where the operator has asked for that: whoever records one cannot
/// have it done again. Two equal calls within one second have one signature, so that reading is left alone.
fn check_replay(services: &Services, operation: &OperationInfo, head: &HttpRequest) -> Result<(), Failure> {
    let Some(memory) = &services.replays else { return Ok(()) };
    if ["Get", "List", "Describe"].iter().any(|reading| operation.name.starts_with(reading)) {
        return Ok(());
    }
    // The header stands once: of two there is no signature.
    let Some(header) = head.text("authorization") else { return Ok(()) };
    let signature = header.rsplit("Signature=").next().unwrap_or(header);
    // A signature is taken as long before its time as after it.
    let ends = services.now().plus_seconds(services.skew_seconds.saturating_mul(2));
    if memory.is_first(signature, services.now(), ends) {
        return Ok(());
    }
    let message = "This request was made before. Sign it anew.".to_owned();
    Err(of_protocol(operation.service.protocol(), "InvalidSignatureException", "SignatureDoesNotMatch", 403, message))
}

fn is_region(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(letter)
}

fn refused_signature(protocol: Protocol, error: SignatureError) -> Failure {
    let (json, query) = match error {
        SignatureError::Incomplete(_) => ("IncompleteSignatureException", "IncompleteSignature"),
        _ => ("InvalidSignatureException", "SignatureDoesNotMatch"),
    };
    let status = if matches!(error, SignatureError::Incomplete(_)) { 400 } else { 403 };
    of_protocol(protocol, json, query, status, sentence(&error.to_string()))
}

/// What is wrong with the credentials themselves.
pub(crate) fn refused_credentials(protocol: Protocol, error: &CredentialError) -> Failure {
    let (json, query) = match error {
        CredentialError::Expired => ("ExpiredTokenException", "ExpiredToken"),
        CredentialError::Storage(_) => return Failure::internal(error),
        _ => ("UnrecognizedClientException", "InvalidClientTokenId"),
    };
    of_protocol(protocol, json, query, 403, role_sentences::of_credentials(error))
}

/// A refusal that each protocol has its own name for; every fault of a caller is a 400 in JSON.
pub(crate) fn of_protocol(
    protocol: Protocol,
    json: &'static str,
    query: &'static str,
    query_status: u16,
    message: String,
) -> Failure {
    match protocol {
        Protocol::Json => Failure::new(json, 400, message),
        Protocol::Query => Failure::new(query, query_status, message),
    }
}

/// An error's text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}
