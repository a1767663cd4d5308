//! From a sign-up to an upload: a user pool says who Ada is, an identity pool what she may do, and a real S3 server
//! heeds it. `cargo run --package cenote-examples --example border_control`
#![allow(
    clippy::too_many_lines,
    clippy::expect_used,
    reason = "a journey told in one piece, which ends where it must not go on"
)]

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::ProvideErrorMetadata;
use cenote::federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};
use cenote::federation::ops::logins::Logins;
use cenote::prelude::*;
use cenote::tokens::{KeySet, Verifier};
use cenote::vending::model::Revoked;
use cenote_examples::{BUCKET, Failure, S3Server, create_roles};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let outbox = Arc::new(MemoryOutbox::new());
    let cenote = Cenote::in_memory().messenger(outbox.clone()).build().await?;
    let (users, border) = (cenote.user_pools(), cenote.identity_pools());

    // Who are you? Sign up, prove the address, sign in without ever sending the password.
    let mut pool = CreateUserPool::named("people", users);
    pool.settings.auto_verified.insert(Contact::Email);
    let pool = users.create_user_pool(pool).await?.id;
    let settings = users.default_client_settings("app");
    let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
    let client = users.create_user_pool_client(client).await?.client.id;
    let password = SecretString::from("correct horse battery");
    let sign_up = SignUp::new(client.clone(), "ada", password.clone()).attribute("email", "ada@example.com");
    users.sign_up(sign_up).await?;
    let code = outbox.code_for("ada").ok_or("no code")?;
    users.confirm_sign_up(ConfirmSignUp::new(client.clone(), "ada", code)).await?;
    let signed_in = || async {
        match cenote::sign_in_by_srp(&cenote, &pool, &client, "ada", &password).await? {
            AuthOutcome::Tokens(tokens) => Ok::<_, Failure>(tokens),
            other => Err(format!("another challenge: {other:?}").into()),
        }
    };
    let tokens = signed_in().await?;

    // Anybody with the key set verifies the token, offline.
    let keys = KeySet::from_jwks(users.key_set(&pool).await?.keys);
    let verified = Verifier::new(users.issuer(&pool)).id_tokens_of([client.as_str()]).verify(
        &keys,
        tokens.id_token.expose(),
        cenote.clock().now(),
    )?;
    println!("signed in: {}", verified.into_id_token()?.username);

    // What may you do? An identity pool that takes this client's tokens, and guests.
    let provider_name = users.issuer(&pool).replace("http://", "");
    let provider = UserPoolProvider {
        provider_name: provider_name.clone(),
        client_id: client.to_string(),
        server_side_check: None,
    };
    let settings = IdentityPoolSettings {
        name: "border".to_owned(),
        allow_guests: true,
        user_pools: vec![provider],
        ..IdentityPoolSettings::default()
    };
    let identity_pool = border.create_identity_pool(None, settings).await?.id;
    let roles = create_roles(&cenote, &identity_pool).await?;
    let map_by = |mapping_type| async {
        let mapping = RoleMapping { mapping_type, ambiguous_role_resolution: AmbiguousRoleResolution::Deny };
        let pool_roles = PoolRoles {
            authenticated: None,
            unauthenticated: Some(roles.guest.clone()),
            mappings: [(format!("{provider_name}:{client}"), mapping)].into(),
        };
        border.set_identity_pool_roles(&identity_pool, pool_roles).await
    };
    let (claim, value) = ("email".to_owned(), "ada@example.com".to_owned());
    map_by(MappingType::Rules(vec![Rule {
        claim,
        match_type: MatchType::Equals,
        value,
        role_arn: roles.member.clone(),
    }]))
    .await?;
    let logins = Logins::from([(provider_name.clone(), tokens.id_token.clone())]);
    let ada = border.get_id(&identity_pool, &logins).await?;
    let ask = |identity: &_, logins| GetCredentials { identity: Clone::clone(identity), logins, custom_role: None };
    let vended = border.get_credentials_for_identity(ask(&ada, logins)).await?;
    vended.trace.iter().for_each(|step| println!("by rules: {step}"));
    let (name, role_arn) = ("readers".parse()?, Some(roles.reader.clone()));
    users
        .create_group(GroupSpec { pool: pool.clone(), name, description: None, role_arn, precedence: Some(1) })
        .await?;
    users.admin_add_user_to_group(&pool, "ada", &"readers".parse()?).await?;
    map_by(MappingType::Token).await?;
    let logins = Logins::from([(provider_name.clone(), signed_in().await?.id_token)]);
    border.get_credentials_for_identity(ask(&ada, logins)).await?.trace.iter().for_each(|s| println!("by token: {s}"));

    // The resource: a real S3 server, and the AWS SDK for Rust.
    let server = S3Server::start(&cenote).await?;
    let s3 = |with: &cenote::vending::Credentials| {
        let (id, secret) = (with.access_key_id.as_str(), with.secret.expose());
        let credentials = Credentials::new(id, secret, Some(with.session_token.expose().to_owned()), None, "cenote");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(format!("http://{}", server.address))
            .force_path_style(true)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(credentials);
        aws_sdk_s3::Client::from_conf(config.build())
    };
    let put = |with, key: String| {
        let request = s3(with).put_object().bucket(BUCKET).key(key).body(b"a cat".to_vec().into());
        async move { request.send().await.map_err(|error| error.message().unwrap_or("refused").to_owned()) }
    };
    put(&vended.credentials, format!("{ada}/cat.txt")).await?;
    println!("uploaded below {ada}/");
    let stranger = put(&vended.credentials, "us-east-1:somebody-else/cat.txt".to_owned()).await;
    println!("below another's prefix: {}", stranger.expect_err("this must be refused"));

    let guest = border.get_id(&identity_pool, &Logins::new()).await?;
    let guests = border.get_credentials_for_identity(ask(&guest, Logins::new())).await?;
    println!("as a guest: {}", put(&guests.credentials, format!("{guest}/cat.txt")).await.expect_err("refused"));

    cenote.vending().revoke(Revoked::Identity(ada.to_string())).await?;
    let revoked = put(&vended.credentials, format!("{ada}/cat.txt")).await;
    println!("after revocation: {}", revoked.expect_err("this must be refused"));
    Ok(())
}
