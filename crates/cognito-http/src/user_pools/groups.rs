//! Groups and who is in them.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::group::Group;
use userpool_core::ops::groups::GroupSpec;

use crate::call::{Call, parse, part_of};
use crate::error::Failure;
use crate::user_pools::shapes;

pub(crate) async fn create(call: Call, input: wire::CreateGroupRequest) -> Result<wire::CreateGroupResponse, Failure> {
    let wire::CreateGroupRequest { group_name, user_pool_id, description, role_arn, precedence } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    let group = call.users().create_group(GroupSpec { pool, name, description, role_arn, precedence }).await?;
    Ok(wire::CreateGroupResponse { group: Some(shape(group)) })
}

pub(crate) async fn get(call: Call, input: wire::GetGroupRequest) -> Result<wire::GetGroupResponse, Failure> {
    let wire::GetGroupRequest { group_name, user_pool_id } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    let group = call.users().get_group(&pool, &name).await?;
    Ok(wire::GetGroupResponse { group: Some(shape(group)) })
}

pub(crate) async fn update(call: Call, input: wire::UpdateGroupRequest) -> Result<wire::UpdateGroupResponse, Failure> {
    let wire::UpdateGroupRequest { group_name, user_pool_id, description, role_arn, precedence } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    let group = call.users().update_group(GroupSpec { pool, name, description, role_arn, precedence }).await?;
    Ok(wire::UpdateGroupResponse { group: Some(shape(group)) })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteGroupRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteGroupRequest { group_name, user_pool_id } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    call.users().delete_group(&pool, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(call: Call, input: wire::ListGroupsRequest) -> Result<wire::ListGroupsResponse, Failure> {
    let wire::ListGroupsRequest { user_pool_id, limit, next_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(limit, next_token, &[&user_pool_id])?;
    let found = call.users().list_groups(&pool, page).await?.map(shape);
    let next_token = call.next(found.next, &[&user_pool_id]);
    Ok(wire::ListGroupsResponse { groups: Some(found.items), next_token })
}

pub(crate) async fn members(
    call: Call,
    input: wire::ListUsersInGroupRequest,
) -> Result<wire::ListUsersInGroupResponse, Failure> {
    let wire::ListUsersInGroupRequest { user_pool_id, group_name, limit, next_token } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    let bound = [user_pool_id.as_str(), group_name.as_str()];
    let page = call.page(limit, next_token, &bound)?;
    let found = call.users().list_users_in_group(&pool, &name, page).await?.map(|user| shapes::user(&user));
    Ok(wire::ListUsersInGroupResponse { users: Some(found.items), next_token: call.next(found.next, &bound) })
}

pub(crate) async fn add_user(call: Call, input: wire::AdminAddUserToGroupRequest) -> Result<wire::Empty, Failure> {
    let wire::AdminAddUserToGroupRequest { user_pool_id, username, group_name } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    call.users().admin_add_user_to_group(&pool, &username, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn remove_user(
    call: Call,
    input: wire::AdminRemoveUserFromGroupRequest,
) -> Result<wire::Empty, Failure> {
    let wire::AdminRemoveUserFromGroupRequest { user_pool_id, username, group_name } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&group_name, "group name")?);
    call.users().admin_remove_user_from_group(&pool, &username, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn of_user(
    call: Call,
    input: wire::AdminListGroupsForUserRequest,
) -> Result<wire::AdminListGroupsForUserResponse, Failure> {
    let wire::AdminListGroupsForUserRequest { username, user_pool_id, limit, next_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let bound = [user_pool_id.as_str(), &*username];
    let page = call.page(limit, next_token, &bound)?;
    let groups = call.users().admin_list_groups_for_user(&pool, &username).await?;
    let found = part_of(groups, &page, |group| group.name.as_str());
    let groups = found.items.into_iter().map(shape).collect();
    Ok(wire::AdminListGroupsForUserResponse { groups: Some(groups), next_token: call.next(found.next, &bound) })
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
