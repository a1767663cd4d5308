use serde_json::json;

use super::*;

#[test]
fn an_answer_without_its_response_is_none() {
    for answer in [json!(null), json!("ok"), json!({}), json!({"response": null}), json!({"response": []})] {
        assert!(matches!(response(answer.clone()), Err(HookError::Invalid(_))), "{answer}");
    }
    assert!(response(json!({"response": {}})).is_ok());
}

#[test]
fn a_member_of_another_type_is_no_answer() {
    assert!(sign_up(&json!({"autoConfirmUser": "true"})).is_err());
    assert!(is_right(&json!({"answerCorrect": 1})).is_err());
    assert!(claims_v1(&json!({"claimsOverrideDetails": {"claimsToAddOrOverride": {"a": {"b": 1}}}})).is_err());
    assert!(migrated(&json!({"userAttributes": {"email": 1}})).is_err());
    assert!(migrated(&json!({"userAttributes": {}, "finalUserStatus": "DISABLED"})).is_err());
    assert!(next_step(&json!({"challengeName": null, "issueTokens": false, "failAuthentication": false})).is_err());
}

#[test]
fn groups_that_are_named_empty_or_null_are_none_and_groups_that_are_not_named_stay() {
    let changes = |details: Value| claims_v1(&json!({"claimsOverrideDetails": details})).unwrap().groups;

    assert_eq!(changes(json!({})), None);
    for empty in [json!(null), json!({}), json!({"groupsToOverride": null})] {
        assert_eq!(changes(json!({"groupOverrideDetails": empty})), Some(GroupClaims::default()));
    }
}

#[test]
fn text_of_the_first_form_keeps_the_type_of_flags() {
    let claims = json!({"email_verified": "true", "level": 3, "plan": "gold"});
    let details = json!({"claimsOverrideDetails": {"claimsToAddOrOverride": claims}});

    let set = claims_v1(&details).unwrap().id.set;

    assert_eq!(Value::Object(set), json!({"email_verified": true, "level": "3", "plan": "gold"}));
}

#[test]
fn who_fails_is_given_no_tokens_whatever_else_is_said() {
    let step = next_step(&json!({"failAuthentication": true, "issueTokens": true, "challengeName": "X"})).unwrap();
    assert_eq!(step, NextStep::Fail);
}
