//! Groups and who is in them.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::group::Group;
use userpool_core::ops::groups::GroupSpec;

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes;

pub(crate) async fn create(call: Call, input: wire::CreateGroupRequest) -> Result<wire::CreateGroupResponse, Failure> {
    let spec = spec(input)?;
    let group = call.users().create_group(spec).await?;
    Ok(wire::CreateGroupResponse { group: Some(shape(group)) })
}

pub(crate) async fn get(call: Call, input: wire::GetGroupRequest) -> Result<wire::GetGroupResponse, Failure> {
    let (pool, name) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.group_name, "group name")?);
    let group = call.users().get_group(&pool, &name).await?;
    Ok(wire::GetGroupResponse { group: Some(shape(group)) })
}

pub(crate) async fn update(call: Call, input: wire::UpdateGroupRequest) -> Result<wire::UpdateGroupResponse, Failure> {
    let given = wire::CreateGroupRequest {
        group_name: input.group_name,
        user_pool_id: input.user_pool_id,
        description: input.description,
        role_arn: input.role_arn,
        precedence: input.precedence,
    };
    let spec = spec(given)?;
    let group = call.users().update_group(spec).await?;
    Ok(wire::UpdateGroupResponse { group: Some(shape(group)) })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteGroupRequest) -> Result<wire::Empty, Failure> {
    let (pool, name) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.group_name, "group name")?);
    call.users().delete_group(&pool, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(call: Call, input: wire::ListGroupsRequest) -> Result<wire::ListGroupsResponse, Failure> {
    let pool = parse(&input.user_pool_id, "user pool id")?;
    let page = call.page(input.limit, input.next_token, &[&input.user_pool_id])?;
    let found = call.users().list_groups(&pool, page).await?.map(shape);
    let next_token = call.next(found.next, &[&input.user_pool_id]);
    Ok(wire::ListGroupsResponse { groups: Some(found.items), next_token })
}

pub(crate) async fn members(
    call: Call,
    input: wire::ListUsersInGroupRequest,
) -> Result<wire::ListUsersInGroupResponse, Failure> {
    let (pool, name) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.group_name, "group name")?);
    let bound = [input.user_pool_id.as_str(), input.group_name.as_str()];
    let page = call.page(input.limit, input.next_token, &bound)?;
    let found = call.users().list_users_in_group(&pool, &name, page).await?.map(|user| shapes::user(&user));
    Ok(wire::ListUsersInGroupResponse { users: Some(found.items), next_token: call.next(found.next, &bound) })
}

pub(crate) async fn add_user(call: Call, input: wire::AdminAddUserToGroupRequest) -> Result<wire::Empty, Failure> {
    let (pool, name) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.group_name, "group name")?);
    call.users().admin_add_user_to_group(&pool, &input.username, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn remove_user(
    call: Call,
    input: wire::AdminRemoveUserFromGroupRequest,
) -> Result<wire::Empty, Failure> {
    let (pool, name) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.group_name, "group name")?);
    call.users().admin_remove_user_from_group(&pool, &input.username, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn of_user(
    call: Call,
    input: wire::AdminListGroupsForUserRequest,
) -> Result<wire::AdminListGroupsForUserResponse, Failure> {
    let pool = parse(&input.user_pool_id, "user pool id")?;
    let groups = call.users().admin_list_groups_for_user(&pool, &input.username).await?;
    Ok(wire::AdminListGroupsForUserResponse { groups: Some(groups.into_iter().map(shape).collect()), next_token: None })
}

/// What creation and update say of a group.
fn spec(input: wire::CreateGroupRequest) -> Result<GroupSpec, Failure> {
    Ok(GroupSpec {
        pool: parse(&input.user_pool_id, "user pool id")?,
        name: parse(&input.group_name, "group name")?,
        description: input.description,
        role_arn: input.role_arn,
        precedence: input.precedence,
    })
}

fn shape(group: Group) -> wire::GroupType {
    wire::GroupType {
        group_name: Some(group.name.to_string()),
        user_pool_id: Some(group.pool.to_string()),
        description: group.description,
        role_arn: group.role_arn,
        precedence: group.precedence,
        last_modified_date: Some(group.modified_at.epoch_seconds_f64()),
        creation_date: Some(group.created_at.epoch_seconds_f64()),
    }
}
