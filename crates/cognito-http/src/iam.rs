//! The part of IAM that identity pools need, over the wire.

mod attachments;
mod policies;

use std::collections::BTreeMap;

use cognito_wire::iam as wire;
use credential_vending::model::Role;
use credential_vending::ops::roles::CreateRole;
use document_store::page::PageRequest;

use crate::call::{Call, part_of};
use crate::entry::Entry;
use crate::error::Failure;

pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = policies::entries();
    entries.extend(attachments::entries());
    entries.extend([
        Entry::new(wire::CreateRole, create_role),
        Entry::new(wire::GetRole, get_role),
        Entry::new(wire::ListRoles, list_roles),
        Entry::new(wire::DeleteRole, delete_role),
        Entry::new(wire::UpdateAssumeRolePolicy, update_trust),
        Entry::new(wire::PutRolePolicy, put_policy),
        Entry::new(wire::GetRolePolicy, get_policy),
        Entry::new(wire::DeleteRolePolicy, delete_policy),
        Entry::new(wire::ListRolePolicies, list_policies),
        Entry::new(wire::CreateOpenIDConnectProvider, create_provider),
        Entry::new(wire::GetOpenIDConnectProvider, get_provider),
        Entry::new(wire::ListOpenIDConnectProviders, list_providers),
        Entry::new(wire::DeleteOpenIDConnectProvider, delete_provider),
    ]);
    entries
}

async fn create_role(call: Call, input: wire::CreateRoleRequest) -> Result<wire::CreateRoleResponse, Failure> {
    let wire::CreateRoleRequest {
        path,
        role_name,
        assume_role_policy_document,
        description,
        max_session_duration,
        permissions_boundary,
        tags,
    } = input;
    let request = CreateRole {
        path: path.unwrap_or_else(|| "/".to_owned()),
        description,
        max_session_seconds: max_session_duration,
        tags: labels(tags),
        boundary_arn: permissions_boundary,
        ..CreateRole::named(&role_name, assume_role_policy_document)
    };
    Ok(wire::CreateRoleResponse { role: shape(call.vending().create_role(request).await?) })
}

async fn get_role(call: Call, input: wire::GetRoleRequest) -> Result<wire::GetRoleResponse, Failure> {
    let wire::GetRoleRequest { role_name } = input;
    Ok(wire::GetRoleResponse { role: shape(call.vending().get_role(&role_name).await?) })
}

async fn list_roles(call: Call, input: wire::ListRolesRequest) -> Result<wire::ListRolesResponse, Failure> {
    let wire::ListRolesRequest { path_prefix, marker, max_items } = input;
    let prefix = path_prefix.unwrap_or_default();
    let page = call.page(Some(max_items.unwrap_or(100)), marker, &[&prefix])?;
    let found = call.vending().list_roles(page).await?;
    let roles = found.items.into_iter().filter(|role| role.path.starts_with(&prefix)).map(shape).collect();
    Ok(wire::ListRolesResponse {
        roles,
        is_truncated: Some(found.next.is_some()),
        marker: call.next(found.next, &[&prefix]),
    })
}

async fn delete_role(call: Call, input: wire::DeleteRoleRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteRoleRequest { role_name } = input;
    call.vending().delete_role(&role_name).await?;
    Ok(wire::Empty::default())
}

async fn update_trust(call: Call, input: wire::UpdateAssumeRolePolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::UpdateAssumeRolePolicyRequest { role_name, policy_document } = input;
    call.vending().update_trust(&role_name, policy_document).await?;
    Ok(wire::Empty::default())
}

async fn put_policy(call: Call, input: wire::PutRolePolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::PutRolePolicyRequest { role_name, policy_name, policy_document } = input;
    call.vending().put_role_policy(&role_name, &policy_name, policy_document).await?;
    Ok(wire::Empty::default())
}

async fn get_policy(call: Call, input: wire::GetRolePolicyRequest) -> Result<wire::GetRolePolicyResponse, Failure> {
    let wire::GetRolePolicyRequest { role_name, policy_name } = input;
    let role = call.vending().get_role(&role_name).await?;
    let policy = role.policies.get(&policy_name).cloned();
    let missing = || {
        let message = format!("The role policy with name {policy_name} cannot be found.");
        Failure::new("NoSuchEntity", 404, message)
    };
    Ok(wire::GetRolePolicyResponse {
        role_name: role.name,
        policy_document: document(&policy.ok_or_else(missing)?),
        policy_name: policy_name.clone(),
    })
}

async fn delete_policy(call: Call, input: wire::DeleteRolePolicyRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteRolePolicyRequest { role_name, policy_name } = input;
    call.vending().delete_role_policy(&role_name, &policy_name).await?;
    Ok(wire::Empty::default())
}

async fn list_policies(
    call: Call,
    input: wire::ListRolePoliciesRequest,
) -> Result<wire::ListRolePoliciesResponse, Failure> {
    let wire::ListRolePoliciesRequest { role_name, marker, max_items } = input;
    let page = call.page(max_items, marker, &[&role_name])?;
    let role = call.vending().get_role(&role_name).await?;
    let found = part_of(role.policies.into_keys().collect(), &page, String::as_str);
    let marker = call.next(found.next, &[&role_name]);
    Ok(wire::ListRolePoliciesResponse { policy_names: found.items, is_truncated: Some(marker.is_some()), marker })
}

async fn create_provider(
    call: Call,
    input: wire::CreateOpenIDConnectProviderRequest,
) -> Result<wire::CreateOpenIDConnectProviderResponse, Failure> {
    // Ignored: thumbprints. Keys are fetched over TLS that well-known authorities vouch for, as on AWS.
    let wire::CreateOpenIDConnectProviderRequest { url, client_id_list, thumbprint_list: _ } = input;
    let clients = client_id_list.unwrap_or_default();
    let provider = call.vending().create_oidc_provider(&url, clients).await?;
    Ok(wire::CreateOpenIDConnectProviderResponse { openid_connect_provider_arn: Some(provider.arn) })
}

async fn get_provider(
    call: Call,
    input: wire::GetOpenIDConnectProviderRequest,
) -> Result<wire::GetOpenIDConnectProviderResponse, Failure> {
    let wire::GetOpenIDConnectProviderRequest { openid_connect_provider_arn } = input;
    let provider = call.vending().oidc_provider(&openid_connect_provider_arn).await?;
    Ok(wire::GetOpenIDConnectProviderResponse {
        url: Some(provider.host_and_path),
        client_id_list: Some(provider.client_ids),
        create_date: Some(provider.created_at.epoch_seconds_f64()),
    })
}

async fn list_providers(
    call: Call,
    _: wire::ListOpenIDConnectProvidersRequest,
) -> Result<wire::ListOpenIDConnectProvidersResponse, Failure> {
    let (mut entries, mut page) = (Vec::new(), PageRequest { limit: 1000, after: None });
    loop {
        let found = call.vending().list_oidc_providers(page).await?;
        let shapes = found.items.into_iter();
        entries.extend(shapes.map(|provider| wire::OpenIDConnectProviderListEntry { arn: Some(provider.arn) }));
        if found.next.is_none() {
            return Ok(wire::ListOpenIDConnectProvidersResponse { openid_connect_provider_list: Some(entries) });
        }
        page = PageRequest { limit: 1000, after: found.next };
    }
}

async fn delete_provider(call: Call, input: wire::DeleteOpenIDConnectProviderRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteOpenIDConnectProviderRequest { openid_connect_provider_arn } = input;
    call.vending().delete_oidc_provider(&openid_connect_provider_arn).await?;
    Ok(wire::Empty::default())
}

fn shape(role: Role) -> wire::Role {
    wire::Role {
        path: role.path,
        role_name: role.name,
        role_id: role.id,
        arn: role.arn,
        create_date: role.created_at.epoch_seconds_f64(),
        assume_role_policy_document: Some(document(&role.trust)),
        description: role.description,
        max_session_duration: Some(role.max_session_seconds),
        permissions_boundary: role.boundary_arn.map(|arn| wire::AttachedPermissionsBoundary {
            permissions_boundary_type: Some("Policy".to_owned()),
            permissions_boundary_arn: Some(arn),
        }),
        tags: (!role.tags.is_empty()).then(|| role.tags.into_iter().map(tag).collect()),
    }
}

/// A document as IAM writes it: percent-encoded (RFC 3986), so that a plus sign stays one.
fn document(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn labels(tags: Option<Vec<wire::Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(label).collect()
}

fn label(wire::Tag { key, value }: wire::Tag) -> (String, String) {
    (key, value)
}

/// A page of the tags of what has this name, and the marker of the next.
fn labels_of(
    call: &Call,
    tags: BTreeMap<String, String>,
    (max_items, marker): (Option<i64>, Option<String>),
    name: &str,
) -> Result<(Vec<wire::Tag>, Option<String>), Failure> {
    let page = call.page(Some(max_items.unwrap_or(100)), marker, &[name])?;
    let found = part_of(tags.into_iter().map(tag).collect(), &page, |tag: &wire::Tag| tag.key.as_str());
    Ok((found.items, call.next(found.next, &[name])))
}

fn tag((key, value): (String, String)) -> wire::Tag {
    wire::Tag { key, value }
}
