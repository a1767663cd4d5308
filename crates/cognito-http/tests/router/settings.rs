//! What clients set is built, shown again, or refused by name.

use cenote::{Cenote, Profile};
use cognito_http::Options;
use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::world::{Outgoing, World, operation};

async fn refused(world: &World, operation: &str, body: Value, member: &str) {
    let answer = world.call(UserPools, operation, body).await;

    assert_eq!(answer.code(), "InvalidParameterException", "{}", answer.text);
    assert!(answer.text.contains(member), "{}", answer.text);
}

#[tokio::test]
async fn a_pool_setting_that_would_promise_what_is_not_there_is_refused_by_name() {
    let world = World::new().await;
    let cases = [
        ("LambdaConfig", json!({"PreSignUp": "arn:aws:lambda:us-east-1:123456789012:function:f"})),
        ("CONFIRM_WITH_LINK", Value::Null),
    ];
    for (member, value) in cases {
        let mut body = json!({"PoolName": "p", member: value});
        if value.is_null() {
            body = json!({"PoolName": "p", "VerificationMessageTemplate": {"DefaultEmailOption": member}});
        }
        refused(&world, "CreateUserPool", body, member).await;
    }
}

#[tokio::test]
async fn a_new_pool_asks_for_second_factors_only_with_text_messages_set_up() {
    let world = World::new().await;
    let without = json!({"PoolName": "p", "MfaConfiguration": "OPTIONAL"});
    refused(&world, "CreateUserPool", without.clone(), "SMS configuration").await;

    let mut with = without;
    with["SmsConfiguration"] = json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"});
    let made = world.call(UserPools, "CreateUserPool", with).await.ok();

    assert_eq!(made["UserPool"]["MfaConfiguration"], "OPTIONAL");
}

#[tokio::test]
async fn what_asks_for_nothing_is_taken_and_shown_again() {
    let world = World::new().await;
    let given = json!({
        "PoolName": "p",
        "MfaConfiguration": "OFF",
        "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"},
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false, "DeviceOnlyRememberedOnUserPrompt": false},
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        "VerificationMessageTemplate": {"EmailMessageByLink": "{##here##}", "DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "UserPoolTier": "LITE",
    });

    let made = world.call(UserPools, "CreateUserPool", given.clone()).await.ok();

    for (member, value) in given.as_object().unwrap().iter().filter(|(member, _)| *member != "PoolName") {
        assert_eq!(&made["UserPool"][member], value, "{member}");
    }
}

#[tokio::test]
async fn a_schema_that_cannot_hold_is_refused() {
    let world = World::new().await;
    let fixed =
        "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email";
    let cases = [
        (json!({"Name": "x"}), "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."),
        (
            json!({"Name": "x", "AttributeDataType": "String",
                "StringAttributeConstraints": {"MinLength": "9", "MaxLength": "3"}}),
            "user.custom:x: Max length cannot be less than min length.",
        ),
        (
            json!({"Name": "x", "AttributeDataType": "Number",
                "NumberAttributeConstraints": {"MinValue": "9", "MaxValue": "3"}}),
            "user.custom:x: Max value cannot be less than min value.",
        ),
        (
            json!({"Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "2049"}}),
            "user.custom:x: String attributes cannot have a length of more than 2048",
        ),
        (
            json!({"Name": "x", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "many"}}),
            "Invalid StringAttributeConstraints for schema attribute custom:x",
        ),
        (
            json!({"Name": "x", "AttributeDataType": "String", "Required": true}),
            "Required custom attributes are not supported currently.",
        ),
        (json!({"Name": "email", "AttributeDataType": "Number"}), fixed),
        (json!({"Name": "email", "DeveloperOnlyAttribute": true}), fixed),
    ];
    for (attribute, sentence) in cases {
        let body = json!({"PoolName": "p", "Schema": [attribute]});
        let answer = world.call(UserPools, "CreateUserPool", body).await;
        assert_eq!(
            (answer.code().as_str(), answer.json()["message"].as_str()),
            ("InvalidParameterException", Some(sentence))
        );
    }
}

#[tokio::test]
async fn attributes_are_added_to_a_pool_and_never_twice() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;
    let add = async |name: &str, developer_only: bool| {
        let attribute = json!({"Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": developer_only});
        let body = json!({"UserPoolId": pool, "CustomAttributes": [attribute]});
        world.call(UserPools, "AddCustomAttributes", body).await
    };
    add("team", false).await.ok();
    add("team", true).await.ok();

    let refused = add("team", false).await;

    let sentence = "custom:team: Existing attribute already has name custom:team.";
    assert_eq!(
        (refused.code().as_str(), refused.json()["message"].as_str()),
        ("InvalidParameterException", Some(sentence))
    );
    let described = world.call(UserPools, "DescribeUserPool", json!({"UserPoolId": pool})).await.ok();
    let schema = described["UserPool"]["SchemaAttributes"].as_array().unwrap().clone();
    let added: Vec<(&str, bool)> = schema
        .iter()
        .map(|one| (one["Name"].as_str().unwrap(), one["DeveloperOnlyAttribute"].as_bool().unwrap()))
        .filter(|(name, _)| name.ends_with("team"))
        .collect();
    assert_eq!(added, [("custom:team", false), ("dev:custom:team", true)]);
}

#[tokio::test]
async fn an_attribute_for_developers_is_written_by_administrators_alone() {
    let world = World::over(Cenote::in_memory().profile(Profile::Compatible), Options::default()).await;
    let schema = json!([{"Name": "plan", "AttributeDataType": "String", "DeveloperOnlyAttribute": true}]);
    let pool = world.call(UserPools, "CreateUserPool", json!({"PoolName": "p", "Schema": schema})).await.ok();
    let pool = &pool["UserPool"]["Id"];
    let listed = json!({"UserPoolId": pool, "ClientName": "c", "WriteAttributes": ["dev:custom:plan"]});
    assert_eq!(world.call(UserPools, "CreateUserPoolClient", listed).await.code(), "InvalidParameterException");
    let client =
        world.call(UserPools, "CreateUserPoolClient", json!({"UserPoolId": pool, "ClientName": "c"})).await.ok();
    let plan = json!([{"Name": "dev:custom:plan", "Value": "gold"}]);
    let sign_up = |attributes: &Value| {
        let client = &client["UserPoolClient"]["ClientId"];
        json!({"ClientId": client, "Username": "ada", "Password": "Corr3ct!horse-battery", "UserAttributes": attributes})
    };

    let refused = world.send(Outgoing::of(operation(UserPools, "SignUp"), &sign_up(&plan))).await;
    assert_eq!(refused.code(), "NotAuthorizedException", "{}", refused.text);
    world.send(Outgoing::of(operation(UserPools, "SignUp"), &sign_up(&json!([])))).await.ok();
    let write = json!({"UserPoolId": pool, "Username": "ada", "UserAttributes": plan});
    world.call(UserPools, "AdminUpdateUserAttributes", write).await.ok();
    let seen = world.call(UserPools, "AdminGetUser", json!({"UserPoolId": pool, "Username": "ada"})).await.ok();
    assert!(seen["UserAttributes"].as_array().unwrap().contains(&plan[0]));
}

async fn client(world: &World, settings: Value) -> Value {
    let pool = world.user_pool("p").await;
    let mut body = settings;
    body["UserPoolId"] = json!(pool);
    body["ClientName"] = json!("c");
    world.call(UserPools, "CreateUserPoolClient", body).await.ok()["UserPoolClient"].clone()
}

#[tokio::test]
async fn a_client_is_shown_as_it_was_asked_for() {
    let world = World::new().await;

    let plain = client(&world, json!({})).await;
    assert_eq!(plain["RefreshTokenValidity"], 30);
    for member in ["AccessTokenValidity", "IdTokenValidity", "TokenValidityUnits", "CallbackURLs"] {
        assert_eq!(plain[member], Value::Null, "{member}");
    }

    let asked = json!({"AccessTokenValidity": 10, "TokenValidityUnits": {"AccessToken": "minutes"},
        "ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH"], "CallbackURLs": ["https://app.example.com/cb"]});
    let shown = client(&world, asked.clone()).await;
    for (member, value) in asked.as_object().unwrap() {
        assert_eq!(&shown[member], value, "{member}");
    }
}

#[tokio::test]
async fn a_client_setting_that_would_promise_what_is_not_there_is_refused_by_name() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;

    let body = json!({"UserPoolId": pool, "ClientName": "c", "EnablePropagateAdditionalUserContextData": true});

    refused(&world, "CreateUserPoolClient", body, "EnablePropagateAdditionalUserContextData").await;
}

#[tokio::test]
async fn a_pool_says_about_how_many_users_it_has() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;
    let described = async || {
        let answer = world.call(UserPools, "DescribeUserPool", json!({"UserPoolId": pool})).await.ok();
        answer["UserPool"]["EstimatedNumberOfUsers"].clone()
    };
    assert_eq!(described().await, json!(0));

    let body = json!({"UserPoolId": pool, "Username": "ada", "MessageAction": "SUPPRESS"});
    world.call(UserPools, "AdminCreateUser", body).await.ok();

    assert_eq!(described().await, json!(1));
}

#[tokio::test]
async fn with_amazons_defaults_a_client_without_lists_writes_every_attribute_and_with_ours_the_standard_ones() {
    for (profile, status) in [(Profile::Compatible, 200), (Profile::Hardened, 400)] {
        let world = World::over(Cenote::in_memory().profile(profile), Options::default()).await;
        let schema = json!([{"Name": "team", "AttributeDataType": "String", "Mutable": true}]);
        let pool = world.call(UserPools, "CreateUserPool", json!({"PoolName": "p", "Schema": schema})).await.ok();
        let body = json!({"UserPoolId": pool["UserPool"]["Id"], "ClientName": "c"});
        let client = world.call(UserPools, "CreateUserPoolClient", body).await.ok();
        assert_eq!(client["UserPoolClient"]["WriteAttributes"], Value::Null, "{profile:?}");
        let sign_up = json!({
            "ClientId": client["UserPoolClient"]["ClientId"], "Username": "ada", "Password": "Corr3ct!horse-battery",
            "UserAttributes": [{"Name": "custom:team", "Value": "a"}]
        });

        let answer = world.send(Outgoing::of(operation(UserPools, "SignUp"), &sign_up)).await;

        assert_eq!(answer.status, status, "{profile:?}: {}", answer.text);
    }
}
