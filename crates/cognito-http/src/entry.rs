//! One operation, served: read, authorised, handled, written.

use std::future::Future;
use std::pin::Pin;

use cognito_wire::{Auth, Operation, OperationInfo, Protocol, check};
use serde::Serialize;
use serde_json::Value;

use crate::authorization::{Asked, authorize};
use crate::call::Call;
use crate::error::Failure;
use crate::xml;

type Answer = Pin<Box<dyn Future<Output = Result<String, Failure>> + Send>>;
type Handler = Box<dyn Fn(Call, Value) -> Answer + Send + Sync>;

/// An operation that is built, and what serves it.
pub(crate) struct Entry {
    pub(crate) info: &'static OperationInfo,
    handler: Handler,
}

impl Entry {
    /// Serves `O` by `handle`. The request is read, its constraints are checked and its signer is authorised before it
    /// gets there.
    pub(crate) fn new<O, F, R>(_: O, handle: F) -> Self
    where
        O: Operation + 'static,
        F: Fn(Call, O::Input) -> R + Copy + Send + Sync + 'static,
        R: Future<Output = Result<O::Output, Failure>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |call, body| {
            Box::pin(async move {
                let input = read::<O>(body)?;
                permit::<O>(&call, &input).await?;
                let request_id = call.context.request_id.clone().unwrap_or_default();
                let output = handle(call, input).await.map_err(|failure| failure.held_to(O::INFO))?;
                write(O::INFO, &output, &request_id)
            })
        });
        Self { info: O::INFO, handler }
    }

    /// Serves one call: the answer's body.
    pub(crate) async fn serve(&self, call: Call, body: Value) -> Result<String, Failure> {
        (self.handler)(call, body).await
    }
}

fn read<O: Operation>(body: Value) -> Result<O::Input, Failure> {
    check::read::<O>(body).map_err(|refusal| {
        let code = match refusal {
            check::Refusal::Mistyped { .. } if O::INFO.service.protocol() == Protocol::Json => "SerializationException",
            check::Refusal::Mistyped { .. } | check::Refusal::Broken(_) => O::INFO.service.validation_error(),
        };
        Failure::new(code, 400, refusal.to_string())
    })
}

/// What the front end lets every signer do, or leaves to the domain: `AssumeRole` is decided by the role's trust policy together with the
/// signer's own, and an operator may always make temporary credentials. Who one is, one may always ask, and a policy that denies it changes nothing (as on AWS); and whoever
/// holds credentials could narrow them without asking at all.
const FREE: [&str; 5] =
    ["AssumeRole", "GetCallerIdentity", "GetScopedCredentials", "GetSessionToken", "GetWebIdentityToken"];

async fn permit<O: Operation>(call: &Call, input: &O::Input) -> Result<(), Failure> {
    match &call.signer {
        Some(_) if FREE.contains(&O::NAME) => Ok(()),
        Some(signer) => authorize(call, signer, &Asked::by::<O>(input)).await,
        None if O::INFO.auth == Auth::None => Ok(()),
        None => call.signed().map(drop),
    }
}

fn write<T: Serialize>(info: &'static OperationInfo, output: &T, request_id: &str) -> Result<String, Failure> {
    match info.service.protocol() {
        Protocol::Json => serde_json::to_string(output).map_err(|error| Failure::internal(&error)),
        Protocol::Query => {
            let value = serde_json::to_value(output).map_err(|error| Failure::internal(&error))?;
            xml::answer(info, &value, request_id).map_err(|error| Failure::internal(&error))
        }
    }
}
