//! An address that is a factor, over the wire.

use std::sync::Arc;

use cenote::Cenote;
use cognito_http::Options;
use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::links::Sent;
use crate::world::{Answer, Outgoing, World, operation};

const PASSWORD: &str = "Correct-horse-7-battery";

async fn anonymous(world: &World, name: &str, body: Value) -> Answer {
    world.send(Outgoing::of(operation(UserPools, name), &body)).await
}

#[tokio::test]
async fn line_62_a_weak_sign_in_is_not_authorized_to_replace_the_address_of_a_second_factor() {
    let builder = Cenote::in_memory().messenger(Arc::new(Sent::default()));
    let world = World::over(builder, Options::default()).await;
    let pool = json!({"PoolName": "p", "AutoVerifiedAttributes": ["email"]});
    let pool = world.call(UserPools, "CreateUserPool", pool).await.ok()["UserPool"]["Id"].clone();
    let client = json!({"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let client = world.call(UserPools, "CreateUserPoolClient", client).await.ok()["UserPoolClient"]["ClientId"].clone();
    let mfa = json!({"UserPoolId": pool, "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {}});
    world.call(UserPools, "SetUserPoolMfaConfig", mfa).await.ok();
    let email = |address: &str| json!([{"Name": "email", "Value": address}]);
    let ada = |rest: Value| {
        let mut body = json!({"UserPoolId": pool, "Username": "ada"});
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        body
    };
    let create = ada(json!({"UserAttributes": email("ada@example.com"), "MessageAction": "SUPPRESS"}));
    world.call(UserPools, "AdminCreateUser", create).await.ok();
    let password = ada(json!({"Password": PASSWORD, "Permanent": true}));
    world.call(UserPools, "AdminSetUserPassword", password).await.ok();
    let sign_in = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD}});
    let tokens = anonymous(&world, "InitiateAuth", sign_in).await.ok();
    let token = &tokens["AuthenticationResult"]["AccessToken"];
    let update = |address: &str| json!({"AccessToken": token, "UserAttributes": email(address)});
    anonymous(&world, "UpdateUserAttributes", update("second@example.com")).await.ok();
    let factor = ada(json!({"EmailMfaSettings": {"Enabled": true, "PreferredMfa": true}}));
    world.call(UserPools, "AdminSetUserMFAPreference", factor).await.ok();

    let replaced = anonymous(&world, "UpdateUserAttributes", update("third@example.com")).await;
    let verify = json!({"AccessToken": token, "AttributeName": "email", "Code": "123456"});
    let verified = anonymous(&world, "VerifyUserAttribute", verify).await;

    for refused in [replaced, verified] {
        assert_eq!((refused.status, refused.code().as_str()), (400, "NotAuthorizedException"), "{}", refused.text);
    }
}
