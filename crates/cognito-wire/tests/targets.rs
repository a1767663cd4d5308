//! What a request is about is told by the members that its operation declares, and by no others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use cognito_wire::schema::Kind;
use cognito_wire::{Auth, Operation, Service, Target, check, cognito_identity, cognito_idp, iam};
use serde_json::{Value, json};

fn targets_of<O: Operation>(body: Value) -> Vec<String> {
    let input = check::read::<O>(body).unwrap();
    O::targets(&input).iter().map(|target| format!("{target:?}")).collect()
}

fn roles_of<O: Operation>(body: Value) -> Vec<String> {
    let input = check::read::<O>(body).unwrap();
    O::passed_roles(&input).into_iter().map(str::to_owned).collect()
}

#[test]
fn resources_are_named_by_declared_members_alone() {
    for info in Service::ALL.iter().flat_map(|service| service.operations()) {
        let Kind::Structure(members) = &info.input.kind else { panic!("{}", info.name) };
        for member in info.resources.iter().flat_map(|resource| resource.members) {
            assert!(members.iter().any(|declared| declared.name == *member), "{}: {member}", info.name);
        }
    }
}

#[test]
fn every_signed_operation_that_declares_a_pool_is_about_it() {
    for info in Service::ALL.iter().flat_map(|service| service.operations()).filter(|info| info.auth == Auth::SigV4) {
        let Kind::Structure(members) = &info.input.kind else { panic!("{}", info.name) };
        let names = ["UserPoolId", "IdentityPoolId", "IdentityId", "IdentityIdsToDelete", "ResourceArn", "RoleName"];
        for member in members.iter().filter(|member| names.contains(&member.name)) {
            let told = info.resources.iter().any(|resource| resource.members.contains(&member.name));
            assert!(told, "{}: {}", info.name, member.name);
        }
    }
}

#[test]
fn an_undeclared_member_names_nothing() {
    let extra = json!({"MaxResults": 1, "UserPoolId": "us-east-1_A", "IdentityPoolId": "us-east-1:0", "RoleName": "r"});

    assert_eq!(targets_of::<cognito_idp::ListUserPools>(extra.clone()), Vec::<String>::new());
    assert_eq!(targets_of::<cognito_identity::ListIdentityPools>(extra), Vec::<String>::new());
}

#[test]
fn every_resource_that_a_request_names_is_told() {
    let ids = json!({"IdentityIdsToDelete": ["us-east-1:a", "us-east-1:b"]});
    assert_eq!(
        targets_of::<cognito_identity::DeleteIdentities>(ids),
        [Target::Identity("us-east-1:a"), Target::Identity("us-east-1:b")].map(|target| format!("{target:?}"))
    );
    let role = json!({"Path": "/team/", "RoleName": "app", "AssumeRolePolicyDocument": "{}"});
    assert_eq!(
        targets_of::<iam::CreateRole>(role),
        [format!("{:?}", Target::NewRole { path: Some("/team/"), name: "app", boundary: None })]
    );
}

#[test]
fn every_role_that_a_request_hands_over_is_told() {
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let rule = json!({"Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": arn("ruled")});
    let body = json!({
        "IdentityPoolId": "us-east-1:0a1b2c3d-1111-4222-8333-444455556666",
        "Roles": {"authenticated": arn("user"), "unauthenticated": arn("guest")},
        "RoleMappings": {"provider": {"Type": "Rules", "RulesConfiguration": {"Rules": [rule]}}},
    });
    assert_eq!(roles_of::<cognito_identity::SetIdentityPoolRoles>(body), ["user", "guest", "ruled"].map(arn));

    let group = json!({"GroupName": "g", "UserPoolId": "us-east-1_A", "RoleArn": arn("g")});
    assert_eq!(roles_of::<cognito_idp::CreateGroup>(group.clone()), [arn("g")]);
    assert_eq!(roles_of::<cognito_idp::UpdateGroup>(group), [arn("g")]);
}
