//! STS over the wire.

mod assume_role;
mod authorization_messages;
mod caller_identity;
mod operator_sessions;
mod outbound;
mod saml;
mod scoped_credentials;
mod shapes;
mod web_identity;

use cognito_wire::sts as wire;

use crate::entry::Entry;

pub(crate) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::AssumeRoleWithSAML, saml::assume),
        Entry::new(wire::AssumeRoleWithWebIdentity, web_identity::assume),
        Entry::new(wire::AssumeRole, assume_role::assume),
        Entry::new(wire::DecodeAuthorizationMessage, authorization_messages::decode),
        Entry::new(wire::GetAccessKeyInfo, operator_sessions::access_key_info),
        Entry::new(wire::GetFederationToken, operator_sessions::federation_token),
        Entry::new(wire::GetWebIdentityToken, outbound::get),
        Entry::new(wire::GetSessionToken, operator_sessions::session_token),
        Entry::new(wire::GetCallerIdentity, caller_identity::get),
        Entry::new(wire::GetScopedCredentials, scoped_credentials::get),
    ]
}
