//! Who signs may do what policies say of the resources that the request really is about.

use cognito_wire::schema::Kind;
use cognito_wire::{Auth, Service};
use serde_json::{Value, json};

use crate::world::{Keys, Outgoing, World, identity_pool_arn, operation, peer, user_pool_arn};

use Service::{Iam, IdentityPools, UserPools};

const DENIED: &str = "AccessDeniedException";

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: &str, resource: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

#[tokio::test]
async fn a_member_that_an_operation_does_not_declare_changes_nothing() {
    let world = World::new().await;
    let (users, identities) = (world.user_pool("own").await, world.identity_pool("own").await);
    let role = world.role("own", "/").await;
    let resources = [user_pool_arn(&users), identity_pool_arn(&identities), role.clone()];
    let own = world.with_policy("delegate", &json!([{"Effect": "Allow", "Action": "*", "Resource": resources}])).await;
    let extras = [
        ("UserPoolId", json!(users)),
        ("IdentityPoolId", json!(identities)),
        ("RoleName", json!("own")),
        ("ResourceArn", json!(user_pool_arn(&users))),
        ("ResourceArn", json!(identity_pool_arn(&identities))),
        ("RoleArn", json!(role)),
    ];
    let mut tried = 0;

    for info in Service::ALL.iter().flat_map(|service| service.operations()).filter(|info| info.auth == Auth::SigV4) {
        let Kind::Structure(members) = &info.input.kind else { panic!("{}", info.name) };
        let plain = world.call_as(&own, info.service, info.name, request_of(info.name)).await;
        for (name, value) in extras.iter().filter(|(name, _)| members.iter().all(|member| member.name != *name)) {
            let mut body = request_of(info.name);
            body[*name] = value.clone();
            let with_extra = world.call_as(&own, info.service, info.name, body).await;

            assert_eq!((plain.status, plain.code()), (with_extra.status, with_extra.code()), "{} {name}", info.name);
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

/// A request that passes the constraints of the operations that are about nothing, or about somebody else's things.
fn request_of(operation: &str) -> Value {
    match operation {
        "ListUserPools" | "ListIdentityPools" => json!({"MaxResults": 10}),
        "CreateUserPool" => json!({"PoolName": "another"}),
        "CreateIdentityPool" => json!({"IdentityPoolName": "another", "AllowUnauthenticatedIdentities": false}),
        "DescribeIdentity" => json!({"IdentityId": "us-east-1:0a1b2c3d-1111-4222-8333-444455556666"}),
        "DeleteIdentities" => json!({"IdentityIdsToDelete": ["us-east-1:0a1b2c3d-1111-4222-8333-444455556666"]}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn who_may_touch_one_user_pool_touches_no_other_and_makes_none() {
    let world = World::new().await;
    let (own, other) = (world.user_pool("own").await, world.user_pool("other").await);
    let keys = world.with_policy("delegate", &json!([allow("cognito-idp:*", &user_pool_arn(&own))])).await;
    let describe = async |pool: &str| {
        let body = json!({"UserPoolId": pool});
        world.call_as(&keys, UserPools, "DescribeUserPool", body).await.code()
    };

    assert_eq!(describe(&own).await, "");
    assert_eq!(describe(&other).await, DENIED);
    let sneaky = json!({"MaxResults": 10, "UserPoolId": own});
    assert_eq!(world.call_as(&keys, UserPools, "ListUserPools", sneaky).await.code(), DENIED);
    let sneaky = json!({"PoolName": "new", "UserPoolId": own});
    assert_eq!(world.call_as(&keys, UserPools, "CreateUserPool", sneaky).await.code(), DENIED);
}

#[tokio::test]
async fn an_identity_is_judged_by_its_own_pool() {
    let world = World::new().await;
    let (own, other) = (world.identity_pool("own").await, world.identity_pool("other").await);
    let (mine, theirs) = (world.guest(&own).await, world.guest(&other).await);
    let keys = world.with_policy("delegate", &json!([allow("cognito-identity:*", &identity_pool_arn(&own))])).await;
    let describe = async |identity: &str| {
        let body = json!({"IdentityId": identity, "IdentityPoolId": own});
        world.call_as(&keys, IdentityPools, "DescribeIdentity", body).await.code()
    };
    let delete = async |identities: &[&str]| {
        let body = json!({"IdentityIdsToDelete": identities});
        world.call_as(&keys, IdentityPools, "DeleteIdentities", body).await.code()
    };

    assert_eq!(describe(&mine).await, "");
    assert_eq!(describe(&theirs).await, DENIED);
    assert_eq!(describe("us-east-1:0a1b2c3d-1111-4222-8333-444455556666").await, DENIED);
    assert_eq!(delete(&[&mine, &theirs]).await, DENIED);
    assert_eq!(describe(&mine).await, "");
    assert_eq!(delete(&[&mine]).await, "");
}

#[tokio::test]
async fn a_deny_on_an_identity_pool_holds_for_its_identities() {
    let world = World::new().await;
    let pool = world.identity_pool("guarded").await;
    let identity = world.guest(&pool).await;
    let statements = json!([allow("*", "*"), deny("cognito-identity:*", &identity_pool_arn(&pool))]);
    let keys = world.with_policy("delegate", &statements).await;

    let body = json!({"IdentityIdsToDelete": [identity]});

    assert_eq!(world.call_as(&keys, IdentityPools, "DeleteIdentities", body).await.code(), DENIED);
}

#[tokio::test]
async fn a_role_is_judged_by_its_stored_arn_whatever_its_name_is_written_like() {
    let world = World::new().await;
    let boss = world.role("Boss", "/").await;
    world.role("root", "/protected/").await;
    let statements = json!([
        allow("iam:*", "arn:aws:iam::123456789012:role/*"),
        deny("iam:*", &boss),
        deny("iam:*", "arn:aws:iam::123456789012:role/protected/*"),
    ]);
    let keys = world.with_policy("delegate", &statements).await;

    for name in ["Boss", "boss", "BOSS", "root", "Root"] {
        let body = json!({"RoleName": name});
        assert_eq!(world.call_as(&keys, Iam, "GetRole", body).await.code(), "AccessDenied", "{name}");
        let body = json!({"RoleName": name, "PolicyName": "p", "PolicyDocument": "{}"});
        assert_eq!(world.call_as(&keys, Iam, "PutRolePolicy", body).await.code(), "AccessDenied", "{name}");
    }
    let made = json!({"RoleName": "mine", "Path": "/protected/", "AssumeRolePolicyDocument": "{}"});
    assert_eq!(world.call_as(&keys, Iam, "CreateRole", made).await.code(), "AccessDenied");
    assert_eq!(world.call_as(&keys, Iam, "GetRole", json!({"RoleName": "delegate"})).await.code(), "");
}

#[tokio::test]
async fn a_path_is_part_of_what_an_allow_is_about() {
    let world = World::new().await;
    world.role("dev-root", "/protected/").await;
    let keys = world.with_policy("delegate", &json!([allow("iam:*", "arn:aws:iam::123456789012:role/dev*")])).await;

    let body = json!({"RoleName": "dev-root"});

    assert_eq!(world.call_as(&keys, Iam, "GetRole", body).await.code(), "AccessDenied");
}

#[tokio::test]
async fn a_role_is_handed_over_only_by_who_may_pass_it() {
    let world = World::new().await;
    let (users, identities) = (world.user_pool("own").await, world.identity_pool("own").await);
    let (small, admin) = (world.role("small", "/").await, world.role("admin", "/").await);
    let statements = json!([
        allow("cognito-idp:*", &user_pool_arn(&users)),
        allow("cognito-identity:*", &identity_pool_arn(&identities)),
        allow("iam:PassRole", &small),
    ]);
    let keys = world.with_policy("delegate", &statements).await;
    let group = async |name: &str, role: &str| {
        let body = json!({"UserPoolId": users, "GroupName": name, "RoleArn": role});
        world.call_as(&keys, UserPools, "CreateGroup", body).await
    };
    let roles = async |roles: Value, mappings: Value| {
        let body = json!({"IdentityPoolId": identities, "Roles": roles, "RoleMappings": mappings});
        world.call_as(&keys, IdentityPools, "SetIdentityPoolRoles", body).await.code()
    };

    let refused = group("g", &admin).await;
    assert_eq!(refused.code(), DENIED);
    assert!(refused.text.contains("iam:PassRole"), "{}", refused.text);
    assert_eq!(group("g", &small).await.code(), "");
    let update = json!({"UserPoolId": users, "GroupName": "g", "RoleArn": admin});
    assert_eq!(world.call_as(&keys, UserPools, "UpdateGroup", update).await.code(), DENIED);
    assert_eq!(roles(json!({"authenticated": admin}), Value::Null).await, DENIED);
    let rule = json!({"Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": admin});
    let mapping = json!({"p": {"Type": "Rules", "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {"Rules": [rule]}}});
    assert_eq!(roles(json!({"authenticated": small}), mapping).await, DENIED);
    assert_eq!(roles(json!({"authenticated": small}), Value::Null).await, "");
}

#[tokio::test]
async fn a_role_is_passed_to_the_service_that_the_policy_names() {
    let world = World::new().await;
    let users = world.user_pool("own").await;
    let role = world.role("small", "/").await;
    let to = |service: &str| {
        json!([
            allow("cognito-idp:*", "*"),
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
             "Condition": {"StringEquals": {"iam:PassedToService": service}}},
        ])
    };
    let body = json!({"UserPoolId": users, "GroupName": "g", "RoleArn": role});
    let users_only = world.with_policy("a", &to("cognito-idp.amazonaws.com")).await;
    let identities_only = world.with_policy("b", &to("cognito-identity.amazonaws.com")).await;

    assert_eq!(world.call_as(&identities_only, UserPools, "CreateGroup", body.clone()).await.code(), DENIED);
    assert_eq!(world.call_as(&users_only, UserPools, "CreateGroup", body).await.code(), "");
}

/// What a call is answered whose circumstances a policy denies.
async fn denied_if(condition: Value, change: impl FnOnce(&mut Outgoing)) -> String {
    let world = World::new().await;
    let statements = json!([
        allow("*", "*"),
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition},
    ]);
    let keys = world.with_policy("delegate", &statements).await;
    let mut outgoing = Outgoing::of(operation(UserPools, "ListUserPools"), &json!({"MaxResults": 1}));
    outgoing.peer = Some(peer("203.0.113.7", true));
    change(&mut outgoing);
    world.sign(&mut outgoing, &keys);
    world.send(outgoing).await.code()
}

#[tokio::test]
async fn a_policy_sees_the_callers_address() {
    let condition = json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}});

    assert_eq!(denied_if(condition.clone(), |_| ()).await, "");
    assert_eq!(denied_if(condition, |call| call.peer = Some(peer("198.51.100.1", true))).await, DENIED);
}

#[tokio::test]
async fn an_address_within_ipv6_is_the_address_that_it_stands_for() {
    let condition = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});

    assert_eq!(denied_if(condition, |call| call.peer = Some(peer("::ffff:203.0.113.7", true))).await, DENIED);
}

#[tokio::test]
async fn a_policy_sees_whether_the_connection_is_secure_and_takes_an_unknown_one_for_plain() {
    let condition = json!({"Bool": {"aws:SecureTransport": "false"}});

    assert_eq!(denied_if(condition.clone(), |_| ()).await, "");
    assert_eq!(denied_if(condition.clone(), |call| call.peer = Some(peer("203.0.113.7", false))).await, DENIED);
    assert_eq!(denied_if(condition, |call| call.peer = None).await, DENIED);
}

#[tokio::test]
async fn a_policy_sees_region_agent_principal_and_time() {
    let region = json!({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}});
    assert_eq!(denied_if(region.clone(), |_| ()).await, "");
    assert_eq!(denied_if(region, |call| call.region = "eu-west-1".to_owned()).await, DENIED);

    let agent = json!({"StringLike": {"aws:UserAgent": "curl/*"}});
    assert_eq!(denied_if(agent.clone(), |_| ()).await, "");
    let curl = |call: &mut Outgoing| call.headers.push(("user-agent".to_owned(), "curl/8".to_owned()));
    assert_eq!(denied_if(agent, curl).await, DENIED);

    let role = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/delegate"}});
    assert_eq!(denied_if(role, |_| ()).await, DENIED);
    let account = json!({"StringEquals": {"aws:PrincipalAccount": "123456789012"}});
    assert_eq!(denied_if(account, |_| ()).await, DENIED);

    let past = json!({"DateLessThan": {"aws:CurrentTime": "2023-11-14T00:00:00Z"}});
    assert_eq!(denied_if(past, |_| ()).await, "");
    let future = json!({"DateLessThan": {"aws:CurrentTime": "2023-11-15T00:00:00Z"}});
    assert_eq!(denied_if(future, |_| ()).await, DENIED);
    let epoch = json!({"NumericLessThan": {"aws:EpochTime": "1700000001"}});
    assert_eq!(denied_if(epoch, |_| ()).await, DENIED);
}

#[tokio::test]
async fn who_signs_for_another_region_does_not_find_the_pool() {
    let world = World::new().await;
    let users = world.user_pool("people").await;
    let identities = world.identity_pool("people").await;
    let identity = world.guest(&identities).await;
    let cases = [
        (UserPools, "DescribeUserPool", json!({"UserPoolId": users})),
        (IdentityPools, "DescribeIdentityPool", json!({"IdentityPoolId": identities})),
        (IdentityPools, "DescribeIdentity", json!({"IdentityId": identity})),
    ];
    for (service, name, body) in cases {
        for (region, wanted) in [("us-east-1", ""), ("eu-west-1", "ResourceNotFoundException")] {
            let mut outgoing = Outgoing::of(operation(service, name), &body);
            region.clone_into(&mut outgoing.region);
            world.sign(&mut outgoing, &Keys::operator());

            assert_eq!(world.send(outgoing).await.code(), wanted, "{name} in {region}");
        }
    }
}

#[tokio::test]
async fn pools_are_listed_by_region() {
    let world = World::new().await;
    let (here, identities) = (world.user_pool("here").await, world.identity_pool("here").await);
    let list = async |service, name: &str, region: &str| {
        let mut outgoing = Outgoing::of(operation(service, name), &json!({"MaxResults": 10}));
        region.clone_into(&mut outgoing.region);
        world.sign(&mut outgoing, &Keys::operator());
        world.send(outgoing).await.ok()
    };

    let mut elsewhere = Outgoing::of(operation(UserPools, "CreateUserPool"), &json!({"PoolName": "there"}));
    "eu-west-1".clone_into(&mut elsewhere.region);
    world.sign(&mut elsewhere, &Keys::operator());
    let there = world.send(elsewhere).await.ok()["UserPool"]["Id"].as_str().unwrap().to_owned();

    assert!(there.starts_with("eu-west-1_"), "{there}");
    for (region, id) in [("us-east-1", &here), ("eu-west-1", &there)] {
        let found = list(UserPools, "ListUserPools", region).await;
        let ids: Vec<&str> = found["UserPools"].as_array().unwrap().iter().map(|p| p["Id"].as_str().unwrap()).collect();
        assert_eq!(ids, [id]);
    }
    let found = list(IdentityPools, "ListIdentityPools", "us-east-1").await;
    assert_eq!(found["IdentityPools"][0]["IdentityPoolId"], json!(identities));
    assert_eq!(list(IdentityPools, "ListIdentityPools", "eu-west-1").await["IdentityPools"], json!([]));
}

fn conditioned(effect: &str, action: &str, condition: &Value) -> Value {
    json!({"Effect": effect, "Action": action, "Resource": "*", "Condition": condition})
}

#[tokio::test]
async fn policies_see_the_tags_that_a_request_gives() {
    let world = World::new().await;
    let own =
        json!({"StringEquals": {"aws:RequestTag/team": "a"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}});
    let keys = world.with_policy("tagger", &json!([conditioned("Allow", "*", &own)])).await;
    let (user_pool, identity_pool, role) = ("CreateUserPool", "CreateIdentityPool", "CreateRole");
    let request = |name: &str, tags: &[(&str, &str)]| {
        let map: serde_json::Map<String, Value> =
            tags.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let list: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        match name {
            "CreateUserPool" => (UserPools, json!({"PoolName": "p", "UserPoolTags": map})),
            "CreateIdentityPool" => (
                IdentityPools,
                json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "IdentityPoolTags": map}),
            ),
            _ => (Iam, json!({"RoleName": "r", "AssumeRolePolicyDocument": crate::world::TRUST, "Tags": list})),
        }
    };
    for name in [user_pool, identity_pool, role] {
        let outcome = async |tags: &[(&str, &str)]| {
            let (service, body) = request(name, tags);
            world.call_as(&keys, service, name, body).await.status
        };

        let refused = if name == role { 403 } else { 400 };
        assert_eq!(outcome(&[]).await, refused, "{name} without a tag");
        assert_eq!(outcome(&[("team", "b")]).await, refused, "{name} of another team");
        assert_eq!(outcome(&[("team", "a"), ("cost", "1")]).await, refused, "{name} with a key too many");
        assert_eq!(outcome(&[("team", "a")]).await, 200, "{name}");
    }
}

#[tokio::test]
async fn policies_see_the_tags_of_what_a_request_is_about() {
    let world = World::new().await;
    let (ours, theirs) = (json!({"team": "a"}), json!({"team": "b"}));
    let tags = |team: &Value| vec![json!({"Key": "team", "Value": team["team"]})];
    let mut about = Vec::new();
    for team in [&ours, &theirs] {
        let pool = world.call(UserPools, "CreateUserPool", json!({"PoolName": "p", "UserPoolTags": team})).await.ok();
        let body = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true, "IdentityPoolTags": team});
        let identities = world.call(IdentityPools, "CreateIdentityPool", body).await.ok();
        let guest = world.guest(identities["IdentityPoolId"].as_str().unwrap()).await;
        let name = format!("role-{}", team["team"].as_str().unwrap());
        let body = json!({"RoleName": name, "AssumeRolePolicyDocument": crate::world::TRUST, "Tags": tags(team)});
        assert_eq!(world.call(Iam, "CreateRole", body).await.status, 200);
        about.push([
            (UserPools, "DescribeUserPool", json!({"UserPoolId": pool["UserPool"]["Id"]})),
            (UserPools, "ListTagsForResource", json!({"ResourceArn": pool["UserPool"]["Arn"]})),
            (IdentityPools, "DescribeIdentityPool", json!({"IdentityPoolId": identities["IdentityPoolId"]})),
            (IdentityPools, "DescribeIdentity", json!({"IdentityId": guest})),
            (Iam, "GetRole", json!({"RoleName": name})),
        ]);
    }
    let own = json!({"StringEquals": {"aws:ResourceTag/team": "a"}});
    let allowed = world.with_policy("allowed", &json!([conditioned("Allow", "*", &own)])).await;
    let others = json!({"StringEquals": {"aws:ResourceTag/team": "b"}});
    let denied = world.with_policy("denied", &json!([allow("*", "*"), conditioned("Deny", "*", &others)])).await;
    let [ours, theirs] = about.try_into().unwrap();

    for keys in [&allowed, &denied] {
        for (service, name, body) in ours.clone() {
            assert_eq!(world.call_as(keys, service, name, body).await.status, 200, "{name}");
        }
        for (service, name, body) in theirs.clone() {
            let refused = world.call_as(keys, service, name, body).await;
            assert!(refused.code().starts_with("AccessDenied"), "{name}: {}", refused.text);
        }
    }
}
