//! User pools over the wire: files by subject, a function for each operation.

mod account;
mod auth_events;
mod client_secrets;
mod client_settings;
mod clients;
pub(crate) mod confirm_page;
mod devices;
mod domains;
mod factors;
pub(crate) mod feedback_page;
mod groups;
mod identity_providers;
pub(crate) mod imports;
mod lambda_config;
mod limits;
mod logins;
mod oauth_settings;
pub(crate) mod pages;
mod passthrough;
mod passwords;
mod pool_settings;
mod pools;
mod resource_servers;
mod restorations;
mod risk;
mod schema;
mod sessions;
mod shapes;
mod sign_in;
mod sign_in_answers;
mod sign_up;
mod tags;
mod terms;
mod users;
mod web_authn;

use cognito_wire::cognito_idp as wire;

use crate::entry::Entry;

pub(crate) fn entries() -> Vec<Entry> {
    let mut entries = of_factors();
    entries.extend(of_pools());
    entries.extend(of_devices());
    entries.extend([
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
        Entry::new(wire::DeleteUserAttributes, account::delete_attributes),
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
        Entry::new(wire::StartWebAuthnRegistration, web_authn::start),
        Entry::new(wire::CompleteWebAuthnRegistration, web_authn::complete),
        Entry::new(wire::ListWebAuthnCredentials, web_authn::list),
        Entry::new(wire::DeleteWebAuthnCredential, web_authn::delete),
        Entry::new(wire::AdminCreateUser, users::create),
        Entry::new(wire::AdminGetUser, users::get),
        Entry::new(wire::AdminSetUserPassword, users::set_password),
        Entry::new(wire::AdminUpdateUserAttributes, users::update_attributes),
        Entry::new(wire::AdminDeleteUserAttributes, users::delete_attributes),
        Entry::new(wire::AdminDisableUser, users::disable),
        Entry::new(wire::AdminEnableUser, users::enable),
        Entry::new(wire::AdminDeleteUser, users::delete),
        Entry::new(wire::AdminUserGlobalSignOut, users::sign_out),
        Entry::new(wire::ListUsers, users::list),
        Entry::new(wire::GetCSVHeader, imports::header),
        Entry::new(wire::CreateUserImportJob, imports::create),
        Entry::new(wire::DescribeUserImportJob, imports::describe),
        Entry::new(wire::ListUserImportJobs, imports::list),
        Entry::new(wire::StartUserImportJob, imports::start),
        Entry::new(wire::StopUserImportJob, imports::stop),
        Entry::new(wire::InitiatePointInTimeRecovery, restorations::initiate),
        Entry::new(wire::StartPointInTimeRecovery, restorations::start),
        Entry::new(wire::CancelPointInTimeRecovery, restorations::cancel),
        Entry::new(wire::DescribePointInTimeRecovery, restorations::describe),
        Entry::new(wire::ListPointInTimeRecoveries, restorations::list),
        Entry::new(wire::CreateGroup, groups::create),
        Entry::new(wire::GetGroup, groups::get),
        Entry::new(wire::UpdateGroup, groups::update),
        Entry::new(wire::DeleteGroup, groups::delete),
        Entry::new(wire::ListGroups, groups::list),
        Entry::new(wire::ListUsersInGroup, groups::members),
        Entry::new(wire::AdminAddUserToGroup, groups::add_user),
        Entry::new(wire::AdminRemoveUserFromGroup, groups::remove_user),
        Entry::new(wire::AdminListGroupsForUser, groups::of_user),
    ]);
    entries
}

/// What is about pools and their clients.
fn of_pools() -> Vec<Entry> {
    vec![
        Entry::new(wire::CreateUserPool, pools::create),
        Entry::new(wire::DescribeUserPool, pools::describe),
        Entry::new(wire::UpdateUserPool, pools::update),
        Entry::new(wire::DeleteUserPool, pools::delete),
        Entry::new(wire::ListUserPools, pools::list),
        Entry::new(wire::AddCustomAttributes, schema::add),
        Entry::new(wire::CreateUserPoolClient, clients::create),
        Entry::new(wire::DescribeUserPoolClient, clients::describe),
        Entry::new(wire::UpdateUserPoolClient, clients::update),
        Entry::new(wire::DeleteUserPoolClient, clients::delete),
        Entry::new(wire::ListUserPoolClients, clients::list),
        Entry::new(wire::AddUserPoolClientSecret, client_secrets::add),
        Entry::new(wire::ListUserPoolClientSecrets, client_secrets::list),
        Entry::new(wire::DeleteUserPoolClientSecret, client_secrets::delete),
        Entry::new(wire::CreateResourceServer, resource_servers::create),
        Entry::new(wire::DescribeResourceServer, resource_servers::describe),
        Entry::new(wire::UpdateResourceServer, resource_servers::update),
        Entry::new(wire::DeleteResourceServer, resource_servers::delete),
        Entry::new(wire::ListResourceServers, resource_servers::list),
        Entry::new(wire::CreateIdentityProvider, identity_providers::create),
        Entry::new(wire::DescribeIdentityProvider, identity_providers::describe),
        Entry::new(wire::GetIdentityProviderByIdentifier, identity_providers::by_identifier),
        Entry::new(wire::UpdateIdentityProvider, identity_providers::update),
        Entry::new(wire::DeleteIdentityProvider, identity_providers::delete),
        Entry::new(wire::ListIdentityProviders, identity_providers::list),
        Entry::new(wire::AdminLinkProviderForUser, logins::link),
        Entry::new(wire::AdminDisableProviderForUser, logins::disable),
        Entry::new(wire::CreateUserPoolDomain, domains::create),
        Entry::new(wire::DescribeUserPoolDomain, domains::describe),
        Entry::new(wire::UpdateUserPoolDomain, domains::update),
        Entry::new(wire::DeleteUserPoolDomain, domains::delete),
        Entry::new(wire::CreateTerms, terms::create),
        Entry::new(wire::DescribeTerms, terms::describe),
        Entry::new(wire::DescribeTermsByClient, terms::by_client),
        Entry::new(wire::UpdateTerms, terms::update),
        Entry::new(wire::DeleteTerms, terms::delete),
        Entry::new(wire::ListTerms, terms::list),
        Entry::new(wire::TagResource, tags::tag),
        Entry::new(wire::UntagResource, tags::untag),
        Entry::new(wire::ListTagsForResource, tags::list),
    ]
}

/// Of devices and of the sessions on them.
fn of_devices() -> Vec<Entry> {
    vec![
        Entry::new(wire::ConfirmDevice, devices::confirm),
        Entry::new(wire::GetDevice, devices::get),
        Entry::new(wire::ListDevices, devices::list),
        Entry::new(wire::UpdateDeviceStatus, devices::update),
        Entry::new(wire::ForgetDevice, devices::forget),
        Entry::new(wire::AdminGetDevice, devices::admin_get),
        Entry::new(wire::AdminListDevices, devices::admin_list),
        Entry::new(wire::AdminUpdateDeviceStatus, devices::admin_update),
        Entry::new(wire::AdminForgetDevice, devices::admin_forget),
        Entry::new(wire::ListUserSessions, sessions::list),
        Entry::new(wire::RevokeUserSession, sessions::revoke),
        Entry::new(wire::AdminListUserSessions, sessions::admin_list),
        Entry::new(wire::AdminRevokeUserSession, sessions::admin_revoke),
        Entry::new(wire::SetUserPoolSessionConfiguration, sessions::set_of_pool),
        Entry::new(wire::GetUserPoolSessionConfiguration, sessions::get_of_pool),
        Entry::new(wire::SetUserPoolClientSessionConfiguration, sessions::set_of_client),
        Entry::new(wire::GetUserPoolClientSessionConfiguration, sessions::get_of_client),
    ]
}

/// Of factors.
fn of_factors() -> Vec<Entry> {
    vec![
        Entry::new(wire::GetUserPoolMfaConfig, factors::get_config),
        Entry::new(wire::SetUserPoolMfaConfig, factors::set_config),
        Entry::new(wire::AssociateSoftwareToken, factors::associate),
        Entry::new(wire::VerifySoftwareToken, factors::verify),
        Entry::new(wire::SetUserMFAPreference, factors::set_preference),
        Entry::new(wire::AdminSetUserMFAPreference, factors::admin_set_preference),
        Entry::new(wire::SetUserSettings, factors::set_settings),
        Entry::new(wire::AdminSetUserSettings, factors::admin_set_settings),
        Entry::new(wire::AdminDeleteSoftwareToken, factors::admin_delete_token),
        Entry::new(wire::GetUserAuthFactors, factors::factors),
        Entry::new(wire::AdminGetUserAuthFactors, factors::admin_factors),
    ]
}
