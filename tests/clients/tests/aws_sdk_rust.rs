//! The AWS SDK for Rust, unmodified, against the binary: both services, its paginators and its typed errors.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(clippy::large_futures, clippy::result_large_err, reason = "the SDK's own futures and errors are large")]

use std::collections::HashMap;

use aws_sdk_cognitoidentity as identities;
use aws_sdk_cognitoidentityprovider as users;
use client_tests::Server;
use cognito_srp::Challenge;
use identities::operation::get_id::GetIdError;
use identity_kernel::entropy::{self, SystemEntropy};
use identity_kernel::time::{Clock as _, SystemClock};
use users::config::Credentials;
use users::error::SdkError;
use users::operation::admin_get_user::AdminGetUserError;
use users::operation::initiate_auth::InitiateAuthError;
use users::operation::respond_to_auth_challenge::RespondToAuthChallengeError;
use users::operation::sign_up::SignUpError;
use users::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType, ExplicitAuthFlowsType, MessageActionType,
    UserType,
};

const PASSWORD: &str = "Corr3ct!horse-battery";
const REGION: &str = "us-east-1";

/// A pool with a client and a user `ada`, as the SDK sees them.
struct Pool {
    users: users::Client,
    id: String,
    client: String,
}

fn users_of(server: &Server) -> users::Client {
    let [key, secret] = server.operator();
    let config = users::Config::builder()
        .behavior_version(users::config::BehaviorVersion::latest())
        .region(users::config::Region::new(REGION))
        .endpoint_url(&server.url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new(key, secret, None, None, "tests"));
    users::Client::from_conf(config.build())
}

fn identities_of(server: &Server) -> identities::Client {
    let [key, secret] = server.operator();
    let config = identities::Config::builder()
        .behavior_version(identities::config::BehaviorVersion::latest())
        .region(identities::config::Region::new(REGION))
        .endpoint_url(&server.url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(Credentials::new(key, secret, None, None, "tests"));
    identities::Client::from_conf(config.build())
}

async fn pool(server: &Server) -> Pool {
    let users = users_of(server);
    let made = users.create_user_pool().pool_name("people").send().await.unwrap();
    let id = made.user_pool().unwrap().id().unwrap().to_owned();
    let flows = [
        ExplicitAuthFlowsType::AllowUserPasswordAuth,
        ExplicitAuthFlowsType::AllowUserSrpAuth,
        ExplicitAuthFlowsType::AllowRefreshTokenAuth,
    ];
    let made = users.create_user_pool_client().user_pool_id(&id).client_name("app");
    let made = made.set_explicit_auth_flows(Some(flows.to_vec())).send().await.unwrap();
    let client = made.user_pool_client().unwrap().client_id().unwrap().to_owned();
    let pool = Pool { users, id, client };
    pool.add("ada").await;
    pool
}

impl Pool {
    async fn add(&self, name: &str) {
        let email = AttributeType::builder().name("email").value(format!("{name}@example.com")).build().unwrap();
        let made = self.users.admin_create_user().user_pool_id(&self.id).username(name).user_attributes(email);
        made.message_action(MessageActionType::Suppress).send().await.unwrap();
        let set = self.users.admin_set_user_password().user_pool_id(&self.id).username(name);
        set.password(PASSWORD).permanent(true).send().await.unwrap();
    }

    async fn by_password(&self, password: &str) -> Result<AuthenticationResultType, InitiateAuthError> {
        let begun = self.users.initiate_auth().client_id(&self.client).auth_flow(AuthFlowType::UserPasswordAuth);
        let begun = begun.auth_parameters("USERNAME", "ada").auth_parameters("PASSWORD", password);
        let answer = begun.send().await.map_err(SdkError::into_service_error)?;
        Ok(answer.authentication_result.unwrap())
    }

    async fn by_srp(&self, password: &str) -> Result<AuthenticationResultType, RespondToAuthChallengeError> {
        let srp = cognito_srp::Client::new(&self.id, entropy::bytes(&SystemEntropy)).unwrap();
        let begun = self.users.initiate_auth().client_id(&self.client).auth_flow(AuthFlowType::UserSrpAuth);
        let begun = begun.auth_parameters("USERNAME", "ada").auth_parameters("SRP_A", srp.srp_a());
        let asked = begun.send().await.unwrap();
        assert_eq!(asked.challenge_name(), Some(&ChallengeNameType::PasswordVerifier));
        let parameters: &HashMap<String, String> = asked.challenge_parameters().unwrap();
        let parameter = |name: &str| parameters.get(name).unwrap().as_str();
        let challenge = Challenge {
            user_id_for_srp: parameter("USER_ID_FOR_SRP"),
            salt: parameter("SALT"),
            srp_b: parameter("SRP_B"),
            secret_block: parameter("SECRET_BLOCK"),
        };
        let proof = srp.prove(&challenge, password, SystemClock.now()).unwrap();
        let answer = self.users.respond_to_auth_challenge().client_id(&self.client);
        let answer = answer
            .challenge_name(ChallengeNameType::PasswordVerifier)
            .challenge_responses("USERNAME", challenge.user_id_for_srp)
            .challenge_responses("PASSWORD_CLAIM_SECRET_BLOCK", challenge.secret_block)
            .challenge_responses("PASSWORD_CLAIM_SIGNATURE", proof.signature)
            .challenge_responses("TIMESTAMP", proof.timestamp);
        let answer = answer.send().await.map_err(SdkError::into_service_error)?;
        Ok(answer.authentication_result.unwrap())
    }
}

#[tokio::test]
async fn the_aws_sdk_for_rust_signs_in_refreshes_lists_and_has_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &["--compat"]);
    let pool = pool(&server).await;

    let tokens = sign_ins(&pool).await;
    directory(&pool).await;
    errors(&pool).await;
    credentials(&server, &pool, tokens.id_token().unwrap()).await;

    server.hold_calls("aws_sdk_rust");
}

async fn sign_ins(pool: &Pool) -> AuthenticationResultType {
    let by_password = pool.by_password(PASSWORD).await.unwrap();
    let tokens = pool.by_srp(PASSWORD).await.unwrap();
    for tokens in [&by_password, &tokens] {
        let me = pool.users.get_user().access_token(tokens.access_token().unwrap()).send().await.unwrap();
        assert_eq!(me.username(), "ada");
    }
    let refreshed = pool.users.initiate_auth().client_id(&pool.client).auth_flow(AuthFlowType::RefreshTokenAuth);
    let refreshed = refreshed.auth_parameters("REFRESH_TOKEN", tokens.refresh_token().unwrap()).send().await.unwrap();
    let refreshed = refreshed.authentication_result.unwrap();
    assert_ne!(refreshed.access_token(), tokens.access_token());

    let token = by_password.access_token().unwrap();
    pool.users.global_sign_out().access_token(token).send().await.unwrap();
    let signed_out = pool.users.get_user().access_token(token).send().await.unwrap_err().into_service_error();
    assert!(signed_out.is_not_authorized_exception(), "{signed_out:?}");
    pool.by_srp(PASSWORD).await.unwrap()
}

async fn directory(pool: &Pool) {
    for name in ["bob", "cyd", "dan", "eve"] {
        pool.add(name).await;
    }
    let listed = pool.users.list_users().user_pool_id(&pool.id).into_paginator().page_size(2).items().send();
    let listed = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    let mut names: Vec<&str> = listed.iter().filter_map(UserType::username).collect();
    names.sort_unstable();
    assert_eq!(names, ["ada", "bob", "cyd", "dan", "eve"]);

    let made = pool.users.create_group().user_pool_id(&pool.id).group_name("keepers").precedence(1).send();
    assert_eq!(made.await.unwrap().group().unwrap().precedence(), Some(1));
    let add = pool.users.admin_add_user_to_group().user_pool_id(&pool.id).username("bob").group_name("keepers");
    add.send().await.unwrap();
    let members = pool.users.list_users_in_group().user_pool_id(&pool.id).group_name("keepers").into_paginator();
    let members = members.items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(members.iter().map(UserType::username).collect::<Vec<_>>(), [Some("bob")]);
}

async fn errors(pool: &Pool) {
    let wrong = pool.by_password("A-guess!horse-battery").await.unwrap_err();
    assert!(matches!(wrong, InitiateAuthError::NotAuthorizedException(_)), "{wrong:?}");
    let wrong = pool.by_srp("A-guess!horse-battery").await.unwrap_err();
    assert!(matches!(wrong, RespondToAuthChallengeError::NotAuthorizedException(_)), "{wrong:?}");
    let nobody = pool.users.admin_get_user().user_pool_id(&pool.id).username("nobody").send().await.unwrap_err();
    let nobody = nobody.into_service_error();
    assert!(matches!(nobody, AdminGetUserError::UserNotFoundException(_)), "{nobody:?}");
    let sign_up = |name, password| {
        let request = pool.users.sign_up().client_id(&pool.client).username(name).password(password);
        async move { request.send().await.unwrap_err().into_service_error() }
    };
    let taken = sign_up("ada", PASSWORD).await;
    assert!(matches!(taken, SignUpError::UsernameExistsException(_)), "{taken:?}");
    let weak = sign_up("fay", "short").await;
    assert!(matches!(weak, SignUpError::InvalidPasswordException(_)), "{weak:?}");
}

async fn credentials(server: &Server, pool: &Pool, id_token: &str) {
    let service = identities_of(server);
    let provider = format!("cognito-idp.{REGION}.amazonaws.com/{}", pool.id);
    let trusted = identities::types::CognitoIdentityProvider::builder();
    let trusted = trusted.provider_name(&provider).client_id(&pool.client).build();
    let made = service.create_identity_pool().identity_pool_name("callers").allow_unauthenticated_identities(false);
    let made = made.cognito_identity_providers(trusted).send().await.unwrap();
    let role = "arn:aws:iam::123456789012:role/members";
    let roles = service.set_identity_pool_roles().identity_pool_id(made.identity_pool_id());
    roles.roles("authenticated", role).send().await.unwrap();

    let identity = service.get_id().identity_pool_id(made.identity_pool_id()).logins(&provider, id_token).send().await;
    let identity = identity.unwrap().identity_id.unwrap();
    let vended = service.get_credentials_for_identity().identity_id(&identity).logins(&provider, id_token).send().await;
    let vended = vended.unwrap().credentials.unwrap();
    assert!(vended.access_key_id().unwrap().starts_with("ASIA"));
    assert!(vended.expiration().is_some() && vended.session_token().is_some());

    let forged = format!("{id_token}x");
    let refused = service.get_id().identity_pool_id(made.identity_pool_id()).logins(&provider, forged).send().await;
    let refused = refused.unwrap_err().into_service_error();
    assert!(matches!(refused, GetIdError::NotAuthorizedException(_)), "{refused:?}");
}
