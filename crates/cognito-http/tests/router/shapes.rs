//! Answers against the shapes of the model: each member is answered, or stands in a list with the reason why not. And what an
//! update does not name falls back to its default.

use std::collections::{BTreeMap, BTreeSet};

use cognito_wire::Service::UserPools;
use cognito_wire::schema::Kind;
use serde_json::{Value, json};

use crate::world::{World, operation};

/// The members of the structure that an operation answers under `member`.
fn members(name: &str, member: &str) -> BTreeSet<&'static str> {
    let Kind::Structure(output) = operation(UserPools, name).output.kind else { panic!("{name}") };
    let Kind::Structure(inner) = output.iter().find(|own| own.name == member).unwrap().shape.kind else {
        panic!("{name}.{member}")
    };
    inner.iter().map(|member| member.name).collect()
}

/// The members of a request.
fn inputs(name: &str) -> BTreeSet<&'static str> {
    let Kind::Structure(input) = operation(UserPools, name).input.kind else { panic!("{name}") };
    input.iter().map(|member| member.name).collect()
}

fn answered(values: &[&Value]) -> BTreeSet<String> {
    let objects = values.iter().filter_map(|value| value.as_object());
    objects.flatten().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone()).collect()
}

/// Holds what is not answered to the list of reasons.
fn hold(all: &BTreeSet<&'static str>, values: &[&Value], reasons: &[(&str, &str)]) {
    let answered = answered(values);
    let silent: BTreeSet<&str> = all.iter().copied().filter(|name| !answered.contains(*name)).collect();
    let listed: BTreeSet<&str> = reasons.iter().map(|(name, _)| *name).collect();

    assert_eq!(silent, listed);
}

#[tokio::test]
async fn every_member_of_a_described_pool_is_answered_or_has_a_reason() {
    let world = World::new().await;
    let mut given = pool_settings();
    given.insert("AliasAttributes", json!(["email"]));
    let by_alias = made(&world, &given).await;
    given.remove("AliasAttributes");
    given.insert("UsernameAttributes", json!(["email"]));
    let by_address = made(&world, &given).await;
    let described = world.call(UserPools, "DescribeUserPool", json!({"UserPoolId": by_alias["Id"]})).await.ok();

    let reasons = [
        ("AcrConfiguration", "no level of assurance can be configured"),
        ("CustomDomain", "no pool has pages of its own"),
        ("DcrConfiguration", "clients do not register themselves"),
        ("Domain", "no pool has pages of its own"),
        ("EmailConfigurationFailure", "there is no Amazon SES that could fail"),
        ("KeyConfiguration", "there is no Amazon KMS"),
        ("SmsConfigurationFailure", "there is no Amazon SNS that could fail"),
        ("Status", "Amazon says that it is of no use any more"),
    ];
    let (create, describe) = (members("CreateUserPool", "UserPool"), members("DescribeUserPool", "UserPool"));
    hold(&create, &[&by_alias, &by_address], &reasons);
    hold(&describe, &[&described["UserPool"], &by_address], &reasons);
}

#[tokio::test]
async fn every_member_of_a_described_client_is_answered_or_has_a_reason() {
    let world = World::new().await;
    let mut body = client_settings();
    body.insert("UserPoolId", json!(world.user_pool("p").await));
    body.insert("ClientName", json!("c"));
    body.insert("GenerateSecret", json!(true));
    let made = world.call(UserPools, "CreateUserPoolClient", json!(body)).await.ok()["UserPoolClient"].clone();
    let named = json!({"UserPoolId": made["UserPoolId"], "ClientId": made["ClientId"]});
    let described = world.call(UserPools, "DescribeUserPoolClient", named).await.ok();

    let reasons =
        [("AnalyticsConfiguration", "there is no Amazon Pinpoint"), ("ClientSecretArn", "there is no Secrets Manager")];
    hold(&members("CreateUserPoolClient", "UserPoolClient"), &[&made], &reasons);
    hold(&members("DescribeUserPoolClient", "UserPoolClient"), &[&described["UserPoolClient"]], &reasons);
}

#[tokio::test]
async fn every_member_of_a_group_and_of_a_new_user_is_answered_or_has_a_reason() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;
    let group = json!({"UserPoolId": pool, "GroupName": "g", "Description": "d", "Precedence": 1,
        "RoleArn": "arn:aws:iam::123456789012:role/r"});
    let group = world.call(UserPools, "CreateGroup", group).await.ok();
    let user = json!({"UserPoolId": pool, "Username": "ada", "MessageAction": "SUPPRESS"});
    let user = world.call(UserPools, "AdminCreateUser", user).await.ok();

    hold(&members("CreateGroup", "Group"), &[&group["Group"]], &[]);
    let reasons = [("MFAOptions", "Amazon says that it is of no use any more")];
    hold(&members("AdminCreateUser", "User"), &[&user["User"]], &reasons);
}

async fn made(world: &World, settings: &BTreeMap<&str, Value>) -> Value {
    let mut body = settings.clone();
    body.insert("PoolName", json!("p"));
    world.call(UserPools, "CreateUserPool", json!(body)).await.ok()["UserPool"].clone()
}

/// For each setting of a pool that an update can change, a value that is not the default.
fn pool_settings() -> BTreeMap<&'static str, Value> {
    let role = "arn:aws:iam::123456789012:role/sms";
    BTreeMap::from([
        ("AccountRecoverySetting", json!({"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]})),
        (
            "AdminCreateUserConfig",
            json!({"AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": {"EmailMessage": "{username} {####}"}}),
        ),
        ("AutoVerifiedAttributes", json!(["email"])),
        ("DeletionProtection", json!("ACTIVE")),
        (
            "DeviceConfiguration",
            json!({"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false}),
        ),
        ("EmailConfiguration", json!({"ReplyToEmailAddress": "help@example.com"})),
        ("EmailVerificationMessage", json!("code {####}")),
        ("EmailVerificationSubject", json!("a code")),
        ("IssuerConfiguration", json!({"Type": "ORIGINAL"})),
        ("Policies", json!({"PasswordPolicy": {"MinimumLength": 20, "TemporaryPasswordValidityDays": 3}})),
        ("SmsAuthenticationMessage", json!("sign in with {####}")),
        ("SmsConfiguration", json!({"SnsCallerArn": role})),
        ("SmsVerificationMessage", json!("sms {####}")),
        ("UserAttributeUpdateSettings", json!({"AttributesRequireVerificationBeforeUpdate": []})),
        ("UserPoolAddOns", json!({"AdvancedSecurityMode": "OFF"})),
        ("UserPoolTags", json!({"team": "a"})),
        ("UserPoolTier", json!("LITE")),
        ("VerificationMessageTemplate", json!({"EmailMessageByLink": "{##here##}"})),
    ])
}

/// For each setting of a client that an update can change, a value that is not the default.
fn client_settings() -> BTreeMap<&'static str, Value> {
    BTreeMap::from([
        ("AccessTokenValidity", json!(2)),
        ("AllowedOAuthFlows", json!(["code"])),
        ("AllowedOAuthFlowsUserPoolClient", json!(true)),
        ("AllowedOAuthScopes", json!(["openid"])),
        ("AuthSessionValidity", json!(5)),
        ("CallbackURLs", json!(["https://app.example.com/cb"])),
        ("DefaultRedirectURI", json!("https://app.example.com/cb")),
        ("EnableTokenRevocation", json!(false)),
        ("ExplicitAuthFlows", json!(["ALLOW_USER_PASSWORD_AUTH"])),
        ("IdTokenValidity", json!(3)),
        ("LogoutURLs", json!(["https://app.example.com/out"])),
        ("PreventUserExistenceErrors", json!("LEGACY")),
        ("ReadAttributes", json!(["email"])),
        ("RefreshTokenRotation", json!({"Feature": "ENABLED", "RetryGracePeriodSeconds": 5})),
        ("RefreshTokenValidity", json!(7)),
        ("SupportedIdentityProviders", json!(["COGNITO"])),
        ("TokenValidityUnits", json!({"AccessToken": "hours"})),
        ("WriteAttributes", json!(["nickname"])),
    ])
}

/// What an update changes by its nature.
fn without(mut value: Value, names: &[&str]) -> Value {
    for name in names {
        value.as_object_mut().unwrap().remove(*name);
    }
    value
}

#[tokio::test]
async fn what_an_update_of_a_pool_does_not_name_falls_back_to_its_default() {
    let world = World::new().await;
    let settings = pool_settings();
    // Settings that nobody can give a value which differs from the default, and the name, which stays.
    let fixed = ["AcrConfiguration", "DcrConfiguration", "KeyConfiguration", "PoolName", "UserPoolId"];
    let elsewhere = ["LambdaConfig", "MfaConfiguration"];
    let known: BTreeSet<&str> = settings.keys().copied().chain(fixed).chain(elsewhere).collect();
    assert_eq!(inputs("UpdateUserPool"), known);
    let own = ["Id", "Arn", "CreationDate", "LastModifiedDate"];
    let fresh = made(&world, &BTreeMap::new()).await;

    for (name, value) in settings {
        let pool = made(&world, &BTreeMap::from([(name, value)])).await;
        assert_ne!(without(pool.clone(), &own), without(fresh.clone(), &own), "{name} is not given");
        world.call(UserPools, "UpdateUserPool", json!({"UserPoolId": pool["Id"]})).await.ok();

        let after = world.call(UserPools, "DescribeUserPool", json!({"UserPoolId": pool["Id"]})).await.ok();
        assert_eq!(without(after["UserPool"].clone(), &own), without(fresh.clone(), &own), "{name}");
    }
}

#[tokio::test]
async fn what_an_update_of_a_client_does_not_name_falls_back_to_its_default() {
    let world = World::new().await;
    let settings = client_settings();
    let fixed = [
        "AnalyticsConfiguration",
        "ClientId",
        "ClientName",
        "EnablePropagateAdditionalUserContextData",
        "PublishSecretsInAWSSecretsManager",
        "UserPoolId",
    ];
    let known: BTreeSet<&str> = settings.keys().copied().chain(fixed).collect();
    assert_eq!(inputs("UpdateUserPoolClient"), known);
    let own = ["ClientId", "CreationDate", "LastModifiedDate"];
    let pool = world.user_pool("p").await;
    let create = async |mut body: BTreeMap<&str, Value>| {
        body.insert("UserPoolId", json!(pool));
        body.insert("ClientName", json!("c"));
        world.call(UserPools, "CreateUserPoolClient", json!(body)).await.ok()["UserPoolClient"].clone()
    };
    let fresh = create(BTreeMap::new()).await;

    for (name, value) in settings {
        let beside: &[(&str, Value)] = match name {
            "AllowedOAuthFlowsUserPoolClient" => {
                &[("AllowedOAuthFlows", json!(["code"])), ("AllowedOAuthScopes", json!(["openid"]))]
            }
            "DefaultRedirectURI" => &[("CallbackURLs", json!([value]))],
            _ => &[],
        };
        let client = create(beside.iter().cloned().chain([(name, value.clone())]).collect()).await;
        assert_ne!(without(client.clone(), &own), without(fresh.clone(), &own), "{name} is not given");
        let update = json!({"UserPoolId": pool, "ClientId": client["ClientId"]});
        let after = world.call(UserPools, "UpdateUserPoolClient", update).await.ok();

        assert_eq!(without(after["UserPoolClient"].clone(), &own), without(fresh.clone(), &own), "{name}");
    }
}
