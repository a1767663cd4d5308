//! STS over the wire.

mod caller_identity;
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
        Entry::new(wire::GetCallerIdentity, caller_identity::get),
        Entry::new(wire::GetScopedCredentials, scoped_credentials::get),
    ]
}
