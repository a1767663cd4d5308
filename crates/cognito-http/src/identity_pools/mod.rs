//! Identity pools over the wire: files by subject, a function for each operation.

mod developer;
mod identities;
mod pools;
pub(crate) mod sentences;
mod tags;

use cognito_wire::cognito_identity as wire;

use crate::entry::Entry;

pub(crate) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::CreateIdentityPool, pools::create),
        Entry::new(wire::DescribeIdentityPool, pools::describe),
        Entry::new(wire::UpdateIdentityPool, pools::update),
        Entry::new(wire::DeleteIdentityPool, pools::delete),
        Entry::new(wire::ListIdentityPools, pools::list),
        Entry::new(wire::SetIdentityPoolRoles, pools::set_roles),
        Entry::new(wire::GetIdentityPoolRoles, pools::get_roles),
        Entry::new(wire::GetId, identities::get_id),
        Entry::new(wire::GetCredentialsForIdentity, identities::get_credentials),
        Entry::new(wire::GetOpenIdToken, identities::get_open_id_token),
        Entry::new(wire::DescribeIdentity, identities::describe),
        Entry::new(wire::ListIdentities, identities::list),
        Entry::new(wire::DeleteIdentities, identities::delete),
        Entry::new(wire::UnlinkIdentity, identities::unlink),
        Entry::new(wire::GetOpenIdTokenForDeveloperIdentity, developer::get_open_id_token),
        Entry::new(wire::LookupDeveloperIdentity, developer::lookup),
        Entry::new(wire::MergeDeveloperIdentities, developer::merge),
        Entry::new(wire::UnlinkDeveloperIdentity, developer::unlink),
        Entry::new(wire::SetPrincipalTagAttributeMap, tags::set_principal),
        Entry::new(wire::GetPrincipalTagAttributeMap, tags::get_principal),
        Entry::new(wire::TagResource, tags::tag),
        Entry::new(wire::UntagResource, tags::untag),
        Entry::new(wire::ListTagsForResource, tags::list),
    ]
}
