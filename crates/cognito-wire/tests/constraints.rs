//! Requests are read, or refused in the words that AWS uses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use cognito_wire::check::{Refusal, read};
use cognito_wire::cognito_idp::{CreateUserPool, InitiateAuth, ListUsers, SignUp};
use cognito_wire::{Auth, cognito_identity, cognito_idp, query, sts};
use serde_json::json;

fn refusal<O: cognito_wire::Operation>(body: serde_json::Value) -> Refusal
where
    O::Input: std::fmt::Debug,
{
    read::<O>(body).unwrap_err()
}

#[test]
fn the_models_have_all_their_operations() {
    assert_eq!(cognito_idp::OPERATIONS.len(), 153);
    assert_eq!(cognito_identity::OPERATIONS.len(), 23);
    assert_eq!(sts::OPERATIONS.len(), 12);
    assert_eq!(cognito_idp::OPERATIONS.iter().filter(|operation| operation.auth == Auth::None).count(), 34);
}

#[test]
fn a_missing_required_member_is_null_that_must_not_be() {
    assert_eq!(
        refusal::<SignUp>(json!({"ClientId": "abc", "Password": "secret"})).to_string(),
        "1 validation error detected: Value null at 'username' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn several_broken_constraints_are_all_named() {
    let said = refusal::<ListUsers>(json!({"UserPoolId": "no pool", "Limit": 61})).to_string();

    assert_eq!(
        said,
        "2 validation errors detected: Value 'no pool' at 'userPoolId' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+; Value '61' at 'limit' failed to satisfy \
         constraint: Member must have value less than or equal to 60"
    );
}

#[test]
fn a_value_outside_an_enum_is_named_with_the_set_and_a_nested_one_with_its_path() {
    let body = json!({"PoolName": "p", "AliasAttributes": ["mail"], "Schema": [{"Name": ""}]});

    let said = refusal::<CreateUserPool>(body).to_string();

    assert!(said.contains("Value 'mail' at 'aliasAttributes.1.member' failed to satisfy constraint: Member must satisfy enum value set: [phone_number, email, preferred_username]"), "{said}");
    assert!(said.contains("'schema.1.member.name'"), "{said}");
}

#[test]
fn a_sensitive_value_is_never_repeated() {
    let said = refusal::<SignUp>(json!({"ClientId": "abc", "Username": "ada", "Password": "my secret"})).to_string();

    assert!(!said.contains("my secret"), "{said}");
}

#[test]
fn a_null_counts_as_absent_and_an_unknown_member_as_nothing() {
    let body = json!({"ClientId": "abc", "AuthFlow": "USER_SRP_AUTH", "ClientMetadata": null, "Extra": 1});

    let input = read::<InitiateAuth>(body).unwrap();

    assert_eq!(input.client_metadata, None);
    assert_eq!(input.auth_flow, "USER_SRP_AUTH");
}

#[test]
fn a_wrong_json_type_is_a_mistyped_request_not_a_broken_constraint() {
    let body = json!({"ClientId": 7, "AuthFlow": "USER_SRP_AUTH"});

    assert_eq!(refusal::<InitiateAuth>(body), Refusal::Mistyped { path: "clientId".to_owned(), wanted: "a string" });
}

#[test]
fn a_query_form_becomes_the_same_request_as_json() {
    let fields = [
        ("RoleArn", "arn:aws:iam::123456789012:role/app"),
        ("RoleSessionName", "s1"),
        ("WebIdentityToken", "token"),
        ("DurationSeconds", "900"),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/A1234"),
    ];
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let shape = <sts::AssumeRoleWithWebIdentity as cognito_wire::Operation>::INFO.input;

    let input = read::<sts::AssumeRoleWithWebIdentity>(query::to_json(shape, &fields)).unwrap();

    assert_eq!(input.duration_seconds, Some(900));
    assert_eq!(input.policy_arns.unwrap()[0].arn.as_deref(), Some("arn:aws:iam::aws:policy/A1234"));
}

#[test]
fn xml_is_escaped_and_in_the_order_of_the_shape() {
    let shape = <sts::GetCallerIdentity as cognito_wire::Operation>::INFO.output;

    let mut out = quick_xml::Writer::new(Vec::new());
    query::write_xml(&mut out, shape, &json!({"Arn": "<&>", "UserId": "u\u{1}"}), &|_| String::new()).unwrap();

    let xml = String::from_utf8(out.into_inner()).unwrap();
    assert_eq!(xml, "<UserId>u?</UserId><Arn>&lt;&amp;&gt;</Arn>");
}

#[test]
fn nulls_in_lists_and_maps_count_as_absent() {
    let body = json!({"ClientId": "abc", "AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"A": null, "B": "b"}});
    let input = read::<InitiateAuth>(body).unwrap();
    assert_eq!(input.auth_parameters.unwrap().len(), 1);

    let body = json!({"PoolName": "p", "AliasAttributes": [null, "email"]});
    assert_eq!(read::<CreateUserPool>(body).unwrap().alias_attributes.unwrap(), ["email"]);
}
