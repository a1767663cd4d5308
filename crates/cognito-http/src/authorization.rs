//! Whether the signer of a request may do what it asks: judged on every resource that the request's declared members
//! name, and on every role that it hands over.

use std::collections::BTreeMap;

use cognito_wire::{Operation, OperationInfo, Service, Target};
use credential_vending::ops::authorization_messages::Denied;
use credential_vending::{Authority, Caller, Error as VendingError};
use iam_policy::Context;
use identity_federation::Error as FederationError;
use identity_federation::model::ids::IdentityPoolId;
use userpool_core::Error as UserPoolError;
use userpool_core::model::ids::UserPoolId;

use crate::authentication::{of_protocol, refused_credentials};
use crate::call::{Call, Signer};
use crate::error::Failure;

/// The boundary that a role has, or is to have.
const BOUNDARY: &str = "iam:PermissionsBoundary";

/// The resource of what is about nothing in particular.
const ANYTHING: &str = "*";

/// What a request asks for, by the members that its operation declares.
pub(crate) struct Asked<'a> {
    /// What it is about.
    targets: Vec<Target<'a>>,
    /// The ARNs of the roles that it hands over.
    passed_roles: Vec<&'a str>,
    /// The tags that it gives.
    tags: Vec<(&'a str, &'a str)>,
    /// The keys of the tags that it takes away.
    removed_tags: Vec<&'a str>,
}

impl<'a> Asked<'a> {
    /// What this request asks for.
    pub(crate) fn by<O: Operation>(input: &'a O::Input) -> Self {
        Self {
            targets: O::targets(input),
            passed_roles: O::passed_roles(input),
            tags: O::tags(input),
            removed_tags: O::removed_tags(input),
        }
    }

    /// With the tags as policies ask for them: `aws:RequestTag/…` and `aws:TagKeys`.
    fn describe_tags(&self, mut context: Context) -> Context {
        for (key, value) in &self.tags {
            context = context.with(&format!("aws:RequestTag/{key}"), *value);
        }
        let keys: Vec<&str> = self.tags.iter().map(|(key, _)| *key).chain(self.removed_tags.iter().copied()).collect();
        if keys.is_empty() { context } else { context.with_all("aws:TagKeys", keys) }
    }
}

/// Lets a request pass that its signer may make.
///
/// # Errors
///
/// The first refusal: of a resource of another region, of the operation on one of its resources, or of `iam:PassRole` on
/// one of the roles that it hands over.
pub(crate) async fn authorize(call: &Call, signer: &Signer, asked: &Asked<'_>) -> Result<(), Failure> {
    let operation = call.operation;
    let authority = call.services.vending.authority(&signer.caller).await;
    let authority = authority.map_err(|error| refused_credentials(operation.service.protocol(), &error))?;
    let judge = Judge { call, caller: &signer.caller, authority };
    let mut resources = BTreeMap::new();
    for target in &asked.targets {
        check_region(operation, signer, target)?;
        let resource = resource_of(call, target, judge.authority.asks_for_resource_tags()).await?;
        resources.insert(resource.arn, (resource.tags, resource.keys));
    }
    if resources.is_empty() {
        resources.insert(ANYTHING.to_owned(), (Tags::new(), Vec::new()));
    }
    let action = format!("{}:{}", operation.service.name(), operation.name);
    let circumstances = asked.describe_tags(call.circumstances());
    for (resource, (tags, keys)) in &resources {
        let with_keys = |context: Context, (key, value): &(&str, String)| context.with(key, value);
        let circumstances = keys.iter().fold(circumstances.clone(), with_keys);
        judge.decide(&action, resource, with_resource_tags(circumstances, tags))?;
    }
    let passing = circumstances.with("iam:PassedToService", format!("{}.amazonaws.com", operation.service.name()));
    for role in asked.passed_roles.iter().filter(|role| !role.is_empty()) {
        judge.decide("iam:PassRole", role, passing.clone())?;
    }
    Ok(())
}

/// Who judges one call.
struct Judge<'a> {
    call: &'a Call,
    caller: &'a Caller,
    authority: Authority<'a>,
}

impl Judge<'_> {
    fn decide(&self, action: &str, resource: &str, circumstances: Context) -> Result<(), Failure> {
        if self.authority.decide(action, resource, circumstances.clone()).is_allowed() {
            return Ok(());
        }
        let (caller, authority, context) = (self.caller, &self.authority, circumstances);
        let message = self.call.services.vending.denial(&Denied { caller, authority, action, resource, context });
        let protocol = self.call.operation.service.protocol();
        Err(of_protocol(protocol, "AccessDeniedException", "AccessDenied", 403, message))
    }
}

/// With the tags of a resource as policies ask for them. IAM has a name of its own for those of its roles.
fn with_resource_tags(mut context: Context, tags: &Tags) -> Context {
    for (key, value) in tags {
        context = context.with(&format!("aws:ResourceTag/{key}"), value).with(&format!("iam:ResourceTag/{key}"), value);
    }
    context
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

/// What a request names: its ARN, its tags as they are now, if policies ask for them, and condition keys of its own.
struct Resource {
    arn: String,
    tags: Tags,
    keys: Vec<(&'static str, String)>,
}

type Tags = BTreeMap<String, String>;

impl Resource {
    fn untagged(arn: String) -> Self {
        Self::tagged(arn, Tags::new())
    }

    fn tagged(arn: String, tags: Tags) -> Self {
        Self { arn, tags, keys: Vec::new() }
    }

    fn with_key(mut self, key: &'static str, value: Option<&str>) -> Self {
        self.keys.extend(value.map(|value| (key, value.to_owned())));
        self
    }
}

async fn resource_of(call: &Call, target: &Target<'_>, with_tags: bool) -> Result<Resource, Failure> {
    Ok(match *target {
        Target::Arn(arn) => match pool_of_arn(call, arn) {
            Some(pool) => user_pool(call, pool.as_str(), with_tags).await?,
            None => match identity_pool_of_arn(call, arn) {
                Some(pool) => identity_pool(call, pool.as_str(), with_tags).await?,
                None => managed_policy(call, arn, with_tags).await?,
            },
        },
        Target::UserPool(id) => user_pool(call, id, with_tags).await?,
        Target::IdentityPool(id) => identity_pool(call, id, with_tags).await?,
        Target::Identity(id) => pool_of_identity(call, id, with_tags).await?,
        Target::NewOidcProvider(url) => {
            let host_and_path = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/');
            Resource::untagged(call.account_region().iam_arn(format!("oidc-provider/{host_and_path}")))
        }
        Target::NewSamlProvider(name) => {
            Resource::untagged(call.account_region().iam_arn(format!("saml-provider/{name}")))
        }
        Target::NewPolicy { path, name } => {
            Resource::untagged(call.account_region().iam_arn(format!("policy{}{name}", path.unwrap_or("/"))))
        }
        Target::NewRole { path, name, boundary } => {
            let arn = call.account_region().iam_arn(format!("role{}{name}", path.unwrap_or("/")));
            Resource::untagged(arn).with_key(BOUNDARY, boundary)
        }
        Target::Role(name) => role(call, name).await?,
        Target::RoleAndBoundary { role: name, policy } => {
            let role = role(call, name).await?;
            Resource { keys: Vec::new(), ..role }.with_key(BOUNDARY, Some(policy))
        }
        Target::RoleAndPolicy { role: name, policy } => role(call, name).await?.with_key("iam:PolicyARN", Some(policy)),
        // No operation that is built declares another kind; whoever builds one says here what policies are judged on.
        _ => return Err(Failure::unsupported(call.operation)),
    })
}

/// The user pool whose ARN in this account this is, letter by letter. Whether there is such a pool, a lookup tells.
pub(crate) fn pool_of_arn(call: &Call, arn: &str) -> Option<UserPoolId> {
    let (_, id) = arn.rsplit_once(":userpool/")?;
    (arn_of_pool(call, id) == arn).then(|| id.parse().ok())?
}

/// The identity pool whose ARN in this account this is, letter by letter.
pub(crate) fn identity_pool_of_arn(call: &Call, arn: &str) -> Option<IdentityPoolId> {
    let (_, id) = arn.rsplit_once(":identitypool/")?;
    (arn_of_identity_pool(call, id) == arn).then(|| id.parse().ok())?
}

fn arn_of_identity_pool(call: &Call, id: &str) -> String {
    call.account_region().in_region(colon(id)).arn("cognito-identity", format!("identitypool/{id}"))
}

fn arn_of_pool(call: &Call, id: &str) -> String {
    let region = id.split_once('_').map_or("", |(region, _)| region);
    call.account_region().in_region(region).arn("cognito-idp", format!("userpool/{id}"))
}

async fn user_pool(call: &Call, id: &str, with_tags: bool) -> Result<Resource, Failure> {
    let arn = arn_of_pool(call, id);
    let Some(pool) = id.parse().ok().filter(|_| with_tags) else { return Ok(Resource::untagged(arn)) };
    match call.services.user_pools.describe_user_pool(&pool).await {
        Ok(pool) => Ok(Resource::tagged(arn, pool.settings.tags)),
        Err(UserPoolError::NotFound(_)) => Ok(Resource::untagged(arn)),
        Err(error) => Err(error.into()),
    }
}

async fn identity_pool(call: &Call, id: &str, with_tags: bool) -> Result<Resource, Failure> {
    let arn = arn_of_identity_pool(call, id);
    let Some(pool) = id.parse().ok().filter(|_| with_tags) else { return Ok(Resource::untagged(arn)) };
    match call.services.identity_pools.describe_identity_pool(&pool).await {
        Ok(pool) => Ok(Resource::tagged(arn, pool.settings.tags)),
        Err(FederationError::NotFound(_)) => Ok(Resource::untagged(arn)),
        Err(error) => Err(error.into()),
    }
}

/// The pool of an identity. Nobody's identity is everybody's: who may not touch every pool does not learn of it.
async fn pool_of_identity(call: &Call, id: &str, with_tags: bool) -> Result<Resource, Failure> {
    let anything = || Ok(Resource::untagged(ANYTHING.to_owned()));
    let Ok(identity) = id.parse() else { return anything() };
    match call.services.identity_pools.describe_identity(&identity).await {
        Ok(identity) => identity_pool(call, identity.pool.as_str(), with_tags).await,
        Err(FederationError::NotFound(_)) => anything(),
        Err(error) => Err(error.into()),
    }
}

/// A managed policy of this account, or whatever else has this ARN.
async fn managed_policy(call: &Call, arn: &str, with_tags: bool) -> Result<Resource, Failure> {
    if !with_tags || !arn.contains(":policy/") {
        return Ok(Resource::untagged(arn.to_owned()));
    }
    match call.services.vending.managed_policy(arn).await {
        Ok(policy) => Ok(Resource::tagged(policy.arn, policy.tags)),
        Err(VendingError::NoSuchEntity(_)) => Ok(Resource::untagged(arn.to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// The stored ARN of a role: names are found whatever their case, and a policy is about path and case as they are.
async fn role(call: &Call, name: &str) -> Result<Resource, Failure> {
    match call.services.vending.role_by_name(name).await? {
        Some(role) => Ok(Resource::tagged(role.arn, role.tags).with_key(BOUNDARY, role.boundary_arn.as_deref())),
        None => Ok(Resource::untagged(call.account_region().iam_arn(format!("role/{name}")))),
    }
}
