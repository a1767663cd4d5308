//! Denials that carry a sealed explanation.

use cenote::Cenote;
use cognito_http::Options;
use cognito_wire::Service::{Iam, Sts};
use serde_json::{Value, json};

use crate::world::World;

/// What stands between these in an answer in XML.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap_or_else(|| panic!("{text}")).1.split_once(end).unwrap().0
}

#[tokio::test]
async fn a_denial_is_explained_to_who_may_decode_it_and_to_nobody_else() {
    let world = World::over(Cenote::in_memory().encode_denials(true), Options::default()).await;
    let statements = json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {"Sid": "NoLists", "Effect": "Deny", "Action": "iam:List*", "Resource": "*"}]);
    let keys = world.with_policy("delegate", &statements).await;

    let denied = world.call_as(&keys, Iam, "ListRoles", json!({})).await;

    let encoded = between(&denied.text, "Encoded authorization failure message: ", "</Message>").to_owned();
    assert!(!denied.text.contains("NoLists"));
    let body = json!({"EncodedMessage": encoded});
    assert_eq!(world.call_as(&keys, Sts, "DecodeAuthorizationMessage", body.clone()).await.code(), "AccessDenied");
    let decoded = world.call(Sts, "DecodeAuthorizationMessage", body).await;
    let decoded =
        between(&decoded.text, "<DecodedMessage>", "</DecodedMessage>").replace("&quot;", "\"").replace("&#34;", "\"");
    let decoded: Value = serde_json::from_str(&decoded).unwrap();
    assert_eq!((&decoded["allowed"], &decoded["explicitDeny"]), (&json!(false), &json!(true)));
    let matched: Vec<&str> = decoded["matchedStatements"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["statementId"].as_str().unwrap())
        .collect();
    assert!(matched.contains(&"NoLists"), "{decoded}");
    assert_eq!(decoded["context"]["action"], "iam:ListRoles");
    assert!(decoded["context"]["principal"]["arn"].as_str().unwrap().ends_with(":assumed-role/delegate/s1"));
    let keys: Vec<&str> = decoded["context"]["conditions"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["key"].as_str().unwrap())
        .collect();
    assert!(keys.contains(&"aws:securetransport"), "{decoded}");
}

#[tokio::test]
async fn a_message_that_was_changed_or_is_anothers_is_not_decoded_and_nothing_is_encoded_unasked() {
    let world = World::new().await;
    let other = World::over(Cenote::in_memory().encode_denials(true), Options::default()).await;
    let denied = other
        .call_as(
            &other.with_policy("delegate", &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])).await,
            Iam,
            "ListRoles",
            json!({}),
        )
        .await;
    let foreign = between(&denied.text, "failure message: ", "</Message>").to_owned();

    for message in [foreign.as_str(), &foreign[1..], "AAAA", "not base64!"] {
        let refused = world.call(Sts, "DecodeAuthorizationMessage", json!({"EncodedMessage": message})).await;
        assert_eq!(refused.code(), "InvalidAuthorizationMessageException", "{message}");
    }
    let plain = world
        .call_as(
            &world.with_policy("delegate", &json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])).await,
            Iam,
            "ListRoles",
            json!({}),
        )
        .await;
    assert!(plain.text.contains("on resource: *</Message>"), "{}", plain.text);
}
