//! `CreateResourceServer`, `DescribeResourceServer`, `UpdateResourceServer`, `DeleteResourceServer`, `ListResourceServers`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::resource_server::{ResourceScope, ResourceServer};
use userpool_core::ops::resource_servers::ResourceServerSpec;

use crate::call::{Call, parse};
use crate::error::Failure;

pub(crate) async fn create(
    call: Call,
    input: wire::CreateResourceServerRequest,
) -> Result<wire::CreateResourceServerResponse, Failure> {
    let wire::CreateResourceServerRequest { user_pool_id, identifier, name, scopes: given } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&identifier, "resource server identifier")?);
    let spec = ResourceServerSpec { pool, id, name, scopes: scopes(given)? };
    let resource_server = shape(call.users().create_resource_server(spec).await?);
    Ok(wire::CreateResourceServerResponse { resource_server })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeResourceServerRequest,
) -> Result<wire::DescribeResourceServerResponse, Failure> {
    let wire::DescribeResourceServerRequest { user_pool_id, identifier } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&identifier, "resource server identifier")?);
    let resource_server = shape(call.users().describe_resource_server(&pool, &id).await?);
    Ok(wire::DescribeResourceServerResponse { resource_server })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateResourceServerRequest,
) -> Result<wire::UpdateResourceServerResponse, Failure> {
    let wire::UpdateResourceServerRequest { user_pool_id, identifier, name, scopes: given } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&identifier, "resource server identifier")?);
    let spec = ResourceServerSpec { pool, id, name, scopes: scopes(given)? };
    let resource_server = shape(call.users().update_resource_server(spec).await?);
    Ok(wire::UpdateResourceServerResponse { resource_server })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteResourceServerRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteResourceServerRequest { user_pool_id, identifier } = input;
    let (pool, id) = (parse(&user_pool_id, "user pool id")?, parse(&identifier, "resource server identifier")?);
    call.users().delete_resource_server(&pool, &id).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListResourceServersRequest,
) -> Result<wire::ListResourceServersResponse, Failure> {
    let wire::ListResourceServersRequest { user_pool_id, max_results, next_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(max_results, next_token, &[&user_pool_id])?;
    let found = call.users().list_resource_servers(&pool, page).await?.map(shape);
    let next_token = call.next(found.next, &[&user_pool_id]);
    Ok(wire::ListResourceServersResponse { resource_servers: found.items, next_token })
}

fn scopes(given: Option<Vec<wire::ResourceServerScopeType>>) -> Result<Vec<ResourceScope>, Failure> {
    let read = |scope: wire::ResourceServerScopeType| {
        let wire::ResourceServerScopeType { scope_name, scope_description } = scope;
        Ok(ResourceScope { name: parse(&scope_name, "scope name")?, description: scope_description })
    };
    given.unwrap_or_default().into_iter().map(read).collect()
}

fn shape(server: ResourceServer) -> wire::ResourceServerType {
    let scope = |scope: ResourceScope| wire::ResourceServerScopeType {
        scope_name: scope.name.to_string(),
        scope_description: scope.description,
    };
    wire::ResourceServerType {
        user_pool_id: Some(server.pool.to_string()),
        identifier: Some(server.id.to_string()),
        name: Some(server.name),
        scopes: Some(server.scopes.into_iter().map(scope).collect()),
        managed_by: None,
    }
}
