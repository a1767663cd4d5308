//! How requests must be made, and how answers look.

use cognito_http::Options;
use cognito_wire::Service::{Iam, IdentityPools, Sts, UserPools};
use serde_json::json;

use crate::world::{Keys, Outgoing, TRUST, World, operation};

fn list() -> Outgoing {
    Outgoing::of(operation(UserPools, "ListUserPools"), &json!({"MaxResults": 1}))
}

#[tokio::test]
async fn a_target_that_stands_twice_is_refused() {
    let world = World::new().await;
    let mut outgoing = list();
    world.sign(&mut outgoing, &Keys::operator());
    outgoing.headers.push(("x-amz-target".to_owned(), "AWSCognitoIdentityProviderService.CreateUserPool".to_owned()));

    let answer = world.send(outgoing).await;

    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_request_that_was_signed_ahead_is_not_signed() {
    let world = World::new().await;
    let mut outgoing = list();
    outgoing.uri = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=OPERATOR%2F20231114%2Fus-east-1%2Fcognito-idp\
        %2Faws4_request&X-Amz-Date=20231114T221320Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
        .to_owned();

    assert_eq!(world.send(outgoing).await.code(), "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn the_scope_must_name_a_region() {
    let world = World::new().await;
    for region in ["US-EAST-1", "*"] {
        let mut outgoing = list();
        region.clone_into(&mut outgoing.region);
        world.sign(&mut outgoing, &Keys::operator());

        assert_eq!(world.send(outgoing).await.code(), "InvalidSignatureException", "{region}");
    }
    let mut without = list();
    world.sign(&mut without, &Keys::operator());
    for (_, value) in without.headers.iter_mut().filter(|(name, _)| name == "authorization") {
        *value = value.replace("/us-east-1/", "//");
    }
    assert_eq!(world.send(without).await.code(), "IncompleteSignatureException");
}

#[tokio::test]
async fn a_refusal_of_each_query_service_stands_in_its_own_namespace() {
    let world = World::new().await;

    let iam = world.call(Iam, "GetRole", json!({"RoleName": "nobody"})).await;
    let sts = world.call(Sts, "AssumeRoot", json!({})).await;

    assert_eq!((iam.status, iam.code().as_str()), (404, "NoSuchEntity"));
    assert!(iam.text.contains(r#"<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">"#), "{}", iam.text);
    assert!(sts.text.contains(r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">"#), "{}", sts.text);
}

#[tokio::test]
async fn an_answer_in_xml_is_escaped() {
    let world = World::new().await;
    let body = json!({"RoleName": "app", "AssumeRolePolicyDocument": TRUST, "Description": "<a> & b"});

    let answer = world.call(Iam, "CreateRole", body).await;

    assert!(answer.text.contains("<Description>&lt;a&gt; &amp; b</Description>"), "{}", answer.text);
    assert!(answer.text.contains("</CreateRoleResult><ResponseMetadata><RequestId>"), "{}", answer.text);
}

#[tokio::test]
async fn a_refusal_says_its_message_in_a_header_too() {
    let world = World::new().await;

    let answer = world.call(IdentityPools, "ListIdentityPools", json!({"MaxResults": 0})).await;

    assert_eq!(answer.code(), "ValidationException");
    assert_eq!(answer.headers["x-amzn-errormessage"].to_str().unwrap(), answer.json()["message"]);
}

#[tokio::test]
async fn a_pagination_token_is_opaque_and_opens_only_where_it_was_given() {
    let world = World::new().await;
    for name in ["a", "b"] {
        world.user_pool(name).await;
    }
    let first = world.call(UserPools, "ListUserPools", json!({"MaxResults": 1})).await.ok();
    let token = first["NextToken"].as_str().unwrap();
    let next = json!({"MaxResults": 1, "NextToken": token});

    let second = world.call(UserPools, "ListUserPools", next.clone()).await.ok();
    assert_ne!(second["UserPools"][0]["Id"], first["UserPools"][0]["Id"]);
    assert!(!token.contains(first["UserPools"][0]["Id"].as_str().unwrap()));
    let elsewhere = world.call(IdentityPools, "ListIdentityPools", next).await;
    assert_eq!(elsewhere.code(), "InvalidParameterException");
    for garbage in ["x", &token[1..], "us-east-1_"] {
        let body = json!({"MaxResults": 1, "NextToken": garbage});
        assert_eq!(world.call(UserPools, "ListUserPools", body).await.code(), "InvalidParameterException", "{garbage}");
    }
}

#[tokio::test]
async fn a_signed_call_that_changes_something_is_taken_once_where_the_operator_asks_for_it() {
    for (refuse_replays, again) in [(true, "InvalidSignatureException"), (false, "")] {
        let world = World::with(Options { refuse_replays, ..Options::default() }).await;
        let mut call = Outgoing::of(operation(UserPools, "CreateUserPool"), &json!({"PoolName": "p"}));
        world.sign(&mut call, &Keys::operator());
        let mut reading = list();
        world.sign(&mut reading, &Keys::operator());

        assert_eq!(world.send(call.clone()).await.code(), "");
        assert_eq!(world.send(call).await.code(), again);
        assert_eq!(world.send(reading.clone()).await.code(), "");
        assert_eq!(world.send(reading).await.code(), "");
    }
}
