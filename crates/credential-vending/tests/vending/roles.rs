//! Roles are assumed by whom they trust, and their policies decide.

use std::collections::BTreeMap;

use credential_vending::ops::assume::{Asker, AssumeRole, UndefinedRole};
use credential_vending::ops::roles::CreateRole;
use credential_vending::{Error, IdentityStamp, NewSession, RolePolicies, SessionStamp, Timestamp};
use document_store::page::PageRequest;
use iam_policy::Context;

use crate::world::{GET_ALL, ROLE, TRUST, request, world};

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts_for_as_long_as_it_allows() {
    let world = world().await;
    assert!(world.vending.assume_role(request()).await.is_ok());

    let other_pool =
        AssumeRole { login: Context::new().with("cognito-identity.amazonaws.com:aud", "evil"), ..request() };
    assert!(matches!(world.vending.assume_role(other_pool).await, Err(Error::AccessDenied)));
    let other_provider = AssumeRole { asker: Asker::WebIdentity("accounts.google.com".to_owned()), ..request() };
    assert!(matches!(world.vending.assume_role(other_provider).await, Err(Error::AccessDenied)));
    let long = AssumeRole { duration_seconds: 3601, ..request() };
    assert!(matches!(world.vending.assume_role(long).await, Err(Error::DurationTooLong)));
    let short = AssumeRole { duration_seconds: 899, ..request() };
    assert!(matches!(world.vending.assume_role(short).await, Err(Error::InvalidInput(_))));
    let absent = AssumeRole { role_arn: format!("{ROLE}2"), ..request() };
    assert!(matches!(world.vending.assume_role(absent).await, Err(Error::AccessDenied)));
    let elsewhere = AssumeRole { role_arn: "arn:aws:iam::999999999999:role/app".to_owned(), ..request() };
    assert!(matches!(world.vending.assume_role(elsewhere).await, Err(Error::AccessDenied)), "line 111");
}

#[tokio::test]
async fn tags_need_a_role_that_trusts_them() {
    let world = world().await;
    let tagged = AssumeRole { tags: BTreeMap::from([("team".to_owned(), "a".to_owned())]), ..request() };

    assert!(matches!(world.vending.assume_role(tagged.clone()).await, Err(Error::AccessDenied)));
    let trust =
        TRUST.replace("\"sts:AssumeRoleWithWebIdentity\"", r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#);
    world.vending.update_trust("app", trust).await.unwrap();
    assert!(world.vending.assume_role(tagged).await.is_ok());
}

#[tokio::test]
async fn session_tags_are_those_that_aws_takes() {
    let world = world().await;
    let trust =
        TRUST.replace("\"sts:AssumeRoleWithWebIdentity\"", r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#);
    world.vending.update_trust("app", trust).await.unwrap();
    let outcome = async |tags: Vec<(String, String)>| {
        world.vending.assume_role(AssumeRole { tags: tags.into_iter().collect(), ..request() }).await
    };
    let tag = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    let numbered = |count: usize| (0..count).map(|at| (format!("k{at}"), "v".to_owned())).collect();

    for good in [tag(&"k".repeat(128), &"v".repeat(256)), tag("Équipe a_.:/=+-@", ""), numbered(50)] {
        assert!(outcome(good.clone()).await.is_ok(), "{good:?}");
    }
    for bad in [
        tag("", "v"),
        tag("aws:x", "v"),
        tag("AWS:x", "v"),
        tag(&"k".repeat(129), "v"),
        tag("k", &"v".repeat(257)),
        tag("k*", "v"),
        tag("k", "a\nb"),
        [tag("Team", "a"), tag("team", "b")].concat(),
        numbered(51),
    ] {
        assert!(matches!(outcome(bad.clone()).await, Err(Error::InvalidInput(_))), "{bad:?}");
    }
}

#[tokio::test]
async fn a_session_too_large_for_a_token_or_with_an_unreadable_limit_is_not_vended() {
    let world = world().await;
    let amr = vec!["x".repeat(30_000)];
    let identity = Some(IdentityStamp { identity: "ada".to_owned(), pool: "pool".to_owned(), amr });
    let large = world.vending.assume_role(AssumeRole { identity, ..request() }).await;
    assert!(matches!(large, Err(Error::PackedPolicyTooLarge(100..))));

    for broken in ["{}", "", GET_ALL.trim_end_matches('}')] {
        let documents = Some(vec![GET_ALL.to_owned(), broken.to_owned()]);
        let session = AssumeRole { session_policies: documents.clone(), ..request() };
        assert!(matches!(world.vending.assume_role(session).await, Err(Error::MalformedPolicy(_))));
        let ceiling = AssumeRole { ceiling: documents, ..request() };
        assert!(matches!(world.vending.assume_role(ceiling).await, Err(Error::MalformedPolicy(_))));
    }
}

/// Line 109: a verifier of another version may meet a document that it cannot read, beside one that allows.
#[test]
fn line_109_a_limit_that_cannot_be_read_denies_everything() {
    let session = SessionStamp::new(NewSession {
        role_arn: ROLE,
        role_id: "AROAX",
        session_name: "s1",
        issued_at: Timestamp::from_epoch_seconds(1_700_000_000),
        seconds: 900,
    });
    let role = RolePolicies::from_documents("AROAX", [("get", GET_ALL)], None).unwrap();
    let allows =
        |session: &SessionStamp| role.decide(session, "s3:GetObject", "arn:aws:s3:::b/k", Context::new()).is_allowed();
    let (good, mixed) = (vec![GET_ALL.to_owned()], vec![GET_ALL.to_owned(), "{}".to_owned()]);

    assert!(allows(&session.clone().with_session_policies(Some(good.clone())).with_ceiling(Some(good))));
    assert!(!allows(&session.clone().with_session_policies(Some(mixed.clone()))));
    assert!(!allows(&session.with_ceiling(Some(mixed))));
}

#[tokio::test]
async fn a_decision_is_explained_statement_by_statement() {
    let world = world().await;
    let narrowed = AssumeRole { session_policies: Some(vec![GET_ALL.replace("Get", "Put")]), ..request() };
    let caller = world.caller(&world.vending.assume_role(narrowed).await.unwrap()).await.unwrap();

    let trace = world.vending.explain(&caller, "s3:GetObject", "arn:aws:s3:::b/k", Context::new()).await.unwrap();

    let seen: Vec<_> = trace.iter().map(|statement| (statement.policy.as_str(), statement.applies())).collect();
    assert_eq!(seen, [("get", true), ("session policy", false)]);
    world.vending.delete_role("app").await.unwrap();
    let gone = world.vending.explain(&caller, "s3:GetObject", "arn:aws:s3:::b/k", Context::new()).await.unwrap();
    assert!(gone.is_empty());
}

#[tokio::test]
async fn a_role_is_found_in_any_case_and_is_called_as_it_is_stored() {
    let world = world().await;
    let far = CreateRole { path: "/protected/".to_owned(), ..CreateRole::named("Boss", TRUST) };
    world.vending.create_role(far).await.unwrap();

    for name in ["Boss", "boss", "BOSS"] {
        let found = world.vending.role_by_name(name).await.unwrap().unwrap();
        assert_eq!(found.arn, "arn:aws:iam::123456789012:role/protected/Boss", "{name}");
    }
    assert!(world.vending.role_by_name("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn a_role_that_trusts_every_identity_pool_is_neither_made_nor_changed_to() {
    let world = world().await;
    let loose = TRUST.split(",\n    \"Condition\"").next().unwrap().to_owned() + "}]}";

    let made = world.vending.create_role(CreateRole::named("loose", loose.clone())).await;
    assert!(matches!(made, Err(Error::TrustsEveryPool)), "{made:?}");
    assert!(matches!(world.vending.update_trust("app", loose).await, Err(Error::TrustsEveryPool)));
}

#[tokio::test]
async fn a_page_without_a_limit_has_a_hundred_roles() {
    let world = world().await;
    for at in 0..100 {
        world.vending.create_role(CreateRole::named(&format!("r{at}"), TRUST)).await.unwrap();
    }
    let page = world.vending.list_roles(PageRequest::default()).await.unwrap();
    assert_eq!(page.items.len(), 100);
    let rest = world.vending.list_roles(PageRequest { limit: 0, after: page.next }).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_eq!(world.vending.list_roles(PageRequest { limit: 7, after: None }).await.unwrap().items.len(), 7);
}

#[tokio::test]
async fn a_session_may_what_its_role_may_within_its_limits() {
    let world = world().await;
    let plain = world.vending.assume_role(request()).await.unwrap();
    assert!(world.allows(&plain, "s3:GetObject").await);
    assert!(!world.allows(&plain, "s3:PutObject").await);

    let put = GET_ALL.replace("Get", "Put");
    let narrowed = AssumeRole { session_policies: Some(vec![put.clone()]), ..request() };
    let narrowed = world.vending.assume_role(narrowed).await.unwrap();
    assert!(!world.allows(&narrowed, "s3:GetObject").await && !world.allows(&narrowed, "s3:PutObject").await);
    let ceiled = AssumeRole { ceiling: Some(vec![put]), ..request() };
    let ceiled = world.vending.assume_role(ceiled).await.unwrap();
    assert!(!world.allows(&ceiled, "s3:GetObject").await);

    let broken = AssumeRole { session_policies: Some(vec!["{}".to_owned()]), ..request() };
    assert!(matches!(world.vending.assume_role(broken).await, Err(Error::MalformedPolicy(_))));
    let large = AssumeRole {
        session_policies: Some(vec![GET_ALL.replace("s3:Get*", &format!("s3:{}", "a".repeat(5000)))]),
        ..request()
    };
    assert!(matches!(world.vending.assume_role(large).await, Err(Error::PackedPolicyTooLarge(_))));
}

#[tokio::test]
async fn a_role_that_was_changed_or_made_again_is_judged_as_it_is_now() {
    let world = world().await;
    let assumed = world.vending.assume_role(request()).await.unwrap();
    world.vending.delete_role_policy("app", "get").await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await);

    world.vending.delete_role("app").await.unwrap();
    world.vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
    world.vending.put_role_policy("app", "get", GET_ALL.to_owned()).await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await, "another role of the same name");
}

#[tokio::test]
async fn a_role_that_nobody_created_allows_nothing() {
    let world = world().await;
    let undefined = AssumeRole { role_arn: format!("{ROLE}2"), undefined: UndefinedRole::GrantNothing, ..request() };
    let assumed = world.vending.assume_role(undefined).await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await);

    // Created later, it is another role than the one that was assumed.
    world.vending.create_role(CreateRole::named("app2", TRUST)).await.unwrap();
    world.vending.put_role_policy("app2", "get", GET_ALL.to_owned()).await.unwrap();
    assert!(!world.allows(&assumed, "s3:GetObject").await);
}

#[tokio::test]
async fn a_changed_role_policy_counts_at_once() {
    let world = world().await;
    let assumed = world.vending.assume_role(request()).await.unwrap();
    assert!(world.allows(&assumed, "s3:GetObject").await);

    let nothing = GET_ALL.replace("Allow", "Deny");
    world.vending.put_role_policy("app", "get", nothing).await.unwrap();

    assert!(!world.allows(&assumed, "s3:GetObject").await);
}

#[tokio::test]
async fn a_boundary_bounds_what_policies_allow() {
    let world = world().await;
    let boundary = Some(GET_ALL.replace("Get*", "GetObject"));
    world.vending.create_role(CreateRole { boundary, ..CreateRole::named("bounded", TRUST) }).await.unwrap();
    world.vending.put_role_policy("bounded", "get", GET_ALL.to_owned()).await.unwrap();
    let bounded = AssumeRole { role_arn: ROLE.replace("/app", "/bounded"), ..request() };
    let bounded = world.vending.assume_role(bounded).await.unwrap();

    assert!(world.allows(&bounded, "s3:GetObject").await);
    assert!(!world.allows(&bounded, "s3:GetBucketAcl").await);
}

#[tokio::test]
async fn policies_may_ask_who_holds_the_session() {
    let world = world().await;
    let trust =
        TRUST.replace("\"sts:AssumeRoleWithWebIdentity\"", r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#);
    world.vending.update_trust("app", trust).await.unwrap();
    let tags = BTreeMap::from([("team".to_owned(), "blue".to_owned())]);
    let amr = vec!["authenticated".to_owned(), "graph.facebook.com".to_owned()];
    let identity = Some(IdentityStamp { identity: "ada".to_owned(), pool: "pool".to_owned(), amr });
    let assumed = world.vending.assume_role(AssumeRole { tags, identity, ..request() }).await.unwrap();
    let id = world.vending.get_role("app").await.unwrap().id;

    for (key, value) in [
        ("aws:userid", format!("{id}:s1").as_str()),
        ("aws:PrincipalArn", ROLE),
        ("aws:PrincipalAccount", "123456789012"),
        ("aws:PrincipalType", "AssumedRole"),
        ("aws:PrincipalTag/team", "blue"),
        ("cognito-identity.amazonaws.com:sub", "ada"),
        ("cognito-identity.amazonaws.com:aud", "pool"),
        ("cognito-identity.amazonaws.com:amr", "graph.facebook.com"),
    ] {
        for (wanted, allowed) in [(value, true), ("another", false)] {
            let condition =
                format!(r#""Resource":"*","Condition":{{"ForAnyValue:StringEquals":{{"{key}":"{wanted}"}}}}"#);
            let policy = GET_ALL.replace(r#""Resource":"*""#, &condition);
            world.vending.put_role_policy("app", "get", policy).await.unwrap();
            assert_eq!(world.allows(&assumed, "s3:GetObject").await, allowed, "{key} {wanted}");
        }
    }
}
