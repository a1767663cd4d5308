//! Which operations there are, and what serves those that are built.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use cognito_wire::{Operation, OperationInfo, check, cognito_identity, cognito_idp, iam, sts};
use serde_json::Value;

use crate::call::Call;
use crate::error::Failure;
use crate::{identity_pools, user_pools};

/// A service of the API.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Service {
    UserPools,
    IdentityPools,
    Sts,
    Iam,
}

impl Service {
    /// The name in signatures' scopes and in policies' actions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UserPools => "cognito-idp",
            Self::IdentityPools => "cognito-identity",
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }

    /// The error code of a broken constraint.
    pub(crate) fn broken_constraint(self) -> &'static str {
        match self {
            Self::UserPools => "InvalidParameterException",
            Self::IdentityPools => "ValidationException",
            Self::Sts | Self::Iam => "ValidationError",
        }
    }

    fn operations(self) -> &'static [&'static OperationInfo] {
        match self {
            Self::UserPools => &cognito_idp::OPERATIONS,
            Self::IdentityPools => &cognito_identity::OPERATIONS,
            Self::Sts => &sts::OPERATIONS,
            Self::Iam => &iam::OPERATIONS,
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;
type Handler = Box<dyn Fn(Call, Value) -> Answer + Send + Sync>;

/// An operation of a service, and what serves it.
pub(crate) struct Entry {
    pub(crate) info: &'static OperationInfo,
    pub(crate) handler: Option<Handler>,
}

/// Every operation of every service.
pub(crate) struct Table(BTreeMap<Service, BTreeMap<&'static str, Entry>>);

impl Table {
    /// The table of everything that is built.
    pub(crate) fn built() -> Self {
        let services = [Service::UserPools, Service::IdentityPools, Service::Sts, Service::Iam];
        let unbuilt = |service: Service| {
            service.operations().iter().map(|info| (info.name, Entry { info, handler: None })).collect()
        };
        let mut table = Self(services.into_iter().map(|service| (service, unbuilt(service))).collect());
        user_pools::register(&mut table);
        identity_pools::register(&mut table);
        crate::sts::register(&mut table);
        crate::iam::register(&mut table);
        table
    }

    /// Serves `O` by `handle`. The request is read and its constraints are checked before it gets there.
    pub(crate) fn on<O, F, R>(&mut self, service: Service, _: O, handle: F)
    where
        O: Operation + 'static,
        F: Fn(Call, O::Input) -> R + Copy + Send + Sync + 'static,
        R: Future<Output = Result<O::Output, Failure>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |call, body| {
            Box::pin(async move {
                let input = check::read::<O>(&body).map_err(|refusal| {
                    let code = match refusal {
                        check::Refusal::Mistyped { .. } => "SerializationException",
                        check::Refusal::Broken(_) => service.broken_constraint(),
                    };
                    Failure::new(code, 400, refusal.to_string())
                })?;
                let output = handle(call, input).await?;
                serde_json::to_value(output).map_err(|error| Failure::internal(&error))
            })
        });
        if let Some(entry) = self.0.get_mut(&service).and_then(|operations| operations.get_mut(O::NAME)) {
            entry.handler = Some(handler);
        }
    }

    /// The operation of this name.
    pub(crate) fn find(&self, service: Service, name: &str) -> Option<&Entry> {
        self.0.get(&service)?.get(name)
    }
}

/// Whether an operation is built.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperationState {
    /// `cognito-idp`, `cognito-identity`, `sts` or `iam`.
    pub service: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it does what it says; else it answers `UnsupportedOperation`.
    pub built: bool,
}

/// The state of every operation, from the table that serves them.
pub fn coverage() -> Vec<OperationState> {
    let table = Table::built();
    let states = |(service, operations): (&Service, &BTreeMap<&'static str, Entry>)| {
        let service = service.name();
        let state =
            |(name, entry): (&&'static str, &Entry)| OperationState { service, name, built: entry.handler.is_some() };
        operations.iter().map(state).collect::<Vec<_>>()
    };
    table.0.iter().flat_map(states).collect()
}
