//! Which role a login gets: rules over its claims, of which the last one matches.

use std::hint::black_box;

use identity_federation::model::pool::PoolRoles;
use identity_federation::model::role_choice::{KeyedAssertion, choose};
use identity_federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};
use login_providers::Assertion;
use serde_json::json;

use crate::{Group, Operation};

const KEY: &str = "idp.example/eu-west-1_Ab3dEf9hJ:client";

pub fn groups() -> Vec<Group> {
    vec![group("role mapping, 1 rule", 1), group("role mapping, 25 rules", 25)]
}

/// The tests of the rules alone, and the choice with its trace.
fn group(name: &'static str, count: usize) -> Group {
    let rules: Vec<Rule> = (1..=count)
        .map(|at| Rule {
            claim: "custom:department".to_owned(),
            match_type: MatchType::Equals,
            value: format!("department-{at}"),
            role_arn: format!("arn:aws:iam::123456789012:role/role-{at}"),
        })
        .collect();
    let claims = json!({"cognito:groups": ["staff"], "custom:department": format!("department-{count}")});
    let login = Assertion {
        provider: "idp.example/eu-west-1_Ab3dEf9hJ".to_owned(),
        subject: "ada".to_owned(),
        authorized_party: "client".to_owned(),
        claims: claims.as_object().unwrap().clone(),
    };
    let mapping = RoleMapping {
        mapping_type: MappingType::Rules(rules.clone()),
        ambiguous_role_resolution: AmbiguousRoleResolution::Deny,
    };
    let roles = PoolRoles { mappings: [(KEY.to_owned(), mapping)].into(), ..PoolRoles::default() };
    let tested = login.clone();
    let alone = Operation::new("the rules' tests alone", move || {
        let matching = rules.iter().filter(|rule| rule.matches(tested.claims.get(&rule.claim)) == Some(true));
        assert_eq!(black_box(matching.count()), 1);
    });
    let choice = Operation::new("cenote, the choice with its trace", move || {
        let keyed = KeyedAssertion { assertion: black_box(&login), mapping_key: KEY.to_owned() };
        assert!(black_box(choose(&roles, &[keyed], None)).role.is_ok());
    });
    Group { name, operations: vec![alone, choice] }
}
