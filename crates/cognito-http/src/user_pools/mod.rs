//! User pools over the wire: files by subject, a function for each operation.

mod account;
mod clients;
mod groups;
mod kept;
mod pools;
mod shapes;
mod sign_in;
mod sign_up;
mod users;

use cognito_wire::cognito_idp as wire;

use crate::table::{Service, Table};

pub(crate) fn register(table: &mut Table) {
    const S: Service = Service::UserPools;
    table.on(S, wire::CreateUserPool, pools::create);
    table.on(S, wire::DescribeUserPool, pools::describe);
    table.on(S, wire::UpdateUserPool, pools::update);
    table.on(S, wire::DeleteUserPool, pools::delete);
    table.on(S, wire::ListUserPools, pools::list);
    table.on(S, wire::CreateUserPoolClient, clients::create);
    table.on(S, wire::DescribeUserPoolClient, clients::describe);
    table.on(S, wire::UpdateUserPoolClient, clients::update);
    table.on(S, wire::DeleteUserPoolClient, clients::delete);
    table.on(S, wire::ListUserPoolClients, clients::list);
    table.on(S, wire::SignUp, sign_up::sign_up);
    table.on(S, wire::ConfirmSignUp, sign_up::confirm);
    table.on(S, wire::ResendConfirmationCode, sign_up::resend);
    table.on(S, wire::AdminConfirmSignUp, sign_up::admin_confirm);
    table.on(S, wire::InitiateAuth, sign_in::initiate);
    table.on(S, wire::AdminInitiateAuth, sign_in::admin_initiate);
    table.on(S, wire::RespondToAuthChallenge, sign_in::respond);
    table.on(S, wire::AdminRespondToAuthChallenge, sign_in::admin_respond);
    table.on(S, wire::GetTokensFromRefreshToken, sign_in::refresh);
    table.on(S, wire::RevokeToken, sign_in::revoke);
    table.on(S, wire::GetUser, account::get);
    table.on(S, wire::UpdateUserAttributes, account::update_attributes);
    table.on(S, wire::DeleteUser, account::delete);
    table.on(S, wire::GlobalSignOut, account::sign_out);
    table.on(S, wire::AdminCreateUser, users::create);
    table.on(S, wire::AdminGetUser, users::get);
    table.on(S, wire::AdminSetUserPassword, users::set_password);
    table.on(S, wire::AdminUpdateUserAttributes, users::update_attributes);
    table.on(S, wire::AdminDisableUser, users::disable);
    table.on(S, wire::AdminEnableUser, users::enable);
    table.on(S, wire::AdminDeleteUser, users::delete);
    table.on(S, wire::AdminUserGlobalSignOut, users::sign_out);
    table.on(S, wire::ListUsers, users::list);
    table.on(S, wire::CreateGroup, groups::create);
    table.on(S, wire::GetGroup, groups::get);
    table.on(S, wire::UpdateGroup, groups::update);
    table.on(S, wire::DeleteGroup, groups::delete);
    table.on(S, wire::ListGroups, groups::list);
    table.on(S, wire::ListUsersInGroup, groups::members);
    table.on(S, wire::AdminAddUserToGroup, groups::add_user);
    table.on(S, wire::AdminRemoveUserFromGroup, groups::remove_user);
    table.on(S, wire::AdminListGroupsForUser, groups::of_user);
}
