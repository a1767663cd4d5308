//! Which values are taken, up to their edges.

use std::collections::BTreeMap;

use credential_vending::ops::assume::{AssumeRole, UndefinedRole};
use credential_vending::ops::roles::CreateRole;
use credential_vending::{Error, Invalid};

use crate::world::{GET_ALL, ROLE, TRUST, request, world};

#[tokio::test]
async fn a_role_has_a_name_of_1_to_64_characters_and_a_policy_of_1_to_128() {
    let world = world().await;
    let role = async |name: &str| world.vending.create_role(CreateRole::named(name, TRUST)).await.map(drop);
    let policy = async |name: &str| world.vending.put_role_policy("app", name, GET_ALL.to_owned()).await;

    for good in ["a", "a9+=,.@-_Z", &"r".repeat(64)] {
        assert_eq!(role(good).await, Ok(()), "{good}");
        assert_eq!(policy(good).await, Ok(()), "{good}");
    }
    assert_eq!(policy(&"p".repeat(128)).await, Ok(()));
    for bad in ["", "a b", "a/b", "é", "a*", &"x".repeat(129)] {
        assert_eq!(role(bad).await, Err(Error::InvalidInput(Invalid::Name)), "{bad}");
        assert_eq!(policy(bad).await, Err(Error::InvalidInput(Invalid::Name)), "{bad}");
    }
    assert_eq!(role(&"r".repeat(65)).await, Err(Error::InvalidInput(Invalid::Name)));
}

#[tokio::test]
async fn a_roles_path_begins_and_ends_with_a_slash_and_has_no_empty_part() {
    let world = world().await;
    let outcome = async |path: &str, name: &str| {
        let role = CreateRole { path: path.to_owned(), ..CreateRole::named(name, TRUST) };
        world.vending.create_role(role).await.map(drop)
    };
    let long = |bytes: usize| format!("/{}/", "p".repeat(bytes - 2));

    assert_eq!(outcome("/", "a").await, Ok(()));
    assert_eq!(outcome("/team/a/", "b").await, Ok(()));
    assert_eq!(outcome(&long(512), "c").await, Ok(()));
    for bad in ["", "team", "/team", "team/", "//", "/team//a/", &long(513)] {
        assert_eq!(outcome(bad, "d").await, Err(Error::InvalidInput(Invalid::RolePath)), "{bad}");
    }
}

#[tokio::test]
async fn a_session_lasts_a_quarter_of_an_hour_to_twelve_and_as_long_as_its_role_says() {
    let world = world().await;
    let role = async |name: &str, most: Option<i64>| {
        let role = CreateRole { max_session_seconds: most, ..CreateRole::named(name, TRUST) };
        world.vending.create_role(role).await.map(drop)
    };
    for bad in [0, 3599, 43_201] {
        assert_eq!(role("bad", Some(bad)).await, Err(Error::InvalidInput(Invalid::MaxSessionDuration)), "{bad}");
    }
    for (name, most) in [("default", None), ("short", Some(3600)), ("long", Some(43_200))] {
        assert_eq!(role(name, most).await, Ok(()));
    }
    let lasts = async |name: &str, duration_seconds: i64| {
        let role_arn = ROLE.replace("/app", &format!("/{name}"));
        let assumed = world.vending.assume_role(AssumeRole { role_arn, duration_seconds, ..request() }).await;
        assumed.map(|assumed| assumed.session.expires_at.seconds_since(assumed.session.issued_at))
    };

    assert_eq!(lasts("default", 900).await, Ok(900));
    assert_eq!(lasts("default", 3600).await, Ok(3600));
    assert_eq!(lasts("default", 3601).await, Err(Error::DurationTooLong));
    assert_eq!(lasts("short", 3600).await, Ok(3600));
    assert_eq!(lasts("long", 43_200).await, Ok(43_200));
    assert_eq!(lasts("long", 43_201).await, Err(Error::InvalidInput(Invalid::Duration)));
    assert_eq!(lasts("long", 899).await, Err(Error::InvalidInput(Invalid::Duration)));
}

#[tokio::test]
async fn a_session_is_named_by_2_to_64_of_the_characters_that_aws_takes() {
    let world = world().await;
    let outcome = async |name: &str| {
        world.vending.assume_role(AssumeRole { session_name: name.to_owned(), ..request() }).await.map(drop)
    };

    for good in ["ab", "a9+=,.@-_Z", &"s".repeat(64)] {
        assert_eq!(outcome(good).await, Ok(()), "{good}");
    }
    for bad in ["", "a", "a b", "a/b", "aé", &"s".repeat(65)] {
        assert_eq!(outcome(bad).await, Err(Error::InvalidInput(Invalid::SessionName)), "{bad}");
    }
}

#[tokio::test]
async fn what_is_assumed_is_called_by_the_arn_of_a_role() {
    let world = world().await;
    // Not even who may name roles that nobody has created may name something else.
    let outcome = async |role_arn: &str| {
        let undefined = UndefinedRole::GrantNothing;
        world.vending.assume_role(AssumeRole { role_arn: role_arn.to_owned(), undefined, ..request() }).await.map(drop)
    };

    assert_eq!(outcome("arn:aws-cn:iam::1:role/team/a:b").await, Ok(()));
    for bad in [
        "",
        "app",
        "role/app",
        "urn:aws:iam::1:role/app",
        "arn:aws:sts::1:role/app",
        "arn:aws:iam:eu-west-1:1:role/app",
        "arn:aws:iam::1:user/app",
        "arn:aws:iam::1",
    ] {
        let refused = Err(Error::InvalidInput(Invalid::RoleArn(bad.to_owned())));
        assert_eq!(outcome(bad).await, refused, "{bad}");
    }
}

#[tokio::test]
async fn session_policies_and_tags_together_have_four_kibibytes() {
    let world = world().await;
    let trust =
        TRUST.replace("\"sts:AssumeRoleWithWebIdentity\"", r#"["sts:AssumeRoleWithWebIdentity","sts:TagSession"]"#);
    world.vending.update_trust("app", trust).await.unwrap();
    let padded = |bytes: usize| GET_ALL.replace("s3:Get*", &format!("s3:{}", "a".repeat(bytes + 4 - GET_ALL.len())));
    let percent = async |policies: &[usize], value: usize| {
        let session_policies = Some(policies.iter().map(|bytes| padded(*bytes)).collect());
        let tags = BTreeMap::from([("team".to_owned(), "v".repeat(value))]);
        world
            .vending
            .assume_role(AssumeRole { session_policies, tags, ..request() })
            .await
            .map(|one| one.packed_percent)
    };

    assert_eq!(padded(2048).len(), 2048);
    assert_eq!(percent(&[1024], 0).await, Ok(25));
    assert_eq!(percent(&[1024, 2048], 256).await, Ok((1024 + 2048 + 4 + 256) * 100 / 4096));
    assert_eq!(percent(&[2048, 2044], 0).await, Ok(100));
    assert_eq!(percent(&[2048, 2044], 100).await, Err(Error::PackedPolicyTooLarge(102)));
}

#[tokio::test]
async fn a_ceiling_takes_none_of_the_room_for_session_policies() {
    let world = world().await;
    let long = GET_ALL.replace("s3:Get*", &format!("s3:{}", "a".repeat(5000)));

    let assumed = world.vending.assume_role(AssumeRole { ceiling: Some(vec![long]), ..request() }).await.unwrap();

    assert_eq!(assumed.packed_percent, 0);
}

#[tokio::test]
async fn what_is_not_there_is_named_by_what_it_is() {
    let world = world().await;
    let vending = &world.vending;

    let missing = [
        vending.get_role("nobody").await.map(drop).unwrap_err(),
        vending.delete_role("nobody").await.unwrap_err(),
        vending.update_trust("nobody", TRUST.to_owned()).await.unwrap_err(),
        vending.put_role_policy("nobody", "p", GET_ALL.to_owned()).await.unwrap_err(),
        vending.delete_role_policy("nobody", "p").await.unwrap_err(),
        vending.delete_role_policy("app", "p").await.unwrap_err(),
    ];

    let said: Vec<String> = missing.iter().map(ToString::to_string).collect();
    assert_eq!(said[..5], ["the role nobody does not exist"; 5]);
    assert_eq!(said[5], "the role's policy p does not exist");
    let taken = vending.create_role(CreateRole::named("APP", TRUST)).await.unwrap_err();
    assert_eq!(taken.to_string(), "the role APP already exists", "names differ in more than case");
}
