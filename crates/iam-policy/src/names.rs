//! The names of actions and resources, and which of them can be meant.
//!
//! A name that no request will ever have is refused, as AWS refuses it: a denying statement with it would silently say nothing.

use crate::error::PolicyError;
use crate::pattern::Pattern;
use crate::variable::Malformed;

/// What the ARNs of IAM's resources begin with behind the account.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// An action, `s3:Get*`, or `*`.
pub(crate) fn action(name: &str) -> Result<Pattern, PolicyError> {
    if name != "*" {
        check_action(name)?;
    }
    // Variables stand in resources and conditions alone: here one would match nothing.
    if name.contains("${") {
        return Err(PolicyError::MalformedVariable(name.chars().take(64).collect()));
    }
    pattern(&name.to_ascii_lowercase(), false)
}

fn check_action(name: &str) -> Result<(), PolicyError> {
    let (vendor, rest) = name.split_once(':').ok_or(PolicyError::ActionWithoutVendor)?;
    if vendor.is_empty() || vendor.contains(['*', '?']) || rest.is_empty() {
        return Err(PolicyError::ActionWithoutVendor);
    }
    if !vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err(PolicyError::Vendor(vendor.to_owned()));
    }
    let one_colon = !rest.contains(':') || rest.contains("${");
    if one_colon { Ok(()) } else { Err(PolicyError::ActionWithColons) }
}

/// A resource: an ARN, or `*`.
pub(crate) fn resource(name: &str, variables: bool) -> Result<Pattern, PolicyError> {
    let not_an_arn = || PolicyError::NotAnArn(name.to_owned());
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, vendor, region, account, path] => check_arn(name, vendor, region, account, path)?,
        _ if name != "*" && !wild_arn(name) => return Err(not_an_arn()),
        _ => {}
    }
    // Variables may stand only behind the fifth colon; in front of it they would choose the service or account.
    let fifth = name.match_indices(':').nth(4).map_or(name.len(), |(at, _)| at);
    if variables && name.get(..fifth).is_some_and(|head| head.contains("${")) {
        return Err(not_an_arn());
    }
    pattern(name, variables)
}

/// That a resource can have this ARN: roles and users, and buckets by their bare name, are of no region.
fn check_arn(name: &str, vendor: &str, region: &str, account: &str, path: &str) -> Result<(), PolicyError> {
    let bucket = vendor == "s3" && account.is_empty();
    if (vendor == "iam" || bucket) && !region.is_empty() && region != "*" {
        return Err(PolicyError::ResourceWithRegion(name.to_owned()));
    }
    let head = path.split_inclusive('/').next().unwrap_or_default();
    let known = head.contains(['*', '?']) || IAM_PATHS.contains(&head);
    if vendor == "iam" && !known {
        return Err(PolicyError::IamPath);
    }
    Ok(())
}

/// An ARN pattern whose wildcard stands for several parts: `arn:aws:s3*`.
fn wild_arn(name: &str) -> bool {
    name.starts_with("arn:") && name.contains('*')
}

pub(crate) fn pattern(text: &str, variables: bool) -> Result<Pattern, PolicyError> {
    Pattern::read(text, variables).map_err(|Malformed(text)| PolicyError::MalformedVariable(text))
}
