//! The secrets of clients and the tags of pools, over the wire.

use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::world::{World, user_pool_arn};

/// What is done with each, once.
pub(crate) async fn journey(journey: &Journey, pool: &str) {
    let body = json!({"UserPoolId": pool, "ClientName": "confidential", "GenerateSecret": true});
    let made = journey.call(UserPools, "CreateUserPoolClient", body).await;
    let mut named = json!({"UserPoolId": pool, "ClientId": made["UserPoolClient"]["ClientId"]});
    let added = journey.call(UserPools, "AddUserPoolClientSecret", named.clone()).await;
    let listed = journey.call(UserPools, "ListUserPoolClientSecrets", named.clone()).await;
    assert_eq!(listed["ClientSecrets"].as_array().unwrap().len(), 2);
    named["ClientSecretId"] = added["ClientSecretDescriptor"]["ClientSecretId"].clone();
    journey.call(UserPools, "DeleteUserPoolClientSecret", named).await;
    let arn = user_pool_arn(pool);
    journey.call(UserPools, "TagResource", json!({"ResourceArn": arn, "Tags": {"team": "blue", "stage": "x"}})).await;
    journey.call(UserPools, "UntagResource", json!({"ResourceArn": arn, "TagKeys": ["stage"]})).await;
    let tags = journey.call(UserPools, "ListTagsForResource", json!({"ResourceArn": arn})).await;
    assert_eq!(tags, json!({"Tags": {"team": "blue"}}));
}

async fn client(world: &World, settings: Value) -> Value {
    let mut body = settings;
    body["UserPoolId"] = json!(world.user_pool("p").await);
    body["ClientName"] = json!("c");
    let made = world.call(UserPools, "CreateUserPoolClient", body).await.ok();
    json!({"UserPoolId": made["UserPoolClient"]["UserPoolId"], "ClientId": made["UserPoolClient"]["ClientId"]})
}

#[tokio::test]
async fn a_secret_is_shown_once_and_only_if_it_was_made_here() {
    let world = World::new().await;
    let mut named = client(&world, json!({"ClientSecret": "Brought_along+0123456789"})).await;
    let added = world.call(UserPools, "AddUserPoolClientSecret", named.clone()).await.ok();
    assert_eq!(added["ClientSecretDescriptor"]["ClientSecretValue"].as_str().unwrap().len(), 51);

    let listed = world.call(UserPools, "ListUserPoolClientSecrets", named.clone()).await.ok();

    let listed = listed["ClientSecrets"].as_array().unwrap().clone();
    assert!(listed.iter().all(|secret| secret["ClientSecretValue"].is_null()), "{listed:?}");
    named["ClientSecretId"] = listed[0]["ClientSecretId"].clone();
    world.call(UserPools, "DeleteUserPoolClientSecret", named.clone()).await.ok();
    named.as_object_mut().unwrap().remove("ClientSecretId");
    named["ClientSecret"] = json!("Another_one+0123456789ab");
    let added = world.call(UserPools, "AddUserPoolClientSecret", named).await.ok();
    assert!(added["ClientSecretDescriptor"]["ClientSecretValue"].is_null());
}

#[tokio::test]
async fn refusals_of_secrets_and_tags_bear_the_names_that_their_operations_list() {
    let world = World::new().await;
    let mut named = client(&world, json!({"GenerateSecret": true})).await;
    world.call(UserPools, "AddUserPoolClientSecret", named.clone()).await.ok();
    let third = world.call(UserPools, "AddUserPoolClientSecret", named.clone()).await;
    assert_eq!(third.code(), "LimitExceededException");
    named["ClientSecretId"] = json!("x--1");
    let unknown = world.call(UserPools, "DeleteUserPoolClientSecret", named).await;
    assert_eq!(unknown.code(), "ResourceNotFoundException");
    let public = client(&world, json!({})).await;
    let public = world.call(UserPools, "AddUserPoolClientSecret", public).await;
    assert_eq!(public.code(), "InvalidParameterException");

    let reserved = json!({"PoolName": "p", "UserPoolTags": {"aws:x": ""}});
    assert_eq!(world.call(UserPools, "CreateUserPool", reserved).await.code(), "UserPoolTaggingException");
    let arn = user_pool_arn(&world.user_pool("p").await);
    let reserved = json!({"ResourceArn": arn, "Tags": {"aws:x": ""}});
    assert_eq!(world.call(UserPools, "TagResource", reserved).await.code(), "InvalidParameterException");
}

#[tokio::test]
async fn secrets_in_amazons_secrets_manager_are_refused_by_name() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;
    let body = json!({"UserPoolId": pool, "ClientName": "c", "GenerateSecret": true,
        "PublishSecretsInAWSSecretsManager": true});

    let refused = world.call(UserPools, "CreateUserPoolClient", body).await;

    assert_eq!(refused.code(), "InvalidParameterException");
    assert!(refused.text.contains("PublishSecretsInAWSSecretsManager"), "{}", refused.text);
}

#[tokio::test]
async fn an_arn_names_a_pool_only_letter_by_letter() {
    let world = World::new().await;
    let arn = user_pool_arn(&world.user_pool("p").await);
    world.call(UserPools, "ListTagsForResource", json!({"ResourceArn": arn})).await.ok();
    let others = [
        arn.replace("123456789012", "210987654321"),
        arn.replace("cognito-idp", "cognito-identity"),
        arn.replace("userpool/", "userpool/x"),
        arn.replace("arn:aws:", "arn:aws-cn:"),
        format!("{arn}/client"),
    ];
    for other in others {
        let refused = world.call(UserPools, "ListTagsForResource", json!({"ResourceArn": other})).await;
        assert_eq!(refused.code(), "ResourceNotFoundException", "{other}: {}", refused.text);
    }
}
