//! Outside providers of user pools, over the wire.

use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::world::World;

fn oidc(pool: &str, name: &str) -> Value {
    json!({"UserPoolId": pool, "ProviderName": name, "ProviderType": "OIDC", "ProviderDetails": {
        "client_id": "app", "client_secret": "hidden", "oidc_issuer": "https://op.example",
        "authorize_scopes": "openid email", "attributes_request_method": "GET"},
        "AttributeMapping": {"email": "mail"}, "IdpIdentifiers": ["example.com"], "AcrMapping": {"Level2": "silver"}})
}

/// What is done with a provider, once.
pub(crate) async fn journey(journey: &Journey, pool: &str) {
    let made = journey.call(UserPools, "CreateIdentityProvider", oidc(pool, "Corporate")).await;
    let provider = &made["IdentityProvider"];
    assert_eq!(provider["AttributeMapping"], json!({"email": "mail", "username": "sub"}));
    assert_eq!(provider["AcrMapping"], json!({"Level2": "silver"}));
    let named = json!({"UserPoolId": pool, "ProviderName": "Corporate"});
    assert_eq!(journey.call(UserPools, "DescribeIdentityProvider", named.clone()).await, made);
    let by = json!({"UserPoolId": pool, "IdpIdentifier": "EXAMPLE.com"});
    assert_eq!(journey.call(UserPools, "GetIdentityProviderByIdentifier", by).await, made);
    let mut change = named.clone();
    change["AttributeMapping"] = json!({"name": "name"});
    let changed = journey.call(UserPools, "UpdateIdentityProvider", change).await;
    assert_eq!(changed["IdentityProvider"]["ProviderDetails"], provider["ProviderDetails"]);
    let listed = journey.call(UserPools, "ListIdentityProviders", json!({"UserPoolId": pool, "MaxResults": 1})).await;
    assert_eq!(listed["Providers"][0]["ProviderType"], "OIDC");
    let user = |provider: &str, by: &str, value: &str| json!({"ProviderName": provider, "ProviderAttributeName": by, "ProviderAttributeValue": value});
    journey.call(UserPools, "AdminCreateUser", json!({"UserPoolId": pool, "Username": "linked"})).await;
    let (own, outside) = (user("Cognito", "", "linked"), user("Corporate", "Cognito_Subject", "1"));
    let link = json!({"UserPoolId": pool, "DestinationUser": own, "SourceUser": outside});
    journey.call(UserPools, "AdminLinkProviderForUser", link.clone()).await;
    let again = journey.try_call(UserPools, "AdminLinkProviderForUser", link).await;
    assert_eq!(again.1["message"], "SourceUser is already linked to DestinationUser");
    let linked = json!({"UserPoolId": pool, "Username": "linked"});
    let seen = journey.call(UserPools, "AdminGetUser", linked.clone()).await;
    assert!(seen["UserAttributes"].to_string().contains("identities"), "{seen}");
    for user in [outside, own] {
        journey.call(UserPools, "AdminDisableProviderForUser", json!({"UserPoolId": pool, "User": user})).await;
    }
    let seen = journey.call(UserPools, "AdminGetUser", linked.clone()).await;
    assert_eq!(seen["UserStatus"], "EXTERNAL_PROVIDER");
    journey.call(UserPools, "AdminDeleteUser", linked).await;
    journey.call(UserPools, "DeleteIdentityProvider", named).await;
}

#[tokio::test]
async fn a_second_provider_of_a_name_is_a_duplicate_and_what_is_wrong_is_named() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;
    world.call(UserPools, "CreateIdentityProvider", oidc(&pool, "Corporate")).await.ok();

    let again = world.call(UserPools, "CreateIdentityProvider", oidc(&pool, "Corporate")).await;
    assert_eq!(again.json()["__type"], "DuplicateProviderException");
    let other = world.call(UserPools, "CreateIdentityProvider", oidc(&pool, "Other")).await;
    assert_eq!(other.json()["__type"], "InvalidParameterException");
    let mut odd = oidc(&pool, "Other");
    odd["ProviderDetails"]["team_id"] = json!("t");
    let odd = world.call(UserPools, "CreateIdentityProvider", odd).await;
    assert_eq!(odd.json()["__type"], "InvalidParameterException");
    assert_eq!(odd.json()["message"], "ProviderDetails: team_id: is not known for this kind of provider.");
}

#[tokio::test]
async fn a_secret_of_a_client_is_given_back_and_the_key_of_apple_is_not() {
    let world = World::new().await;
    let pool = world.user_pool("p").await;
    let apple = json!({"UserPoolId": pool, "ProviderName": "SignInWithApple", "ProviderType": "SignInWithApple",
        "ProviderDetails": {"client_id": "app", "team_id": "T", "key_id": "K", "private_key": "hidden-key",
            "authorize_scopes": "email name"}});

    let oidc = world.call(UserPools, "CreateIdentityProvider", oidc(&pool, "Corporate")).await.ok();
    let apple = world.call(UserPools, "CreateIdentityProvider", apple).await.ok();

    assert_eq!(oidc["IdentityProvider"]["ProviderDetails"]["client_secret"], "hidden");
    assert_eq!(apple["IdentityProvider"]["ProviderDetails"]["oidc_issuer"], "https://appleid.apple.com");
    assert!(!apple.to_string().contains("hidden-key"));
}
