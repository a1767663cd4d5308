//! Whether the signer of a request may do what it asks: judged on every resource that the request's declared members
//! name, and on every role that it hands over.

use std::collections::BTreeSet;

use cognito_wire::{OperationInfo, Service, Target};
use credential_vending::Error as VendingError;
use iam_policy::Context;
use identity_federation::Error as FederationError;

use crate::authentication::{of_protocol, refused_credentials};
use crate::call::{Call, Signer};
use crate::error::Failure;

/// The resource of what is about nothing in particular.
const ANYTHING: &str = "*";

/// Lets a request pass that its signer may make.
///
/// # Errors
///
/// The first refusal: of a resource of another region, of the operation on one of its resources, or of `iam:PassRole` on
/// one of the roles that it hands over.
pub(crate) async fn authorize(
    call: &Call,
    signer: &Signer,
    targets: &[Target<'_>],
    passed_roles: &[&str],
) -> Result<(), Failure> {
    let operation = call.operation;
    let mut resources = BTreeSet::new();
    for target in targets {
        check_region(operation, signer, target)?;
        resources.insert(resource_of(call, target).await?);
    }
    if resources.is_empty() {
        resources.insert(ANYTHING.to_owned());
    }
    let action = format!("{}:{}", operation.service.name(), operation.name);
    let circumstances = call.circumstances();
    for resource in &resources {
        decide(call, signer, &action, resource, circumstances.clone()).await?;
    }
    let passing = circumstances.with("iam:PassedToService", format!("{}.amazonaws.com", operation.service.name()));
    for role in passed_roles.iter().filter(|role| !role.is_empty()) {
        decide(call, signer, "iam:PassRole", role, passing.clone()).await?;
    }
    Ok(())
}

async fn decide(
    call: &Call,
    signer: &Signer,
    action: &str,
    resource: &str,
    circumstances: Context,
) -> Result<(), Failure> {
    let protocol = call.operation.service.protocol();
    let decision = call.services.vending.decide(&signer.caller, action, resource, circumstances).await;
    let decision = decision.map_err(|error| refused_credentials(protocol, &error))?;
    if decision.is_allowed() {
        return Ok(());
    }
    let caller = signer.caller.arn();
    let message = format!("User: {caller} is not authorized to perform: {action} on resource: {resource}");
    Err(of_protocol(protocol, "AccessDeniedException", "AccessDenied", 403, message))
}

/// A pool lives in one region, and whoever signs for another does not find it there.
fn check_region(operation: &OperationInfo, signer: &Signer, target: &Target<'_>) -> Result<(), Failure> {
    let (region, what) = match target {
        Target::UserPool(id) => (id.split_once('_').map_or("", |(region, _)| region), format!("User pool {id}")),
        Target::IdentityPool(id) => (colon(id), format!("IdentityPool '{id}'")),
        Target::Identity(id) => (colon(id), format!("Identity '{id}'")),
        Target::Arn(arn) if matches!(operation.service, Service::UserPools | Service::IdentityPools) => {
            (arn.split(':').nth(3).unwrap_or_default(), format!("Resource {arn}"))
        }
        _ => return Ok(()),
    };
    if region == signer.region {
        return Ok(());
    }
    let message = format!("{what} does not exist in {}.", signer.region);
    Err(Failure::new("ResourceNotFoundException", 400, message))
}

fn colon(id: &str) -> &str {
    id.split_once(':').map_or("", |(region, _)| region)
}

/// The ARN of what a request names.
async fn resource_of(call: &Call, target: &Target<'_>) -> Result<String, Failure> {
    let place = call.place();
    Ok(match *target {
        Target::Arn(arn) => arn.to_owned(),
        Target::UserPool(id) => {
            let region = id.split_once('_').map_or("", |(region, _)| region);
            place.in_region(region).arn("cognito-idp", format!("userpool/{id}"))
        }
        Target::IdentityPool(id) => identity_pool(call, id),
        Target::Identity(id) => pool_of_identity(call, id).await?,
        Target::NewOidcProvider(url) => {
            let host_and_path = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/');
            place.iam_arn(format!("oidc-provider/{host_and_path}"))
        }
        Target::NewRole { path, name } => place.iam_arn(format!("role{}{name}", path.unwrap_or("/"))),
        Target::Role(name) => role(call, name).await?,
        // No operation that is built declares another kind; whoever builds one says here what policies are judged on.
        _ => return Err(Failure::unsupported(call.operation)),
    })
}

fn identity_pool(call: &Call, id: &str) -> String {
    call.place().in_region(colon(id)).arn("cognito-identity", format!("identitypool/{id}"))
}

/// The pool of an identity. Nobody's identity is everybody's: who may not touch every pool does not learn of it.
async fn pool_of_identity(call: &Call, id: &str) -> Result<String, Failure> {
    let Ok(identity) = id.parse() else { return Ok(ANYTHING.to_owned()) };
    match call.services.identity_pools.describe_identity(&identity).await {
        Ok(identity) => Ok(identity_pool(call, identity.pool.as_str())),
        Err(FederationError::NotFound(_)) => Ok(ANYTHING.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// The stored ARN of a role: names are found whatever their case, and a policy is about path and case as they are.
async fn role(call: &Call, name: &str) -> Result<String, Failure> {
    match call.services.vending.get_role(name).await {
        Ok(role) => Ok(role.arn),
        Err(VendingError::NoSuchEntity(_)) => Ok(call.place().iam_arn(format!("role/{name}"))),
        Err(error) => Err(error.into()),
    }
}
