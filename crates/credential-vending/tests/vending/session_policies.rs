//! Managed policies that narrow a session (`PolicyArns`).

use credential_vending::ops::assume::AssumeRole;
use credential_vending::ops::operator_sessions::GetFederationToken;
use credential_vending::{Error, Invalid};

use crate::world::{GET_ALL, ROLE, World, request, world};

const GET: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const LIST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}"#;
const TAGGING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObjectTagging","Resource":"*"}]}"#;
const NO_TAGGING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObjectTagging","Resource":"*"}]}"#;

/// Whether a session that is narrowed so may get objects, their tags and their ACLs, all of which the role may, and list.
async fn may(world: &World, inline: Option<&str>, arns: &[&str]) -> [bool; 4] {
    let narrowed = AssumeRole {
        session_policies: inline.map(|policy| vec![policy.to_owned()]),
        policy_arns: arns.iter().map(|&arn| arn.to_owned()).collect(),
        ..request()
    };
    let assumed = world.vending.assume_role(narrowed).await.unwrap();
    let mut may = [false; 4];
    for (at, action) in ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectAcl", "s3:ListBucket"].iter().enumerate() {
        may[at] = world.allows(&assumed, action).await;
    }
    may
}

#[tokio::test]
async fn what_any_session_policy_allows_is_left_of_what_the_role_may() {
    let world = world().await;
    let (get, tagging) = (world.policy("get", GET).await, world.policy("tagging", TAGGING).await);
    let (list, denying) = (world.policy("list", LIST).await, world.policy("denying", NO_TAGGING).await);

    assert_eq!(may(&world, None, &[]).await, [true, true, true, false]);
    assert_eq!(may(&world, None, &[&get]).await, [true, false, false, false]);
    assert_eq!(may(&world, None, &[&get, &tagging]).await, [true, true, false, false]);
    assert_eq!(may(&world, Some(TAGGING), &[&get]).await, [true, true, false, false]);
    assert_eq!(may(&world, None, &[&list]).await, [false; 4], "nothing is won by it");
    assert_eq!(may(&world, Some(GET_ALL), &[&denying]).await, [true, false, true, false], "a denial wins");
}

#[tokio::test]
async fn a_policy_narrows_by_the_version_that_counted_when_the_session_was_vended() {
    let world = world().await;
    let get = world.policy("get", GET).await;
    let narrowed = AssumeRole { policy_arns: vec![get.clone()], ..request() };
    let assumed = world.vending.assume_role(narrowed).await.unwrap();

    world.vending.create_policy_version(&get, GET_ALL, true).await.unwrap();

    assert!(world.allows(&assumed, "s3:GetObject").await && !world.allows(&assumed, "s3:GetObjectAcl").await);
    assert_eq!(may(&world, None, &[&get]).await, [true, true, true, false]);
}

#[tokio::test]
async fn a_policy_that_is_not_of_this_account_is_refused_and_never_left_out() {
    let world = world().await;
    let get = world.policy("get", GET).await;
    let refused = async |arns: Vec<String>| {
        let narrowed = AssumeRole { policy_arns: arns, ..request() };
        world.vending.assume_role(narrowed).await.map(|_| ()).unwrap_err()
    };

    for other in [
        get.replace("/get", "/gone"),
        get.replace("123456789012", "999999999999"),
        get.replace("/team/", "/"),
        get.replace("arn:aws:iam", "arn:aws:s3"),
        "get".to_owned(),
        ROLE.to_owned(),
        String::new(),
    ] {
        assert_eq!(refused(vec![get.clone(), other.clone()]).await, Invalid::PolicyArn(other).into());
    }
    assert_eq!(refused(vec![get.clone(); 11]).await, Invalid::PolicyArns.into());
    let mut ten = Vec::new();
    for number in 0..10 {
        ten.push(world.policy(&format!("p{number}"), GET).await);
    }
    let narrowed = AssumeRole { policy_arns: ten, ..request() };
    let assumed = world.vending.assume_role(narrowed).await.unwrap();
    assert!(assumed.packed_percent > 0 && !world.allows(&assumed, "s3:GetObjectAcl").await);
}

#[tokio::test]
async fn arns_take_room_beside_inline_policies_and_tags_and_documents_take_the_tokens() {
    let world = world().await;
    let padded = |name: &str| GET.replace("s3:GetObject", &format!("s3:{}{name}", "a".repeat(5800)));
    let mut arns = Vec::new();
    for number in 0..5 {
        arns.push(world.policy(&format!("p{number}"), &padded(&number.to_string())).await);
    }
    let of = |count: usize| AssumeRole { policy_arns: arns[..count].to_vec(), ..request() };

    let one = world.vending.assume_role(of(1)).await.unwrap();
    assert_eq!(one.packed_percent, arns[0].len() * 100 / 4096);
    let all = world.vending.assume_role(of(5)).await.map(|_| ());
    assert!(matches!(all, Err(Error::PackedPolicyTooLarge(percent)) if percent > 100), "{all:?}");
}

#[tokio::test]
async fn a_federated_user_may_do_what_operator_and_managed_policies_allow() {
    let world = world().await;
    let get = world.policy("get", GET).await;
    world.vending.put_operator_key("AKIAOPERATOR", &"secret".into()).await.unwrap();
    let (operator, _) = world.vending.holder("AKIAOPERATOR", None).await.unwrap();
    let request = |arns: Vec<String>| GetFederationToken {
        caller: operator.clone(),
        name: "bob".to_owned(),
        session_policies: None,
        policy_arns: arns,
        tags: std::collections::BTreeMap::new(),
        duration_seconds: None,
        minimum_token_size: 0,
    };

    let made = world.vending.get_federation_token(request(vec![get])).await.unwrap();
    assert!(world.allows(&made, "s3:GetObject").await && !world.allows(&made, "s3:GetObjectAcl").await);
    let unknown = world.vending.get_federation_token(request(vec!["x".to_owned()])).await.map(|_| ());
    assert_eq!(unknown, Err(Invalid::PolicyArn("x".to_owned()).into()));
}
