//! Which actions a request needs, and of which resource.

use credential_vending::ops::assume::AssumeRole;
use serde_json::json;

use crate::world::{World, allow, policy, request, session, world};

const OBJECT: &str = "arn:aws:s3:::photos/cat.txt";
const BUCKET: &str = "arn:aws:s3:::photos";

/// Requests with the action and resource that each needs, and no others.
const NEEDS: [(&str, &str, &str, &str); 20] = [
    ("GET", "/photos/cat.txt", "s3:GetObject", OBJECT),
    ("HEAD", "/photos/cat.txt", "s3:GetObject", OBJECT),
    ("GET", "/photos/cat.txt?versionId=v1", "s3:GetObjectVersion", OBJECT),
    ("HEAD", "/photos/cat.txt?versionId=v1", "s3:GetObjectVersion", OBJECT),
    ("PUT", "/photos/cat.txt", "s3:PutObject", OBJECT),
    ("POST", "/photos/cat.txt?uploads", "s3:PutObject", OBJECT),
    ("PUT", "/photos/cat.txt?partNumber=1&uploadId=u", "s3:PutObject", OBJECT),
    ("POST", "/photos/cat.txt?uploadId=u", "s3:PutObject", OBJECT),
    ("DELETE", "/photos/cat.txt?uploadId=u", "s3:AbortMultipartUpload", OBJECT),
    ("GET", "/photos/cat.txt?uploadId=u", "s3:ListMultipartUploadParts", OBJECT),
    ("DELETE", "/photos/cat.txt", "s3:DeleteObject", OBJECT),
    ("DELETE", "/photos/cat.txt?versionId=v1", "s3:DeleteObjectVersion", OBJECT),
    ("GET", "/photos", "s3:ListBucket", BUCKET),
    ("GET", "/photos?list-type=2", "s3:ListBucket", BUCKET),
    ("HEAD", "/photos", "s3:ListBucket", BUCKET),
    ("GET", "/photos?location", "s3:GetBucketLocation", BUCKET),
    ("GET", "/", "s3:ListAllMyBuckets", "*"),
    ("PUT", "/photos", "s3:CreateBucket", BUCKET),
    ("DELETE", "/photos", "s3:DeleteBucket", BUCKET),
    ("GET", "/photos/a%20b%2Fc%3F.txt", "s3:GetObject", "arn:aws:s3:::photos/a b/c?.txt"),
];

/// Whether the gate let a request through, whatever the server behind it made of it.
async fn passes(world: &World, method: &str, target: &str, headers: &[(&str, &str)]) -> bool {
    let mut asked = request(method, target);
    for (name, value) in headers {
        asked.push_header(name, *value);
    }
    let answer = world.call_with(&world.keys, asked, b"").await;
    // An answer to `HEAD` has no code.
    assert!(
        answer.status != 403 || matches!(answer.code.as_str(), "AccessDenied" | ""),
        "{method} {target}: {answer:?}"
    );
    answer.status != 403
}

async fn set_policy(world: &World, policy: String) {
    world.vending.put_role_policy("app", "may", policy).await.unwrap();
}

#[tokio::test]
async fn each_operation_needs_its_action_of_its_resource() {
    let world = world(&allow("s3:*", "*")).await;

    for (method, target, action, resource) in NEEDS {
        set_policy(&world, allow(action, resource)).await;
        assert!(passes(&world, method, target, &[]).await, "{method} {target} needs {action} of {resource}");
        let denied = json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": action, "Resource": resource }]);
        set_policy(&world, policy(&denied)).await;
        assert!(!passes(&world, method, target, &[]).await, "{method} {target} passes without {action}");
        set_policy(&world, allow(action, "arn:aws:s3:::photos-of-others")).await;
        assert!(!passes(&world, method, target, &[]).await, "{method} {target} passes for another resource");
    }
}

#[tokio::test]
async fn an_operation_without_an_action_is_refused_to_whoever_may_do_everything() {
    let world = world(&allow("*", "*")).await;

    let uncovered = [
        ("GET", "/photos?acl"),
        ("PUT", "/photos?policy"),
        ("POST", "/photos?delete"),
        ("GET", "/photos/cat.txt?tagging"),
        ("PUT", "/photos/cat.txt?acl"),
        ("GET", "/photos?versions"),
    ];
    for (method, target) in uncovered {
        assert!(!passes(&world, method, target, &[]).await, "{method} {target}");
    }
    let answer = world.call("GET", "/photos?acl").await;
    assert!(answer.message.starts_with("GetBucketAcl has no policy action"), "{answer:?}");
}

#[tokio::test]
async fn a_refusal_says_who_may_not_do_what() {
    let world = world(&allow("s3:GetObject", "*")).await;

    let answer = world.call("PUT", "/photos/cat.txt").await;

    let said = "User: arn:aws:sts::123456789012:assumed-role/app/s1 is not authorized to perform: s3:PutObject \
                on resource: arn:aws:s3:::photos/cat.txt";
    assert_eq!((answer.status, answer.code.as_str(), answer.message.as_str()), (403, "AccessDenied", said));
}

#[tokio::test]
async fn session_policies_and_the_ceiling_of_guests_narrow_what_the_role_allows() {
    let world = world(&allow("s3:*", "*")).await;
    let own = || Some(vec![allow("s3:GetObject", OBJECT)]);
    let by_session = world.assume(AssumeRole { session_policies: own(), ..session() }).await;
    let by_ceiling = world.assume(AssumeRole { ceiling: own(), ..session() }).await;

    for keys in [by_session, by_ceiling] {
        assert_eq!(world.call_with(&keys, request("GET", "/photos/cat.txt"), b"").await.status, 200);
        assert_eq!(world.call_with(&keys, request("GET", "/photos/dog.txt"), b"").await.code, "AccessDenied");
        assert_eq!(world.call_with(&keys, request("PUT", "/photos/cat.txt"), b"").await.code, "AccessDenied");
    }
    assert_eq!(world.passed(), ["get photos/cat.txt", "get photos/cat.txt"]);
}

#[tokio::test]
async fn a_copy_reads_its_source() {
    let world = world(&allow("s3:*", "*")).await;
    let denied = |action: &str| {
        policy(&json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": action, "Resource": "arn:aws:s3:::photos/secret.txt" }]))
    };
    let copies = |source| {
        let world = &world;
        async move { passes(world, "PUT", "/photos/cat.txt", &[("x-amz-copy-source", source)]).await }
    };

    set_policy(&world, denied("s3:GetObject")).await;
    for source in ["photos/secret.txt", "/photos/secret.txt", "photos/%73ecret.txt", "photos%2Fsecret.txt"] {
        assert!(!copies(source).await, "{source}");
    }
    assert!(copies("photos/dog.txt").await);
    assert!(copies("photos/secret.txt?versionId=v1").await, "a version has an action of its own");
    set_policy(&world, denied("s3:GetObjectVersion")).await;
    assert!(!copies("photos/secret.txt?versionId=v1").await);
    assert!(copies("photos/secret.txt").await);
}

#[tokio::test]
async fn a_copy_whose_source_cannot_be_read_or_is_no_bucket_s_is_refused() {
    let world = world(&allow("*", "*")).await;
    let of_access_point = "arn:aws:s3:us-east-1:123456789012:accesspoint/own/object/cat.txt";

    for (source, code) in
        [("photos", "InvalidArgument"), ("//cat.txt", "InvalidArgument"), (of_access_point, "AccessDenied")]
    {
        let asked = request("PUT", "/photos/cat.txt").header("x-amz-copy-source", source);
        assert_eq!(world.call_with(&world.keys, asked, b"").await.code, code, "{source}");
    }
    assert!(world.passed().is_empty());
}

/// Headers that set more than what is uploaded or created, and what each takes besides.
const SETS: [(&str, &str, &str); 13] = [
    ("x-amz-acl: public-read", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-full-control: id=a", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-read: id=a", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-read-acp: id=a", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-write: id=a", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-grant-write-acp: id=a", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    ("x-amz-tagging: a=b", "s3:PutObjectTagging", "s3:PutBucketTagging"),
    ("x-amz-object-lock-mode: GOVERNANCE", "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration"),
    (
        "x-amz-object-lock-retain-until-date: 2030-01-01T00:00:00Z",
        "s3:PutObjectRetention",
        "s3:PutBucketObjectLockConfiguration",
    ),
    ("x-amz-object-lock-legal-hold: ON", "s3:PutObjectLegalHold", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-bypass-governance-retention: true", "s3:BypassGovernanceRetention", "s3:BypassGovernanceRetention"),
    ("x-amz-bucket-object-lock-enabled: true", "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration"),
    ("x-amz-object-ownership: ObjectWriter", "s3:PutObjectAcl", "s3:PutBucketOwnershipControls"),
];

#[tokio::test]
async fn a_header_that_sets_an_access_list_tags_or_a_lock_needs_the_action_that_sets_it() {
    let world = world(&allow("s3:*", "*")).await;

    for (header, of_object, of_bucket) in SETS {
        let header = header.split_once(": ").unwrap();
        for (target, own, besides) in
            [("/photos/cat.txt", "s3:PutObject", of_object), ("/photos", "s3:CreateBucket", of_bucket)]
        {
            set_policy(&world, allow(own, "*")).await;
            assert!(!passes(&world, "PUT", target, &[header]).await, "{header:?} of {target} with {own} alone");
            let both = json!([{ "Effect": "Allow", "Action": [own, besides], "Resource": format!("arn:aws:s3::{}", target.replacen('/', ":", 1)) }]);
            set_policy(&world, policy(&both)).await;
            assert!(passes(&world, "PUT", target, &[header]).await, "{header:?} of {target} with {besides}");
        }
    }
}
