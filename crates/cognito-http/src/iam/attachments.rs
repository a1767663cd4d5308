//! Which managed policies roles have, which bound them, and what else a role says of itself, over the wire.

use cognito_wire::iam as wire;
use credential_vending::model::managed_policy::ManagedPolicy;

use crate::call::{Call, part_of};
use crate::entry::Entry;
use crate::error::Failure;
use crate::iam::{label, labels, labels_of, shape};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::AttachRolePolicy, attach),
        Entry::new(wire::DetachRolePolicy, detach),
        Entry::new(wire::ListAttachedRolePolicies, list_attached),
        Entry::new(wire::ListEntitiesForPolicy, list_entities),
        Entry::new(wire::PutRolePermissionsBoundary, put_boundary),
        Entry::new(wire::DeleteRolePermissionsBoundary, delete_boundary),
        Entry::new(wire::ListInstanceProfilesForRole, list_instance_profiles),
        Entry::new(wire::UpdateRole, update),
        Entry::new(wire::UpdateRoleDescription, describe),
        Entry::new(wire::TagRole, tag_role),
        Entry::new(wire::UntagRole, untag),
        Entry::new(wire::ListRoleTags, list_tags),
    ]
}

async fn attach(call: Call, input: wire::AttachRolePolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::AttachRolePolicyRequest { role_name, policy_arn } = input;
    call.vending().attach_role_policy(&role_name, &policy_arn).await?;
    Ok(wire::Empty::default())
}

async fn detach(call: Call, input: wire::DetachRolePolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::DetachRolePolicyRequest { role_name, policy_arn } = input;
    call.vending().detach_role_policy(&role_name, &policy_arn).await?;
    Ok(wire::Empty::default())
}

async fn list_attached(
    call: Call,
    input: wire::ListAttachedRolePoliciesRequest,
) -> Result<wire::ListAttachedRolePoliciesResponse, Failure> {
    let wire::ListAttachedRolePoliciesRequest { role_name, path_prefix, marker, max_items } = input;
    let prefix = path_prefix.unwrap_or_default();
    let page = call.page(Some(max_items.unwrap_or(100)), marker, &[&role_name, &prefix])?;
    let mut attached = call.vending().attached_policies(&role_name).await?;
    attached.retain(|policy| policy.path.starts_with(&prefix));
    let found = part_of(attached, &page, |policy| policy.arn.as_str());
    let shape =
        |policy: ManagedPolicy| wire::AttachedPolicy { policy_name: Some(policy.name), policy_arn: Some(policy.arn) };
    let marker = call.next(found.next, &[&role_name, &prefix]);
    Ok(wire::ListAttachedRolePoliciesResponse {
        attached_policies: Some(found.items.into_iter().map(shape).collect()),
        is_truncated: Some(marker.is_some()),
        marker,
    })
}

async fn list_entities(
    call: Call,
    input: wire::ListEntitiesForPolicyRequest,
) -> Result<wire::ListEntitiesForPolicyResponse, Failure> {
    let wire::ListEntitiesForPolicyRequest {
        policy_arn,
        entity_filter,
        path_prefix,
        policy_usage_filter,
        marker,
        max_items,
    } = input;
    let (prefix, usage) = (path_prefix.unwrap_or_default(), policy_usage_filter.unwrap_or_default());
    let page = call.page(Some(max_items.unwrap_or(100)), marker, &[&policy_arn, &prefix, &usage])?;
    let mut found = call.vending().roles_of_policy(&policy_arn, page).await?;
    // Policies are attached to roles alone here.
    let roles_wanted = entity_filter.is_none_or(|kind| kind == "Role");
    found.items.retain(|role| {
        let used = match usage.as_str() {
            "PermissionsPolicy" => role.attached.contains(&policy_arn),
            "PermissionsBoundary" => role.boundary_arn.as_ref() == Some(&policy_arn),
            _ => true,
        };
        roles_wanted && used && role.path.starts_with(&prefix)
    });
    let roles = found.items.into_iter();
    let roles = roles.map(|role| wire::PolicyRole { role_name: Some(role.name), role_id: Some(role.id) });
    let marker = call.next(found.next, &[&policy_arn, &prefix, &usage]);
    Ok(wire::ListEntitiesForPolicyResponse {
        policy_groups: Some(Vec::new()),
        policy_users: Some(Vec::new()),
        policy_roles: Some(roles.collect()),
        is_truncated: Some(marker.is_some()),
        marker,
    })
}

async fn put_boundary(call: Call, input: wire::PutRolePermissionsBoundaryRequest) -> Result<wire::Empty, Failure> {
    let wire::PutRolePermissionsBoundaryRequest { role_name, permissions_boundary } = input;
    call.vending().set_role_boundary(&role_name, Some(&permissions_boundary)).await?;
    Ok(wire::Empty::default())
}

async fn delete_boundary(
    call: Call,
    input: wire::DeleteRolePermissionsBoundaryRequest,
) -> Result<wire::Empty, Failure> {
    let wire::DeleteRolePermissionsBoundaryRequest { role_name } = input;
    call.vending().set_role_boundary(&role_name, None).await?;
    Ok(wire::Empty::default())
}

/// None: there are no machines here that roles stand for. Who removes a role asks all the same.
async fn list_instance_profiles(
    call: Call,
    input: wire::ListInstanceProfilesForRoleRequest,
) -> Result<wire::ListInstanceProfilesForRoleResponse, Failure> {
    let wire::ListInstanceProfilesForRoleRequest { role_name, marker: _, max_items: _ } = input;
    call.vending().get_role(&role_name).await?;
    Ok(wire::ListInstanceProfilesForRoleResponse {
        instance_profiles: Vec::new(),
        is_truncated: Some(false),
        marker: None,
    })
}

async fn update(call: Call, input: wire::UpdateRoleRequest) -> Result<wire::UpdateRoleResponse, Failure> {
    let wire::UpdateRoleRequest { role_name, description, max_session_duration } = input;
    call.vending().update_role(&role_name, description, max_session_duration).await?;
    Ok(wire::UpdateRoleResponse {})
}

async fn describe(
    call: Call,
    input: wire::UpdateRoleDescriptionRequest,
) -> Result<wire::UpdateRoleDescriptionResponse, Failure> {
    let wire::UpdateRoleDescriptionRequest { role_name, description } = input;
    call.vending().update_role(&role_name, Some(description), None).await?;
    Ok(wire::UpdateRoleDescriptionResponse { role: Some(shape(call.vending().get_role(&role_name).await?)) })
}

async fn tag_role(call: Call, input: wire::TagRoleRequest) -> Result<wire::Empty, Failure> {
    let wire::TagRoleRequest { role_name, tags } = input;
    call.vending().tag_role(&role_name, &tags.into_iter().map(label).collect(), &[]).await?;
    Ok(wire::Empty::default())
}

async fn untag(call: Call, input: wire::UntagRoleRequest) -> Result<wire::Empty, Failure> {
    let wire::UntagRoleRequest { role_name, tag_keys } = input;
    call.vending().tag_role(&role_name, &labels(None), &tag_keys).await?;
    Ok(wire::Empty::default())
}

async fn list_tags(call: Call, input: wire::ListRoleTagsRequest) -> Result<wire::ListRoleTagsResponse, Failure> {
    let wire::ListRoleTagsRequest { role_name, marker, max_items } = input;
    let role = call.vending().get_role(&role_name).await?;
    let (tags, marker) = labels_of(&call, role.tags, (max_items, marker), &role_name)?;
    Ok(wire::ListRoleTagsResponse { tags, is_truncated: Some(marker.is_some()), marker })
}
