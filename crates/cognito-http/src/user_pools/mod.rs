//! User pools over the wire: files by subject, a function for each operation.

mod account;
mod auth_events;
mod client_settings;
mod clients;
mod groups;
mod lambda_config;
mod limits;
mod passthrough;
mod passwords;
mod pool_settings;
mod pools;
mod risk;
mod schema;
mod shapes;
mod sign_in;
mod sign_up;
mod users;

use cognito_wire::cognito_idp as wire;

use crate::entry::Entry;

pub(crate) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::CreateUserPool, pools::create),
        Entry::new(wire::DescribeUserPool, pools::describe),
        Entry::new(wire::UpdateUserPool, pools::update),
        Entry::new(wire::DeleteUserPool, pools::delete),
        Entry::new(wire::ListUserPools, pools::list),
        Entry::new(wire::AddCustomAttributes, schema::add),
        Entry::new(wire::GetUserPoolMfaConfig, pools::get_mfa),
        Entry::new(wire::CreateUserPoolClient, clients::create),
        Entry::new(wire::DescribeUserPoolClient, clients::describe),
        Entry::new(wire::UpdateUserPoolClient, clients::update),
        Entry::new(wire::DeleteUserPoolClient, clients::delete),
        Entry::new(wire::ListUserPoolClients, clients::list),
        Entry::new(wire::SignUp, sign_up::sign_up),
        Entry::new(wire::ConfirmSignUp, sign_up::confirm),
        Entry::new(wire::ResendConfirmationCode, sign_up::resend),
        Entry::new(wire::AdminConfirmSignUp, sign_up::admin_confirm),
        Entry::new(wire::InitiateAuth, sign_in::initiate),
        Entry::new(wire::AdminInitiateAuth, sign_in::admin_initiate),
        Entry::new(wire::RespondToAuthChallenge, sign_in::respond),
        Entry::new(wire::AdminRespondToAuthChallenge, sign_in::admin_respond),
        Entry::new(wire::GetTokensFromRefreshToken, sign_in::refresh),
        Entry::new(wire::RevokeToken, sign_in::revoke),
        Entry::new(wire::GetUser, account::get),
        Entry::new(wire::UpdateUserAttributes, account::update_attributes),
        Entry::new(wire::GetUserAttributeVerificationCode, account::verification_code),
        Entry::new(wire::VerifyUserAttribute, account::verify_attribute),
        Entry::new(wire::ChangePassword, passwords::change),
        Entry::new(wire::ForgotPassword, passwords::forgot),
        Entry::new(wire::ConfirmForgotPassword, passwords::confirm_forgot),
        Entry::new(wire::AdminResetUserPassword, passwords::admin_reset),
        Entry::new(wire::SetRiskConfiguration, risk::set),
        Entry::new(wire::DescribeRiskConfiguration, risk::describe),
        Entry::new(wire::AdminListUserAuthEvents, auth_events::list),
        Entry::new(wire::AdminUpdateAuthEventFeedback, auth_events::admin_feedback),
        Entry::new(wire::UpdateAuthEventFeedback, auth_events::feedback),
        Entry::new(wire::SetLogDeliveryConfiguration, auth_events::set_logs),
        Entry::new(wire::GetLogDeliveryConfiguration, auth_events::logs),
        Entry::new(wire::GetProvisionedLimit, limits::get),
        Entry::new(wire::UpdateProvisionedLimit, limits::update),
        Entry::new(wire::DeleteUser, account::delete),
        Entry::new(wire::GlobalSignOut, account::sign_out),
        Entry::new(wire::AdminCreateUser, users::create),
        Entry::new(wire::AdminGetUser, users::get),
        Entry::new(wire::AdminSetUserPassword, users::set_password),
        Entry::new(wire::AdminUpdateUserAttributes, users::update_attributes),
        Entry::new(wire::AdminDisableUser, users::disable),
        Entry::new(wire::AdminEnableUser, users::enable),
        Entry::new(wire::AdminDeleteUser, users::delete),
        Entry::new(wire::AdminUserGlobalSignOut, users::sign_out),
        Entry::new(wire::ListUsers, users::list),
        Entry::new(wire::CreateGroup, groups::create),
        Entry::new(wire::GetGroup, groups::get),
        Entry::new(wire::UpdateGroup, groups::update),
        Entry::new(wire::DeleteGroup, groups::delete),
        Entry::new(wire::ListGroups, groups::list),
        Entry::new(wire::ListUsersInGroup, groups::members),
        Entry::new(wire::AdminAddUserToGroup, groups::add_user),
        Entry::new(wire::AdminRemoveUserFromGroup, groups::remove_user),
        Entry::new(wire::AdminListGroupsForUser, groups::of_user),
    ]
}
