//! Photos of teams: each user writes below a prefix of one's own and one that the team shares, guests read what is public.
//! Cenote and a real S3 server in one process, for any S3 client. On standard input: `later SECONDS`, `revoke IDENTITY`.
//! `cargo run --package cenote-examples --example shared_photos`

use cenote::federation::model::principal_tags::PrincipalTagMap;
use cenote::kernel::time::{Clock, ShiftedClock, SystemClock};
use cenote::prelude::*;
use cenote::userpool::model::attributes::{AttributeSchema, AttributeType};
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use cenote::userpool::ops::users::{AdminCreateUser, Invitation, PasswordLifetime};
use cenote::vending::model::Revoked;
use cenote_examples::{Failure, S3Server, photo_roles};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;

/// Who is on which team.
const USERS: [(&str, &str); 3] = [("ada", "engines"), ("charles", "engines"), ("eve", "looms")];
const PASSWORD: &str = "Correct-horse-1";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let clock = Arc::new(ShiftedClock::new(SystemClock));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let host = listener.local_addr()?.to_string();
    let issuer = IssuerForm::Own(format!("http://{host}"));
    let cenote = Cenote::in_memory().clock(Arc::clone(&clock) as Arc<dyn Clock>).issuer(issuer).build().await?;
    let router = cenote.aws_router();
    tokio::spawn(async move { axum::serve(listener, router).await });

    // Who you are.
    let (users, client) = people(cenote.user_pools()).await?;
    // What you may do. A login's `custom:team` becomes the session tag `team`.
    let provider = format!("{host}/{users}");
    let login =
        UserPoolProvider { provider_name: provider.clone(), client_id: client.to_string(), server_side_check: None };
    let settings = IdentityPoolSettings {
        name: "photos".to_owned(),
        allow_guests: true,
        user_pools: vec![login],
        ..IdentityPoolSettings::default()
    };
    let border = cenote.identity_pools();
    let pool = border.create_identity_pool(None, settings).await?.id;
    let claims = [("team".to_owned(), "custom:team".to_owned())].into();
    border.set_principal_tag_attribute_map(&pool, &provider, PrincipalTagMap { use_defaults: false, claims }).await?;
    let (member, guest) = photo_roles(&cenote, &pool).await?;
    let roles = PoolRoles { authenticated: Some(member), unauthenticated: Some(guest), ..PoolRoles::default() };
    border.set_identity_pool_roles(&pool, roles).await?;

    // The resource.
    let s3 = S3Server::start(&cenote).await?;
    println!("cenote http://{host} s3 http://{} pool {pool} provider {provider} client {client}", s3.address);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match line.split_once(' ') {
            Some(("later", seconds)) => clock.advance_seconds(seconds.parse()?),
            Some(("revoke", identity)) => cenote.vending().revoke(Revoked::Identity(identity.to_owned())).await?,
            _ => return Err(format!("{line}: later SECONDS, or revoke IDENTITY").into()),
        }
        println!("done");
    }
    Ok(())
}

/// A user pool whose users are on teams. Clients may not write the attribute: nobody changes teams by oneself.
async fn people(users: &UserPools) -> Result<(UserPoolId, ClientId), Failure> {
    let pool = users.create_user_pool(CreateUserPool::named("people", users)).await?.id;
    let (name, data_type) = ("custom:team".to_owned(), AttributeType::Text);
    let team = AttributeSchema { name, data_type, mutable: true, required: false, min: None, max: None };
    users.add_custom_attributes(&pool, &[team]).await?;
    let mut settings = users.default_client_settings("app");
    settings.allow(AllowedFlow::UserPassword);
    settings.read_attributes = Some(["custom:team".to_owned()].into());
    let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
    let client = users.create_user_pool_client(client).await?.client.id;
    for (username, team) in USERS {
        let attributes = [("custom:team".to_owned(), team.to_owned())].into();
        let (pool, invitation) = (pool.clone(), Invitation::Suppress);
        let (temporary_password, mediums, username) = (None, Vec::new(), username.to_owned());
        let user = AdminCreateUser { pool, username, attributes, temporary_password, invitation, mediums };
        let user = users.admin_create_user(user).await?;
        users
            .admin_set_user_password(&user.pool, user.username.as_str(), &PASSWORD.into(), PasswordLifetime::Permanent)
            .await?;
    }
    Ok((pool, client))
}
