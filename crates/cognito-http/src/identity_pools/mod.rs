//! Identity pools over the wire: files by subject, a function for each operation.

mod identities;
mod pools;

use cognito_wire::cognito_identity as wire;

use crate::table::{Service, Table};

pub(crate) fn register(table: &mut Table) {
    const S: Service = Service::IdentityPools;
    table.on(S, wire::CreateIdentityPool, pools::create);
    table.on(S, wire::DescribeIdentityPool, pools::describe);
    table.on(S, wire::UpdateIdentityPool, pools::update);
    table.on(S, wire::DeleteIdentityPool, pools::delete);
    table.on(S, wire::ListIdentityPools, pools::list);
    table.on(S, wire::SetIdentityPoolRoles, pools::set_roles);
    table.on(S, wire::GetIdentityPoolRoles, pools::get_roles);
    table.on(S, wire::GetId, identities::get_id);
    table.on(S, wire::GetCredentialsForIdentity, identities::get_credentials);
    table.on(S, wire::GetOpenIdToken, identities::get_open_id_token);
    table.on(S, wire::DescribeIdentity, identities::describe);
    table.on(S, wire::ListIdentities, identities::list);
    table.on(S, wire::DeleteIdentities, identities::delete);
}
