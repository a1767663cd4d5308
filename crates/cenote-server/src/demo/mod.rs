//! `cenote demo`: the whole journey in one process, on the embedded default, every part real.

mod http;
mod roles;
mod s3_client;
mod show;

use std::net::SocketAddr;
use std::sync::Arc;

use cenote::Cenote;
use cenote::adapters::S3Gate;
use cenote::federation::model::ids::{IdentityId, IdentityPoolId};
use cenote::federation::model::pool::IdentityPool;
use cenote::federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};
use cenote::federation::ops::credentials::VendedCredentials;
use cenote::federation::ops::logins::Logins;
use cenote::prelude::*;
use cenote::tokens::{KeySet, Verifier};
use cenote::userpool::model::client::AppClient;
use cenote::userpool::model::pool::UserPool;
use cenote::vending::model::Revoked;
use tokio::net::TcpListener;

use crate::Failure;
use crate::demo::s3_client::{BUCKET, S3Client};
use crate::demo::show::{allowed, chapter, line, refused, trace};

const PASSWORD: &str = "correct horse battery staple";

/// Everything that the journey passes.
struct World {
    cenote: Cenote,
    outbox: Arc<MemoryOutbox>,
    pool: UserPool,
    client: AppClient,
    base_url: String,
    s3: S3Client,
}

/// Runs the journey; fails if a step does not come out as it says.
pub(crate) async fn run() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let world = build(folder.path()).await?;

    chapter("User pool: who are you?");
    sign_up(&world).await?;
    let tokens = sign_in(&world).await?;
    verify_offline(&world, &tokens).await?;

    chapter("Identity pool: what may you do?");
    let roles = roles::create(&world.cenote).await?;
    let identity_pool = create_identity_pool(&world, &roles).await?;
    let login = |tokens: &Tokens| Logins::from([(provider_name(&world), tokens.id_token.clone())]);
    let ada = world.cenote.identity_pools().get_id(&identity_pool.id, &login(&tokens)).await?;
    line("identity", &ada);

    let by_rules = credentials(&world, &ada, login(&tokens)).await?;
    line("role by rules", &by_rules.role_arn);
    trace(&by_rules.trace);
    let by_token = role_by_token(&world, &identity_pool.id, &roles, &ada).await?;
    line("role by token", &by_token.role_arn);
    trace(&by_token.trace);
    line("access key", &by_rules.credentials.access_key_id);
    line("lives until", by_rules.credentials.expires_at.to_iso8601());

    chapter("Resource: an S3 server that trusts these credentials");
    uploads(&world, &identity_pool, &ada, &by_rules).await?;
    println!("\nEvery step came out as it should.");
    Ok(())
}

/// The embedded default in a folder that goes away at the end, its front end on a free port, and an S3 server.
async fn build(folder: &std::path::Path) -> Result<World, Failure> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let outbox = Arc::new(MemoryOutbox::new());
    let cenote = Cenote::builder()
        .data_folder(&folder.join("data"))?
        .messenger(Arc::clone(&outbox) as Arc<dyn cenote::userpool::ports::Messenger>)
        .issuer(IssuerForm::Own(base_url.clone()))
        .build()
        .await?;
    let app = cenote.aws_router();
    tokio::spawn(async move { axum::serve(listener, app).await });
    line("data folder", "SQLite and a key file, in a temporary folder");
    line("front end", &base_url);

    let store = folder.join("s3");
    std::fs::create_dir_all(store.join(BUCKET))?;
    let files = s3s_fs::FileSystem::new(&store).map_err(|error| format!("the S3 store: {error:?}"))?;
    let gate = S3Gate::new(Arc::clone(cenote.vending()), Arc::clone(cenote.clock()));
    let s3_listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let s3 = S3Client::new(s3_listener.local_addr()?, Arc::clone(cenote.clock()));
    tokio::spawn(async move { gate.serve(s3_listener, files).await });

    let users = cenote.user_pools();
    let mut request = CreateUserPool::named("people", users);
    request.settings.auto_verified.insert(Contact::Email);
    let pool = users.create_user_pool(request).await?;
    let settings = users.default_client_settings("app");
    let request = CreateClient { pool: pool.id.clone(), settings, with_secret: false };
    let client = users.create_user_pool_client(request).await?.client;
    Ok(World { cenote, outbox, pool, client, base_url, s3 })
}

async fn sign_up(world: &World) -> Result<(), Failure> {
    let users = world.cenote.user_pools();
    line("user pool", &world.pool.id);
    let request = SignUp {
        client: world.client.id.clone(),
        secret_hash: None,
        username: "ada".to_owned(),
        password: Some(PASSWORD.into()),
        attributes: Attributes::from([("email".to_owned(), "ada@example.com".to_owned())]),
    };
    let signed_up = users.sign_up(request).await?;
    let sent_to = signed_up.delivery.map(|delivery| delivery.destination).unwrap_or_default();
    allowed("ada signs up", &format!("a code goes to {sent_to}"));

    let confirm = |code: &str| ConfirmSignUp {
        client: world.client.id.clone(),
        secret_hash: None,
        username: "ada".to_owned(),
        code: code.into(),
        force_alias: false,
        session: None,
    };
    refused("ada confirms with a wrong code", users.confirm_sign_up(confirm("000000x")).await)?;
    let code = world.outbox.code_for("ada").ok_or("no code in the outbox")?;
    users.confirm_sign_up(confirm(&code)).await?;
    allowed("ada confirms with the code from the outbox", "the address is verified");
    Ok(())
}

async fn sign_in(world: &World) -> Result<Tokens, Failure> {
    let attempt = |password: &'static str| async move {
        let password = SecretString::from(password);
        cenote::sign_in_by_srp(&world.cenote, &world.pool.id, &world.client.id, "ada", &password).await
    };
    refused("ada signs in with a wrong password", attempt("battery staple").await)?;
    match attempt(PASSWORD).await? {
        AuthOutcome::Tokens(tokens) => {
            allowed("ada signs in by SRP", "the password was never sent");
            Ok(*tokens)
        }
        _ => Err("the sign-in asked for more than a password".into()),
    }
}

async fn verify_offline(world: &World, tokens: &Tokens) -> Result<(), Failure> {
    let issuer = world.cenote.user_pools().issuer(&world.pool.id);
    let url = format!("{}/{}/.well-known/jwks.json", world.base_url, world.pool.id);
    let keys = KeySet::from_json(&http::Http::new().send("GET", &url, &[], b"").await?.1)?;
    let now = world.cenote.clock().now();
    let verifier = Verifier::new(issuer).id_tokens_of([world.client.id.as_str()]);
    let verified = verifier.verify(&keys, tokens.id_token.expose(), now)?;
    let id = verified.into_id_token()?;
    allowed("a resource server verifies the ID token with the key set alone", &format!("sub {}", id.sub));
    let access = verifier.verify(&keys, tokens.access_token.expose(), now);
    refused("the access token, offered as an ID token", access)?;
    let mut forged = tokens.id_token.expose().to_owned();
    forged.truncate(forged.len() - 8);
    forged.push_str("AAAAAAAA");
    refused("the ID token with another signature", verifier.verify(&keys, &forged, now))
}

/// The user pool as identity pools name it: its issuer without scheme.
fn provider_name(world: &World) -> String {
    let issuer = world.cenote.user_pools().issuer(&world.pool.id);
    issuer.split_once("://").map_or(issuer.clone(), |(_, rest)| rest.to_owned())
}

async fn create_identity_pool(world: &World, roles: &roles::Roles) -> Result<IdentityPool, Failure> {
    let provider = UserPoolProvider {
        provider_name: provider_name(world),
        client_id: world.client.id.to_string(),
        server_side_check: None,
    };
    let settings = IdentityPoolSettings {
        name: "border control".to_owned(),
        allow_guests: true,
        user_pools: vec![provider],
        ..IdentityPoolSettings::default()
    };
    let pools = world.cenote.identity_pools();
    let pool = pools.create_identity_pool(None, settings).await?;
    let rule = |claim: &str, match_type, value: &str, role: &str| Rule {
        claim: claim.to_owned(),
        match_type,
        value: value.to_owned(),
        role_arn: role.to_owned(),
    };
    let rules = vec![
        rule("cognito:groups", MatchType::Contains, "admins", &roles.admin),
        rule("email", MatchType::Equals, "ada@example.com", &roles.member),
    ];
    let mapping = RoleMapping {
        mapping_type: MappingType::Rules(rules),
        ambiguous_role_resolution: AmbiguousRoleResolution::Deny,
    };
    set_mapping(world, &pool.id, roles, mapping).await?;
    roles::trust(&world.cenote, &pool.id, roles).await?;
    line("identity pool", &pool.id);
    Ok(pool)
}

async fn set_mapping(
    world: &World,
    pool: &IdentityPoolId,
    roles: &roles::Roles,
    mapping: RoleMapping,
) -> Result<(), Failure> {
    let key = format!("{}:{}", provider_name(world), world.client.id);
    let pool_roles = PoolRoles {
        authenticated: Some(roles.member.clone()),
        unauthenticated: Some(roles.guest.clone()),
        mappings: [(key, mapping)].into(),
    };
    for warning in world.cenote.identity_pools().set_identity_pool_roles(pool, pool_roles).await? {
        line("warning", warning);
    }
    Ok(())
}

async fn credentials(world: &World, identity: &IdentityId, logins: Logins) -> Result<VendedCredentials, Failure> {
    let request = GetCredentials { identity: identity.clone(), logins, custom_role: None };
    Ok(world.cenote.identity_pools().get_credentials_for_identity(request).await?)
}

/// Puts ada into a group with a role, and lets the token say which role is hers.
async fn role_by_token(
    world: &World,
    pool: &IdentityPoolId,
    roles: &roles::Roles,
    ada: &IdentityId,
) -> Result<VendedCredentials, Failure> {
    let users = world.cenote.user_pools();
    let group = GroupSpec {
        pool: world.pool.id.clone(),
        name: "admins".parse()?,
        description: None,
        role_arn: Some(roles.admin.clone()),
        precedence: Some(1),
    };
    let group = users.create_group(group).await?;
    users.admin_add_user_to_group(&world.pool.id, "ada", &group.name).await?;
    let mapping =
        RoleMapping { mapping_type: MappingType::Token, ambiguous_role_resolution: AmbiguousRoleResolution::Deny };
    set_mapping(world, pool, roles, mapping).await?;
    let tokens = sign_in_again(world).await?;
    credentials(world, ada, Logins::from([(provider_name(world), tokens.id_token)])).await
}

async fn sign_in_again(world: &World) -> Result<Tokens, Failure> {
    let password = SecretString::from(PASSWORD);
    match cenote::sign_in_by_srp(&world.cenote, &world.pool.id, &world.client.id, "ada", &password).await? {
        AuthOutcome::Tokens(tokens) => Ok(*tokens),
        _ => Err("the sign-in asked for more than a password".into()),
    }
}

async fn uploads(
    world: &World,
    pool: &IdentityPool,
    ada: &IdentityId,
    vended: &VendedCredentials,
) -> Result<(), Failure> {
    let s3 = &world.s3;
    let own = format!("{ada}/cat.txt");
    s3.put(&vended.credentials, &own, b"a cat").await?;
    allowed("ada uploads below her own prefix", &format!("{BUCKET}/{own}"));
    let read = s3.get(&vended.credentials, &own).await?;
    allowed("ada reads it back", &format!("{} bytes", read.len()));
    let others = format!("{}/cat.txt", "us-east-1:00000000-0000-4000-8000-000000000000");
    refused("ada uploads below another's prefix", s3.put(&vended.credentials, &others, b"x").await)?;

    let guest = world.cenote.identity_pools().get_id(&pool.id, &Logins::new()).await?;
    let guest_credentials = credentials(world, &guest, Logins::new()).await?;
    let path = format!("{guest}/cat.txt");
    refused("a guest uploads", s3.put(&guest_credentials.credentials, &path, b"x").await)?;

    world.cenote.vending().revoke(Revoked::Session(vended.credentials.access_key_id.clone())).await?;
    line("revoked", &vended.credentials.access_key_id);
    refused("ada uploads again with the same keys", s3.put(&vended.credentials, &own, b"again").await)
}
