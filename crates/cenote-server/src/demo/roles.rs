//! The roles of the journey: what each may do, and whom it trusts.

use cenote::Cenote;
use cenote::federation::model::ids::IdentityPoolId;
use cenote::vending::ops::roles::CreateRole;
use serde_json::json;

use crate::Failure;
use crate::demo::s3_client::BUCKET;

/// ARNs.
pub(crate) struct Roles {
    pub(crate) member: String,
    pub(crate) admin: String,
    pub(crate) guest: String,
}

/// Makes the roles. Members write below a prefix that is their own identity; administrators read everything; guests
/// read what is public. They trust nobody until [`trust`] says whom.
pub(crate) async fn create(cenote: &Cenote) -> Result<Roles, Failure> {
    let objects = |path: &str| format!("arn:aws:s3:::{BUCKET}/{path}");
    let own = objects("${cognito-identity.amazonaws.com:sub}/*");
    Ok(Roles {
        member: role(cenote, "member", "OwnFolder", &["s3:PutObject", "s3:GetObject"], &own).await?,
        admin: role(cenote, "admin", "ReadEverything", &["s3:GetObject"], &objects("*")).await?,
        guest: role(cenote, "guest", "ReadPublic", &["s3:GetObject"], &objects("public/*")).await?,
    })
}

async fn role(cenote: &Cenote, name: &str, sid: &str, actions: &[&str], resource: &str) -> Result<String, Failure> {
    let nobody = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"
    }]});
    let role = cenote.vending().create_role(CreateRole::named(name, nobody.to_string())).await?;
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource
    }]});
    cenote.vending().put_role_policy(name, "objects", policy.to_string()).await?;
    Ok(role.arn)
}

/// Lets each role trust this pool: members and administrators those who have logged in, guests those who have not.
pub(crate) async fn trust(cenote: &Cenote, pool: &IdentityPoolId, roles: &Roles) -> Result<(), Failure> {
    for (role, amr) in
        [(&roles.member, "authenticated"), (&roles.admin, "authenticated"), (&roles.guest, "unauthenticated")]
    {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": pool.as_str()},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}
            }
        }]});
        let name = role.rsplit('/').next().unwrap_or_default();
        cenote.vending().update_trust(name, trust.to_string()).await?;
    }
    Ok(())
}
