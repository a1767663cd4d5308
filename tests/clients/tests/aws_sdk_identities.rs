//! The AWS SDK for Rust, unmodified, from a guest to many logins: linked, merged, a developer's; roles, tags, both flows.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![allow(clippy::large_futures, clippy::result_large_err, reason = "the SDK's own futures and errors are large")]

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use aws_sdk_cognitoidentity as identities;
use aws_sdk_cognitoidentityprovider as users;
use aws_sdk_sts as sts;
use client_tests::Server;
use identities::error::ProvideErrorMetadata;
use identities::types::{
    AmbiguousRoleResolutionType as Ambiguous, CognitoIdentityProvider, Credentials, MappingRule, MappingRuleMatchType,
    RoleMapping, RoleMappingType, RulesConfigurationType,
};
use identity_kernel::time::{Clock as _, SystemClock};
use serde_json::json;
use sigv4_verify::{Body, HttpRequest, Scope, Signer};
use url::form_urlencoded::Serializer;
use users::types::{AttributeDataType, AttributeType, AuthFlowType, ExplicitAuthFlowsType, SchemaAttributeType};

const PASSWORD: &str = "Corr3ct!horse-battery";
const REGION: &str = "us-east-1";
const COGNITO: &str = "cognito-identity.amazonaws.com";
const OWN: &str = "login.mine";

type Logins = HashMap<String, String>;

/// A client of one of the SDK's services at this server, with these keys.
macro_rules! client {
    ($service:ident, $server:expr, $keys:expr) => {
        $service::Client::from_conf(
            $service::Config::builder()
                .behavior_version($service::config::BehaviorVersion::latest())
                .region($service::config::Region::new(REGION))
                .endpoint_url(&$server.url)
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .credentials_provider($keys)
                .build(),
        )
    };
}

/// The operator's keys.
fn operator(server: &Server) -> users::config::Credentials {
    let [key, secret] = server.operator();
    users::config::Credentials::new(key, secret, None, None, "tests")
}

/// Vended keys.
fn vended(keys: &Credentials) -> users::config::Credentials {
    let text = |text: Option<&str>| text.unwrap().to_owned();
    let token = text(keys.session_token());
    users::config::Credentials::new(text(keys.access_key_id()), text(keys.secret_key()), Some(token), None, "tests")
}

/// A user pool whose client `app` and users' attribute `custom:team` are there.
struct Provider {
    name: String,
    pool: String,
    client: String,
}

struct World {
    server: Server,
    users: users::Client,
    identities: identities::Client,
    people: Provider,
    partners: Provider,
    pool: String,
}

async fn provider(users: &users::Client, name: &str) -> Provider {
    let team = SchemaAttributeType::builder().name("team").attribute_data_type(AttributeDataType::String).mutable(true);
    let made = users.create_user_pool().pool_name(name).schema(team.build()).send().await.unwrap();
    let pool = made.user_pool().unwrap().id().unwrap().to_owned();
    let made = users.create_user_pool_client().user_pool_id(&pool).client_name("app");
    let made = made.explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth).send().await.unwrap();
    let client = made.user_pool_client().unwrap().client_id().unwrap().to_owned();
    Provider { name: format!("cognito-idp.{REGION}.amazonaws.com/{pool}"), pool, client }
}

async fn world(server: Server) -> World {
    let keys = operator(&server);
    let (users, identities) = (client!(users, server, keys.clone()), client!(identities, server, keys));
    let (people, partners) = (provider(&users, "people").await, provider(&users, "partners").await);
    let trusted = |provider: &Provider| {
        CognitoIdentityProvider::builder().provider_name(&provider.name).client_id(&provider.client).build()
    };
    let made = identities.create_identity_pool().identity_pool_name("everybody").allow_unauthenticated_identities(true);
    let made = made.allow_classic_flow(true).developer_provider_name(OWN);
    let made = made.cognito_identity_providers(trusted(&people)).cognito_identity_providers(trusted(&partners));
    let pool = made.send().await.unwrap().identity_pool_id;
    let world = World { server, users, identities, people, partners, pool };
    world.set_roles(None).await;
    world.sign_up(&world.people, "ada", "engines").await;
    world.sign_up(&world.people, "eve", "looms").await;
    world.sign_up(&world.partners, "ada", "partners").await;
    world
}

/// The status of a call of IAM, signed with these keys: the SDK's client of IAM is as large as the others together.
fn iam(server: &Server, keys: &users::config::Credentials, action: &str, parameters: &[(&str, &str)]) -> u16 {
    let mut form = Serializer::new(String::new());
    let body =
        form.append_pair("Action", action).append_pair("Version", "2010-05-08").extend_pairs(parameters).finish();
    let host = server.url.trim_start_matches("http://");
    let mut request = HttpRequest::new("POST", "/").header("host", host);
    request.push_header("content-type", "application/x-www-form-urlencoded");
    let (access_key_id, secret, session_token) = (keys.access_key_id(), keys.secret_access_key(), keys.session_token());
    let signer = Signer { access_key_id, secret, session_token, scope: Scope::new(REGION, "iam") };
    signer.sign(&mut request, &Body::Bytes(body.as_bytes()), SystemClock.now()).unwrap();
    let header = |(name, value): (&str, &[u8])| format!("{name}: {}\r\n", String::from_utf8_lossy(value));
    let headers: String = request.headers().map(header).collect();
    let (mut stream, mut answer) = (TcpStream::connect(host).unwrap(), String::new());
    let length = body.len();
    write!(stream, "POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}").unwrap();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

impl World {
    async fn sign_up(&self, provider: &Provider, name: &str, team: &str) {
        let team = AttributeType::builder().name("custom:team").value(team).build().unwrap();
        let made = self.users.admin_create_user().user_pool_id(&provider.pool).username(name).user_attributes(team);
        made.message_action(users::types::MessageActionType::Suppress).send().await.unwrap();
        let set = self.users.admin_set_user_password().user_pool_id(&provider.pool).username(name);
        set.password(PASSWORD).permanent(true).send().await.unwrap();
    }

    /// What this user shows of this provider.
    async fn login(&self, provider: &Provider, name: &str) -> Logins {
        let begun = self.users.initiate_auth().client_id(&provider.client).auth_flow(AuthFlowType::UserPasswordAuth);
        let begun = begun.auth_parameters("USERNAME", name).auth_parameters("PASSWORD", PASSWORD);
        let tokens = begun.send().await.unwrap().authentication_result.unwrap();
        Logins::from([(provider.name.clone(), tokens.id_token.unwrap())])
    }

    async fn id(&self, logins: &Logins) -> String {
        let asked = self.identities.get_id().identity_pool_id(&self.pool).set_logins(Some(logins.clone()));
        asked.send().await.unwrap().identity_id.unwrap()
    }

    /// The identity that answers and its credentials, or the code of the refusal.
    async fn credentials(
        &self,
        identity: &str,
        logins: &Logins,
        custom_role: Option<&str>,
    ) -> Result<(String, Credentials), String> {
        let asked = self.identities.get_credentials_for_identity().identity_id(identity);
        let asked = asked.set_logins(Some(logins.clone())).set_custom_role_arn(custom_role.map(str::to_owned));
        let answer = asked.send().await.map_err(|error| error.code().unwrap_or_default().to_owned())?;
        Ok((answer.identity_id.unwrap(), answer.credentials.unwrap()))
    }

    /// The name of the role that these keys are of.
    async fn role_of(&self, keys: &Credentials) -> String {
        let me = client!(sts, self.server, vended(keys)).get_caller_identity().send().await.unwrap();
        me.arn.unwrap().split('/').nth(1).unwrap().to_owned()
    }

    async fn set_roles(&self, mapping: Option<RoleMapping>) {
        let set = self.identities.set_identity_pool_roles().identity_pool_id(&self.pool);
        let set = set.roles("authenticated", role("member")).roles("unauthenticated", role("visitor"));
        let key = format!("{}:{}", self.partners.name, self.partners.client);
        let mappings = mapping.map(|mapping| HashMap::from([(key, mapping)]));
        set.set_role_mappings(mappings).send().await.unwrap();
    }

    /// A role that trusts this pool, and may do what these statements say.
    fn make_role(&self, name: &str, statements: &serde_json::Value) {
        let trust = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Federated": COGNITO},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool}}}});
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let keys = operator(&self.server);
        let create = [("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string())];
        assert_eq!(iam(&self.server, &keys, "CreateRole", &create), 200);
        let put = [("RoleName", name), ("PolicyName", "own"), ("PolicyDocument", &policy.to_string())];
        assert_eq!(iam(&self.server, &keys, "PutRolePolicy", &put), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_sdk_for_rust_has_one_identity_from_guest_to_many_logins() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(Server::watched(folder.path(), &["--compat"])).await;

    let guest = guests(&world).await;
    linked(&world, &guest).await;
    developers(&world, &guest).await;
    tags(&world, &guest).await;
    mapped(&world, &guest).await;

    world.server.hold_calls("aws_sdk_identities");
}

/// A guest is held to the guests' ceiling in both flows, and keeps the identity when it signs in.
async fn guests(world: &World) -> String {
    world.make_role("visitor", &json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let guest = world.id(&Logins::new()).await;
    let (_, enhanced) = world.credentials(&guest, &Logins::new(), None).await.unwrap();
    let token = world.identities.get_open_id_token().identity_id(&guest).send().await.unwrap().token.unwrap();
    let classic = client!(sts, world.server, operator(&world.server)).assume_role_with_web_identity();
    let classic = classic.role_arn(role("visitor")).role_session_name("guest").web_identity_token(token);
    let classic = classic.send().await.unwrap().credentials.unwrap();
    let classic = Credentials::builder()
        .access_key_id(classic.access_key_id())
        .secret_key(classic.secret_access_key())
        .session_token(classic.session_token())
        .build();
    for keys in [&enhanced, &classic] {
        assert_eq!(world.role_of(keys).await, "visitor");
        let within = client!(users, world.server, vended(keys));
        within.describe_user_pool().user_pool_id(&world.people.pool).send().await.unwrap();
        assert_eq!(iam(&world.server, &vended(keys), "ListRoles", &[]), 403, "IAM is none of the guests' services");
    }

    let ada = world.login(&world.people, "ada").await;
    let (kept, keys) = world.credentials(&guest, &ada, None).await.unwrap();
    assert_eq!((&kept, world.role_of(&keys).await.as_str()), (&guest, "member"));
    assert_eq!(world.credentials(&guest, &Logins::new(), None).await.unwrap_err(), "NotAuthorizedException");
    guest
}

/// A second provider is linked, parted, and merged back with the identity that it got meanwhile.
async fn linked(world: &World, guest: &str) {
    let (ada, partner) = (world.login(&world.people, "ada").await, world.login(&world.partners, "ada").await);
    let both: Logins = ada.clone().into_iter().chain(partner.clone()).collect();
    assert_eq!(world.credentials(guest, &both, None).await.unwrap().0, guest);
    assert_eq!(world.id(&partner).await, guest);

    let parted = world.identities.unlink_identity().identity_id(guest).set_logins(Some(ada));
    parted.logins_to_remove(&world.partners.name).send().await.unwrap();
    let other = world.id(&partner).await;
    assert_ne!(other, guest);

    assert_eq!(world.credentials(&other, &both, None).await.unwrap().0, guest, "the older one stays");
    let merged = world.identities.describe_identity().identity_id(&other).send().await.unwrap();
    assert_eq!(merged.logins(), &[] as &[String]);
    assert_eq!(world.id(&partner).await, guest);
    let eve = world.login(&world.people, "eve").await;
    assert_eq!(world.credentials(guest, &eve, None).await.unwrap_err(), "NotAuthorizedException");
}

/// A user of the operator's own system has an identity, and a token for it alone.
async fn developers(world: &World, guest: &str) {
    let asked = || world.identities.get_open_id_token_for_developer_identity().identity_pool_id(&world.pool);
    let made = asked().logins(OWN, "ada").token_duration(120).send().await.unwrap();
    let identity = made.identity_id.unwrap();
    let shown = Logins::from([(COGNITO.to_owned(), made.token.unwrap())]);
    assert_eq!(asked().logins(OWN, "ada").send().await.unwrap().identity_id(), Some(identity.as_str()));
    let (own, keys) = world.credentials(&identity, &shown, None).await.unwrap();
    assert_eq!((own, world.role_of(&keys).await.as_str()), (identity, "member"));
    assert_eq!(world.credentials(guest, &shown, None).await.unwrap_err(), "NotAuthorizedException");
}

/// A claim becomes a session tag, and a policy decides by it.
async fn tags(world: &World, guest: &str) {
    let set = world.identities.set_principal_tag_attribute_map().identity_pool_id(&world.pool);
    let set = set.identity_provider_name(&world.people.name).use_defaults(false);
    set.principal_tags("team", "custom:team").send().await.unwrap();
    let engines = json!({"Effect": "Allow", "Action": "cognito-idp:DescribeUserPool", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "engines"}}});
    world.make_role("member", &engines);
    let eve = world.login(&world.people, "eve").await;
    let ada = world.login(&world.people, "ada").await;
    for (identity, logins, allowed) in [(guest.to_owned(), ada, true), (world.id(&eve).await, eve, false)] {
        let (_, keys) = world.credentials(&identity, &logins, None).await.unwrap();
        let asked = client!(users, world.server, vended(&keys)).describe_user_pool();
        let asked = asked.user_pool_id(&world.people.pool).send().await;
        assert_eq!(
            asked.map_err(|error| error.code().map(str::to_owned)).err(),
            (!allowed).then(|| Some("AccessDeniedException".to_owned()))
        );
    }
}

/// Roles by the token's groups and by rules; ambiguous ones are denied, and one of several can be asked for.
async fn mapped(world: &World, guest: &str) {
    for name in ["staff", "chief"] {
        let made = world.users.create_group().user_pool_id(&world.partners.pool).group_name(name);
        made.role_arn(role(name)).precedence(1).send().await.unwrap();
        let added = world.users.admin_add_user_to_group().user_pool_id(&world.partners.pool).username("ada");
        added.group_name(name).send().await.unwrap();
    }
    let shown = world.login(&world.partners, "ada").await;
    let mapping = |kind| RoleMapping::builder().r#type(kind).ambiguous_role_resolution(Ambiguous::Deny);
    world.set_roles(Some(mapping(RoleMappingType::Token).build().unwrap())).await;
    assert_eq!(
        world.credentials(guest, &shown, None).await.unwrap_err(),
        "NotAuthorizedException",
        "two are preferred"
    );
    let (_, keys) = world.credentials(guest, &shown, Some(&role("chief"))).await.unwrap();
    assert_eq!(world.role_of(&keys).await, "chief");

    let rule = |value: &str| {
        let rule = MappingRule::builder().claim("cognito:groups").match_type(MappingRuleMatchType::Contains);
        rule.value(value).role_arn(role(value)).build().unwrap()
    };
    let rules = RulesConfigurationType::builder().rules(rule("staff")).rules(rule("chief")).build().unwrap();
    let by_rules = mapping(RoleMappingType::Rules).rules_configuration(rules).build().unwrap();
    world.set_roles(Some(by_rules)).await;
    for (custom, wanted) in [(None, "staff"), (Some(role("chief")), "chief")] {
        let (_, keys) = world.credentials(guest, &shown, custom.as_deref()).await.unwrap();
        assert_eq!(world.role_of(&keys).await, wanted);
    }
    let refused = world.credentials(guest, &shown, Some(&role("member"))).await;
    assert_eq!(refused.unwrap_err(), "NotAuthorizedException");
}
