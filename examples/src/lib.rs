//! What the border examples share: an S3 server that trusts vended credentials, and roles for it.

use std::net::SocketAddr;
use std::sync::Arc;

use cenote::adapters::S3Gate;
use cenote::federation::model::ids::IdentityPoolId;
use cenote::prelude::*;
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// What an example's steps may fail with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The bucket of the S3 server.
pub const BUCKET: &str = "photos";

/// A real S3 server on loopback, files in a folder that goes away with it: `public/welcome.txt` for a start.
pub struct S3Server {
    /// Where it listens.
    pub address: SocketAddr,
    _folder: TempDir,
}

impl S3Server {
    /// Starts the server: `s3s` over a folder, behind a gate that trusts what `cenote` vends.
    ///
    /// # Errors
    ///
    /// What the file system or the network says.
    pub async fn start(cenote: &Cenote) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let public = folder.path().join(BUCKET).join("public");
        std::fs::create_dir_all(&public)?;
        std::fs::write(public.join("welcome.txt"), "welcome")?;
        let files = s3s_fs::FileSystem::new(folder.path()).map_err(|error| format!("{error:?}"))?;
        let gate = S3Gate::new(Arc::clone(cenote.vending()), Arc::clone(cenote.clock()));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { gate.serve(listener, files).await });
        Ok(Self { address, _folder: folder })
    }
}

/// The role ARNs of the examples.
pub struct Roles {
    /// Writes and reads below a prefix that is the caller's own identity.
    pub member: String,
    /// Reads everything.
    pub reader: String,
    /// Reads what is public: for guests.
    pub guest: String,
}

/// Makes the roles: each trusts this identity pool, the guests' role its guests and the others whoever has logged in.
///
/// # Errors
///
/// What vending says.
pub async fn create_roles(cenote: &Cenote, pool: &IdentityPoolId) -> Result<Roles, Failure> {
    let own = "${cognito-identity.amazonaws.com:sub}/*";
    Ok(Roles {
        member: role(cenote, pool, "member", "authenticated", &["s3:PutObject", "s3:GetObject"], own).await?,
        reader: role(cenote, pool, "reader", "authenticated", &["s3:GetObject"], "*").await?,
        guest: role(cenote, pool, "guest", "unauthenticated", &["s3:GetObject"], "public/*").await?,
    })
}

/// The roles of shared photos: a member's, who writes below a prefix of one's own and one of the team, and a guest's, who reads
/// what is public.
///
/// # Errors
///
/// What vending says.
pub async fn photo_roles(cenote: &Cenote, pool: &IdentityPoolId) -> Result<(String, String), Failure> {
    let prefixes = ["${cognito-identity.amazonaws.com:sub}/", "teams/${aws:PrincipalTag/team}/", "public/"];
    let objects = |prefix: &str| format!("arn:aws:s3:::{BUCKET}/{prefix}*");
    let [own, team, public] = prefixes;
    let member = json!([
        {"Effect": "Allow", "Resource": [objects(own), objects(team)],
         "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects(public)},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}"),
         "Condition": {"StringLike": {"s3:prefix": prefixes.map(|prefix| format!("{prefix}*"))}}}
    ]);
    let guest = json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects(public)}]);
    let tagged = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"];
    Ok((
        role_of(cenote, ("photos-member", "authenticated"), pool, (&tagged, member)).await?,
        role_of(cenote, ("photos-guest", "unauthenticated"), pool, (&tagged[..1], guest)).await?,
    ))
}

async fn role(
    cenote: &Cenote,
    pool: &IdentityPoolId,
    name: &str,
    amr: &str,
    actions: &[&str],
    path: &str,
) -> Result<String, Failure> {
    let statements =
        json!([{"Effect": "Allow", "Action": actions, "Resource": format!("arn:aws:s3:::{BUCKET}/{path}")}]);
    role_of(cenote, (name, amr), pool, (&["sts:AssumeRoleWithWebIdentity"], statements)).await
}

/// A role for callers of the pool who have logged in as `amr` says: how they may assume it, and what they may do then.
async fn role_of(
    cenote: &Cenote,
    (name, amr): (&str, &str),
    pool: &IdentityPoolId,
    (assume, statements): (&[&str], Value),
) -> Result<String, Failure> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": assume,
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": pool.as_str()},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}
        }
    }]});
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let role = cenote.vending().create_role(CreateRole::named(name, trust.to_string())).await?;
    cenote.vending().put_role_policy(name, "objects", policy.to_string()).await?;
    Ok(role.arn)
}

/// A user pool whose user `ada` has signed up, and the client she signs in with.
pub async fn pool_with_ada(users: &UserPools, name: &str) -> Result<(UserPoolId, ClientId), Failure> {
    let pool = users.create_user_pool(CreateUserPool::named(name, users)).await?.id;
    let mut settings = users.default_client_settings("app");
    settings.allow(AllowedFlow::UserPassword);
    let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
    let client = users.create_user_pool_client(client).await?.client.id;
    users.sign_up(SignUp::new(client.clone(), "ada", PASSWORD)).await?;
    users.admin_confirm_sign_up(&pool, "ada").await?;
    Ok((pool, client))
}

/// Signs `ada` in.
pub async fn sign_in(users: &UserPools, client: &ClientId) -> Result<Tokens, Failure> {
    let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let request = InitiateAuth { client: client.clone(), caller: Caller::Public, secret_hash: None, flow };
    match users.initiate_auth(request).await? {
        AuthOutcome::Tokens(tokens) => Ok(*tokens),
        _ => Err("another step is asked for".into()),
    }
}

const PASSWORD: &str = "Correct-horse-1";
