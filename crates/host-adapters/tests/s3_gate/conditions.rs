//! What policies may ask of a request's parameters.

use serde_json::json;

use crate::world::{policy, world};

/// Listings below the own prefix alone.
fn own_prefix() -> String {
    policy(&json!([{ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::photos",
        "Condition": { "StringLike": { "s3:prefix": "ada/*" } } }]))
}

/// Everything but listings of what is secret.
fn all_but_secret() -> String {
    policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "s3:ListBucket", "Resource": "*",
          "Condition": { "StringEquals": { "s3:prefix": "top secret" } } }]))
}

#[tokio::test]
async fn a_listing_is_judged_by_its_prefix() {
    let world = world(&own_prefix()).await;

    for target in ["/photos?prefix=ada%2F", "/photos?list-type=2&prefix=ada/2026&delimiter=/"] {
        assert_ne!(world.call("GET", target).await.status, 403, "{target}");
    }
    for target in ["/photos", "/photos?prefix", "/photos?prefix=", "/photos?prefix=bob/", "/photos?delimiter=ada/x"] {
        assert_eq!(world.call("GET", target).await.code, "AccessDenied", "{target}");
    }
}

#[tokio::test]
async fn a_prefix_that_is_spelled_otherwise_is_the_same_prefix() {
    let world = world(&all_but_secret()).await;

    let spelled = [
        "prefix=top%20secret",
        "prefix=top+secret",
        "%70refix=top%20secret",
        "prefix=%74op%20secret",
        "a&prefix=top+secret",
    ];
    for query in spelled {
        assert_eq!(world.call("GET", &format!("/photos?{query}")).await.status, 403, "{query}");
    }
    assert_ne!(world.call("GET", "/photos?prefix=top%2Bsecret").await.status, 403);
}

#[tokio::test]
async fn a_parameter_that_stands_twice_is_refused() {
    let world = world(&policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]))).await;

    for query in
        ["prefix=ada/&prefix=bob/", "delimiter=/&delimiter=a", "max-keys=1&max-keys=9", "versionId=a&versionId=b"]
    {
        assert_eq!(world.call("GET", &format!("/photos?{query}")).await.code, "InvalidArgument", "{query}");
    }
}

#[tokio::test]
async fn delimiter_page_size_and_version_can_be_asked_for() {
    let asks = |key: &str, value: &str| {
        policy(&json!([{ "Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": { "StringEquals": { key: value } } }]))
    };
    let world = world(&asks("s3:delimiter", "/")).await;

    for (key, value, good, bad) in [
        ("s3:delimiter", "/", "/photos?delimiter=/", "/photos?delimiter=a"),
        ("s3:max-keys", "10", "/photos?max-keys=10", "/photos?max-keys=11"),
        ("s3:VersionId", "v1", "/photos/cat.txt?versionId=v1", "/photos/cat.txt?versionId=v2"),
    ] {
        world.vending.put_role_policy("app", "may", asks(key, value)).await.unwrap();
        assert_ne!(world.call("GET", good).await.status, 403, "{good}");
        assert_eq!(world.call("GET", bad).await.code, "AccessDenied", "{bad}");
    }
}
