//! Managed policies, over the wire.

use cognito_wire::iam as wire;
use credential_vending::model::managed_policy::{ManagedPolicy, PolicyVersion};
use credential_vending::ops::managed_policies::{CreateManagedPolicy, version_of};
use credential_vending::{Error, Kind};

use crate::call::{Call, part_of};
use crate::entry::Entry;
use crate::error::Failure;
use crate::iam::{document, label, labels, labels_of, tag};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::CreatePolicy, create),
        Entry::new(wire::GetPolicy, get),
        Entry::new(wire::ListPolicies, list),
        Entry::new(wire::DeletePolicy, delete),
        Entry::new(wire::CreatePolicyVersion, create_version),
        Entry::new(wire::GetPolicyVersion, get_version),
        Entry::new(wire::ListPolicyVersions, list_versions),
        Entry::new(wire::SetDefaultPolicyVersion, set_default_version),
        Entry::new(wire::DeletePolicyVersion, delete_version),
        Entry::new(wire::TagPolicy, tag_policy),
        Entry::new(wire::UntagPolicy, untag),
        Entry::new(wire::ListPolicyTags, list_tags),
    ]
}

async fn create(call: Call, input: wire::CreatePolicyRequest) -> Result<wire::CreatePolicyResponse, Failure> {
    let wire::CreatePolicyRequest { policy_name, path, policy_document, description, tags } = input;
    let request = CreateManagedPolicy {
        name: policy_name,
        path: path.unwrap_or_else(|| "/".to_owned()),
        description,
        document: policy_document,
        tags: labels(tags),
    };
    Ok(wire::CreatePolicyResponse { policy: Some(shape(call.vending().create_managed_policy(request).await?)) })
}

async fn get(call: Call, input: wire::GetPolicyRequest) -> Result<wire::GetPolicyResponse, Failure> {
    let wire::GetPolicyRequest { policy_arn } = input;
    Ok(wire::GetPolicyResponse { policy: Some(shape(call.vending().managed_policy(&policy_arn).await?)) })
}

async fn list(call: Call, input: wire::ListPoliciesRequest) -> Result<wire::ListPoliciesResponse, Failure> {
    let wire::ListPoliciesRequest { scope, only_attached, path_prefix, policy_usage_filter, marker, max_items } = input;
    let (prefix, usage) = (path_prefix.unwrap_or_default(), policy_usage_filter.unwrap_or_default());
    let page = call.page(Some(max_items.unwrap_or(100)), marker, &[&prefix, &usage])?;
    // Ours are all: there are no policies of Amazon's own here.
    let none = scope.as_deref() == Some("AWS");
    let wanted = |policy: &ManagedPolicy| {
        let used = match usage.as_str() {
            "PermissionsPolicy" => policy.attached > 0,
            "PermissionsBoundary" => policy.bounding > 0,
            _ => true,
        };
        !none && used && policy.path.starts_with(&prefix) && (policy.attached > 0 || only_attached != Some(true))
    };
    let found = call.vending().list_managed_policies(page).await?;
    let policies = found.items.into_iter().filter(wanted).map(listed).collect();
    let marker = call.next(found.next, &[&prefix, &usage]);
    Ok(wire::ListPoliciesResponse { policies: Some(policies), is_truncated: Some(marker.is_some()), marker })
}

async fn delete(call: Call, input: wire::DeletePolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::DeletePolicyRequest { policy_arn } = input;
    call.vending().delete_managed_policy(&policy_arn).await?;
    Ok(wire::Empty::default())
}

async fn create_version(
    call: Call,
    input: wire::CreatePolicyVersionRequest,
) -> Result<wire::CreatePolicyVersionResponse, Failure> {
    let wire::CreatePolicyVersionRequest { policy_arn, policy_document, set_as_default } = input;
    let counts = set_as_default.unwrap_or(false);
    let number = call.vending().create_policy_version(&policy_arn, &policy_document, counts).await?;
    let policy = call.vending().managed_policy(&policy_arn).await?;
    let mut version = version_shape(&policy, number)?;
    version.document = None;
    Ok(wire::CreatePolicyVersionResponse { policy_version: Some(version) })
}

async fn get_version(
    call: Call,
    input: wire::GetPolicyVersionRequest,
) -> Result<wire::GetPolicyVersionResponse, Failure> {
    let wire::GetPolicyVersionRequest { policy_arn, version_id } = input;
    let policy = call.vending().managed_policy(&policy_arn).await?;
    let version = version_shape(&policy, number(&version_id)?)?;
    Ok(wire::GetPolicyVersionResponse { policy_version: Some(version) })
}

async fn list_versions(
    call: Call,
    input: wire::ListPolicyVersionsRequest,
) -> Result<wire::ListPolicyVersionsResponse, Failure> {
    let wire::ListPolicyVersionsRequest { policy_arn, marker, max_items } = input;
    let page = call.page(Some(max_items.unwrap_or(100)), marker, &[&policy_arn])?;
    let policy = call.vending().managed_policy(&policy_arn).await?;
    let mut numbers: Vec<String> = policy.versions.keys().map(|number| format!("v{number}")).collect();
    numbers.sort();
    let found = part_of(numbers, &page, String::as_str);
    let shapes = found.items.iter().map(|version| version_shape(&policy, number(version)?));
    let mut versions: Vec<wire::PolicyVersion> = shapes.collect::<Result<_, Failure>>()?;
    for version in &mut versions {
        version.document = None;
    }
    let marker = call.next(found.next, &[&policy_arn]);
    Ok(wire::ListPolicyVersionsResponse { versions: Some(versions), is_truncated: Some(marker.is_some()), marker })
}

async fn set_default_version(call: Call, input: wire::SetDefaultPolicyVersionRequest) -> Result<wire::Empty, Failure> {
    let wire::SetDefaultPolicyVersionRequest { policy_arn, version_id } = input;
    call.vending().set_default_policy_version(&policy_arn, number(&version_id)?).await?;
    Ok(wire::Empty::default())
}

async fn delete_version(call: Call, input: wire::DeletePolicyVersionRequest) -> Result<wire::Empty, Failure> {
    let wire::DeletePolicyVersionRequest { policy_arn, version_id } = input;
    call.vending().delete_policy_version(&policy_arn, number(&version_id)?).await?;
    Ok(wire::Empty::default())
}

async fn tag_policy(call: Call, input: wire::TagPolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::TagPolicyRequest { policy_arn, tags } = input;
    call.vending().tag_managed_policy(&policy_arn, &tags.into_iter().map(label).collect(), &[]).await?;
    Ok(wire::Empty::default())
}

async fn untag(call: Call, input: wire::UntagPolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::UntagPolicyRequest { policy_arn, tag_keys } = input;
    call.vending().tag_managed_policy(&policy_arn, &labels(None), &tag_keys).await?;
    Ok(wire::Empty::default())
}

async fn list_tags(call: Call, input: wire::ListPolicyTagsRequest) -> Result<wire::ListPolicyTagsResponse, Failure> {
    let wire::ListPolicyTagsRequest { policy_arn, marker, max_items } = input;
    let policy = call.vending().managed_policy(&policy_arn).await?;
    let (tags, marker) = labels_of(&call, policy.tags, (max_items, marker), &policy_arn)?;
    Ok(wire::ListPolicyTagsResponse { tags, is_truncated: Some(marker.is_some()), marker })
}

fn number(version: &str) -> Result<u32, Failure> {
    Ok(version_of(version).map_err(Error::from)?)
}

fn shape(policy: ManagedPolicy) -> wire::Policy {
    let tags = policy.tags.clone();
    wire::Policy { tags: (!tags.is_empty()).then(|| tags.into_iter().map(tag).collect()), ..listed(policy) }
}

/// A policy as listings show it: without its tags.
fn listed(policy: ManagedPolicy) -> wire::Policy {
    wire::Policy {
        policy_name: Some(policy.name),
        policy_id: Some(policy.id),
        arn: Some(policy.arn),
        path: Some(policy.path),
        default_version_id: Some(format!("v{}", policy.default_version)),
        attachment_count: Some(policy.attached.into()),
        permissions_boundary_usage_count: Some(policy.bounding.into()),
        is_attachable: Some(true),
        description: policy.description,
        create_date: Some(policy.created_at.epoch_seconds_f64()),
        update_date: Some(policy.updated_at.epoch_seconds_f64()),
        tags: None,
    }
}

fn version_shape(policy: &ManagedPolicy, number: u32) -> Result<wire::PolicyVersion, Failure> {
    let missing = || Error::NoSuchEntity(Kind::PolicyVersion(number));
    let PolicyVersion { document: text, created_at } = policy.versions.get(&number).ok_or_else(missing)?;
    Ok(wire::PolicyVersion {
        document: Some(document(text)),
        version_id: Some(format!("v{number}")),
        is_default_version: Some(policy.default_version == number),
        create_date: Some(created_at.epoch_seconds_f64()),
    })
}
