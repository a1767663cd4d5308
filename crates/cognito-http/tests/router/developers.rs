//! Developers' users, linked logins and tags of identity pools, over the wire.

use cognito_wire::Service::{IdentityPools, UserPools};
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::world::{Keys, Outgoing, World, identity_pool_arn, operation};

const PROVIDER: &str = "login.mine";

/// What is done with each, once.
pub(crate) async fn journey(journey: &Journey, pool: &str, client: &str, token: &str) {
    let provider = format!("localhost/{pool}");
    let body = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true,
        "DeveloperProviderName": PROVIDER,
        "CognitoIdentityProviders": [{"ProviderName": provider, "ClientId": client}]});
    let pool = journey.call(IdentityPools, "CreateIdentityPool", body).await["IdentityPoolId"].clone();
    let guest = journey.call(IdentityPools, "GetId", json!({"IdentityPoolId": pool})).await["IdentityId"].clone();
    let mut body =
        json!({"IdentityPoolId": pool, "IdentityId": guest, "TokenDuration": 60, "Logins": {PROVIDER: "ada"}});
    body["Logins"][&provider] = json!(token);
    let made = journey.call(IdentityPools, "GetOpenIdTokenForDeveloperIdentity", body).await;
    assert_eq!(made["IdentityId"], guest);
    let other = json!({"IdentityPoolId": pool, "Logins": {PROVIDER: "eve"}});
    let other = journey.call(IdentityPools, "GetOpenIdTokenForDeveloperIdentity", other).await;
    assert_ne!(other["IdentityId"], guest);
    merged(journey, &pool, &guest).await;
    let body = json!({"IdentityId": guest, "Logins": {&provider: token}, "LoginsToRemove": [provider]});
    assert_eq!(journey.call(IdentityPools, "UnlinkIdentity", body).await, json!({}));
    let described = journey.call(IdentityPools, "DescribeIdentity", json!({"IdentityId": guest})).await;
    assert_eq!(described["Logins"], json!([PROVIDER]));
    tags(journey, &pool, &provider).await;
}

async fn merged(journey: &Journey, pool: &Value, guest: &Value) {
    let body = json!({"IdentityPoolId": pool, "DeveloperProviderName": PROVIDER,
        "SourceUserIdentifier": "eve", "DestinationUserIdentifier": "ada"});
    let merged = journey.call(IdentityPools, "MergeDeveloperIdentities", body).await;
    assert_eq!(merged, json!({"IdentityId": guest}));
    let mut lookup = json!({"IdentityPoolId": pool, "IdentityId": guest, "MaxResults": 1});
    let first = journey.call(IdentityPools, "LookupDeveloperIdentity", lookup.clone()).await;
    lookup["NextToken"] = first["NextToken"].clone();
    let second = journey.call(IdentityPools, "LookupDeveloperIdentity", lookup).await;
    let users = [&first, &second].map(|page| page["DeveloperUserIdentifierList"].clone());
    assert_eq!((users, &second["NextToken"]), ([json!(["ada"]), json!(["eve"])], &Value::Null));
    let hidden = json!({"IdentityPoolId": pool, "MaxResults": 60, "HideDisabled": true});
    let listed = journey.call(IdentityPools, "ListIdentities", hidden).await;
    assert_eq!(listed["Identities"].as_array().unwrap().len(), 1);
    let body = json!({"IdentityPoolId": pool, "IdentityId": guest, "DeveloperProviderName": PROVIDER,
        "DeveloperUserIdentifier": "eve"});
    assert_eq!(journey.call(IdentityPools, "UnlinkDeveloperIdentity", body).await, json!({}));
}

async fn tags(journey: &Journey, pool: &Value, provider: &str) {
    let arn = identity_pool_arn(pool.as_str().unwrap());
    let given = json!({"ResourceArn": arn, "Tags": {"team": "blue", "stage": "x"}});
    journey.call(IdentityPools, "TagResource", given).await;
    journey.call(IdentityPools, "UntagResource", json!({"ResourceArn": arn, "TagKeys": ["stage"]})).await;
    let listed = journey.call(IdentityPools, "ListTagsForResource", json!({"ResourceArn": arn})).await;
    assert_eq!(listed, json!({"Tags": {"team": "blue"}}));
    let named = json!({"IdentityPoolId": pool, "IdentityProviderName": provider});
    let mut map = named.clone();
    map["UseDefaults"] = json!(true);
    let set = journey.call(IdentityPools, "SetPrincipalTagAttributeMap", map.clone()).await;
    map["PrincipalTags"] = json!({"client": "aud", "username": "sub"});
    assert_eq!(set, map);
    assert_eq!(journey.call(IdentityPools, "GetPrincipalTagAttributeMap", named).await, map);
}

async fn pool(world: &World) -> Value {
    let body = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": false,
        "DeveloperProviderName": PROVIDER});
    world.call(IdentityPools, "CreateIdentityPool", body).await.ok()["IdentityPoolId"].clone()
}

async fn developer(world: &World, pool: &Value, user: &str) -> Value {
    let body = json!({"IdentityPoolId": pool, "Logins": {PROVIDER: user}});
    world.call(IdentityPools, "GetOpenIdTokenForDeveloperIdentity", body).await.ok()
}

#[tokio::test]
async fn refusals_of_developers_users_bear_the_names_that_their_operations_list() {
    let world = World::new().await;
    let pool = pool(&world).await;
    let (ada, eve) = (developer(&world, &pool, "ada").await, developer(&world, &pool, "eve").await);
    let named = |more: Value| {
        let mut body = more;
        body["IdentityPoolId"] = pool.clone();
        body
    };
    let of_provider = |provider: &str, more: Value| {
        let mut body = named(more);
        body["DeveloperProviderName"] = json!(provider);
        body
    };
    let to_merge = |destination: &str| json!({"SourceUserIdentifier": "ada", "DestinationUserIdentifier": destination});
    let to_part = |user: &str| json!({"IdentityId": eve["IdentityId"], "DeveloperUserIdentifier": user});
    for (name, body, code) in [
        (
            "GetOpenIdTokenForDeveloperIdentity",
            named(json!({"IdentityId": eve["IdentityId"], "Logins": {PROVIDER: "ada"}})),
            "DeveloperUserAlreadyRegisteredException",
        ),
        (
            "GetOpenIdTokenForDeveloperIdentity",
            named(json!({"Logins": {"other.mine": "a"}})),
            "InvalidParameterException",
        ),
        ("LookupDeveloperIdentity", named(json!({})), "InvalidParameterException"),
        ("LookupDeveloperIdentity", named(json!({"DeveloperUserIdentifier": "tim"})), "ResourceNotFoundException"),
        (
            "LookupDeveloperIdentity",
            named(json!({"IdentityId": eve["IdentityId"], "DeveloperUserIdentifier": "ada"})),
            "ResourceConflictException",
        ),
        ("MergeDeveloperIdentities", of_provider(PROVIDER, to_merge("tim")), "ResourceNotFoundException"),
        ("MergeDeveloperIdentities", of_provider("other.mine", to_merge("eve")), "InvalidParameterException"),
        ("UnlinkDeveloperIdentity", of_provider(PROVIDER, to_part("tim")), "ResourceNotFoundException"),
        ("UnlinkDeveloperIdentity", of_provider(PROVIDER, to_part("ada")), "ResourceConflictException"),
        (
            "GetPrincipalTagAttributeMap",
            named(json!({"IdentityProviderName": "nobody.example"})),
            "InvalidParameterException",
        ),
    ] {
        let refused = world.call(IdentityPools, name, body).await;
        assert_eq!(refused.code(), code, "{name}: {}", refused.text);
    }
    let info = operation(IdentityPools, "GetId");
    let word = named(json!({"Logins": {PROVIDER: "ada"}}));
    let refused = world.send(Outgoing::of(info, &word)).await;
    assert!(refused.text.contains("Please provide a valid public provider."), "{}", refused.text);
    let token = named(json!({"Logins": {"cognito-identity.amazonaws.com": ada["Token"]}}));
    let refused = world.send(Outgoing::of(info, &token)).await;
    assert!(refused.text.contains("Invalid login token. Can't pass in a Cognito token."), "{}", refused.text);
}

#[tokio::test]
async fn a_token_whose_user_is_gone_is_a_claim_that_is_rejected() {
    let world = World::new().await;
    let pool = pool(&world).await;
    let ada = developer(&world, &pool, "ada").await;
    let gone = json!({"IdentityIdsToDelete": [ada["IdentityId"]]});
    world.call(IdentityPools, "DeleteIdentities", gone).await.ok();

    let info = operation(cognito_wire::Service::Sts, "AssumeRoleWithWebIdentity");
    let body = json!({"RoleArn": "arn:aws:iam::123456789012:role/app", "RoleSessionName": "s1",
        "WebIdentityToken": ada["Token"]});
    let refused = world.send(Outgoing::of(info, &body)).await;

    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("<Code>IDPRejectedClaim</Code>"), "{}", refused.text);
}

#[tokio::test]
async fn line_111_a_policy_for_one_pool_lets_nobody_reach_into_another_by_an_identitys_id() {
    let world = World::new().await;
    let (own, other) = (pool(&world).await, pool(&world).await);
    let theirs = developer(&world, &other, "ada").await;
    let arn = identity_pool_arn(own.as_str().unwrap());
    let statements = json!([{"Effect": "Allow", "Action": "cognito-identity:*", "Resource": arn}]);
    let keys = world.with_policy("delegate", &statements).await;
    let body = json!({"IdentityPoolId": own, "IdentityId": theirs["IdentityId"], "Logins": {PROVIDER: "eve"}});

    let refused = world.call_as(&keys, IdentityPools, "GetOpenIdTokenForDeveloperIdentity", body).await;

    assert_eq!(refused.code(), "AccessDeniedException", "{}", refused.text);
    let tags = json!({"ResourceArn": identity_pool_arn(other.as_str().unwrap())});
    let refused = world.call_as(&keys, IdentityPools, "ListTagsForResource", tags).await;
    assert_eq!(refused.code(), "AccessDeniedException", "{}", refused.text);
}

#[tokio::test]
async fn an_arn_names_an_identity_pool_only_letter_by_letter() {
    let world = World::new().await;
    let arn = identity_pool_arn(pool(&world).await.as_str().unwrap());
    world.call(IdentityPools, "ListTagsForResource", json!({"ResourceArn": arn})).await.ok();
    let others = [
        arn.replace("123456789012", "210987654321"),
        arn.replace("cognito-identity:", "cognito-idp:"),
        arn.replace("identitypool/", "userpool/"),
        arn.replace("arn:aws:", "arn:aws-cn:"),
        format!("{arn}/more"),
    ];
    for other in others {
        let refused = world.call(IdentityPools, "ListTagsForResource", json!({"ResourceArn": other})).await;
        assert_eq!(refused.code(), "ResourceNotFoundException", "{other}: {}", refused.text);
    }
    let refused = world.call(UserPools, "ListTagsForResource", json!({"ResourceArn": arn})).await;
    assert_eq!(refused.code(), "ResourceNotFoundException", "{}", refused.text);
}

#[tokio::test]
async fn policies_ask_for_the_tags_of_the_identity_pool_that_an_arn_names() {
    let world = World::new().await;
    let arn = identity_pool_arn(pool(&world).await.as_str().unwrap());
    let statements = json!([{"Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "blue"}}}]);
    let keys: Keys = world.with_policy("delegate", &statements).await;
    let listed = async || world.call_as(&keys, IdentityPools, "ListTagsForResource", json!({"ResourceArn": arn})).await;

    assert_eq!(listed().await.code(), "AccessDeniedException");
    world.call(IdentityPools, "TagResource", json!({"ResourceArn": arn, "Tags": {"team": "blue"}})).await.ok();
    listed().await.ok();
}
