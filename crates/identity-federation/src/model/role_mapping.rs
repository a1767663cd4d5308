//! How logins are mapped to roles: what an operator writes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How logins of one provider are mapped to roles.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RoleMapping {
    /// By what.
    pub by: MappingBy,
    /// What happens when nothing is found, or nothing single.
    pub otherwise: Otherwise,
}

/// By what a login is mapped.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MappingBy {
    /// By the roles in the token itself: `cognito:preferred_role`, and `cognito:roles` for a role asked for.
    Token,
    /// By rules over claims; the first that matches wins.
    Rules(Vec<Rule>),
}

/// What happens when a mapping finds no role, or not a single one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Otherwise {
    /// The pool's authenticated role.
    AuthenticatedRole,
    /// Refused.
    Deny,
}

/// A rule over one claim.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The claim's name.
    pub claim: String,
    /// How it is compared.
    pub test: Test,
    /// With what.
    pub value: String,
    /// The role of whoever matches.
    pub role_arn: String,
}

/// How a claim is compared. Case counts. Of an array the elements are compared, each as a whole; a number or boolean is
/// compared as its JSON text; an object never matches. A claim that is absent matches no test, `NotEqual` included.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// The text is the value; of an array, one element is.
    Equals,
    /// The text has the value in it; of an array, one element is the value.
    Contains,
    /// The text begins with the value; of an array, one element does.
    StartsWith,
    /// The text is not the value; of an array, no element is.
    NotEqual,
}

impl RoleMapping {
    /// Whether a rule of the mapping names this role.
    pub fn names(&self, role: &str) -> bool {
        match &self.by {
            MappingBy::Token => false,
            MappingBy::Rules(rules) => rules.iter().any(|rule| rule.role_arn == role),
        }
    }
}

impl Rule {
    /// Whether the rule matches this claim's value; `None` if the claim is absent.
    pub fn matches(&self, claim: Option<&Value>) -> Option<bool> {
        match claim? {
            Value::Null => None,
            Value::Array(items) => {
                let hit = |item: &Value| text_of(item).is_some_and(|text| self.test_element(&text));
                let any = items.iter().any(hit);
                Some(if self.test == Test::NotEqual { !any } else { any })
            }
            other => Some(text_of(other).is_some_and(|text| match self.test {
                Test::Equals => text == self.value,
                Test::NotEqual => text != self.value,
                Test::Contains => text.contains(&self.value),
                Test::StartsWith => text.starts_with(&self.value),
            })),
        }
    }

    /// Whether an element of an array is what the rule looks for; for `NotEqual`, what must not be there.
    fn test_element(&self, text: &str) -> bool {
        match self.test {
            Test::StartsWith => text.starts_with(&self.value),
            _ => text == self.value,
        }
    }
}

fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(flag) => Some(flag.to_string().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(claim: &str, test: Test, value: &str) -> Rule {
        Rule { claim: claim.into(), test, value: value.into(), role_arn: "arn:aws:iam::123456789012:role/r".into() }
    }

    #[test]
    fn an_absent_claim_matches_nothing_not_even_not_equal() {
        let not = rule("plan", Test::NotEqual, "free");

        assert_eq!(not.matches(None), None);
        assert_eq!(not.matches(Some(&json!("paid"))), Some(true));
        assert_eq!(not.matches(Some(&json!(["free", "x"]))), Some(false));
        assert_eq!(rule("n", Test::Equals, "7").matches(Some(&json!(7))), Some(true));
        assert_eq!(rule("b", Test::Equals, "true").matches(Some(&json!(true))), Some(true));
        assert_eq!(rule("o", Test::Contains, "x").matches(Some(&json!({"x": 1}))), Some(false));
    }

    #[test]
    fn a_text_is_tested_whole_or_in_part_and_an_array_by_its_elements() {
        for (test, value, text, array) in [
            (Test::Equals, "ab", (true, false), (true, false)),
            (Test::Contains, "b", (true, false), (false, false)),
            (Test::Contains, "ab", (true, false), (true, false)),
            (Test::StartsWith, "a", (true, false), (true, false)),
            (Test::NotEqual, "ab", (false, true), (false, true)),
        ] {
            let rule = rule("c", test, value);
            let matches = |claim: Value| rule.matches(Some(&claim)).unwrap();
            assert_eq!((matches(json!("ab")), matches(json!("xy"))), text, "{test:?} {value}");
            assert_eq!((matches(json!(["x", "ab"])), matches(json!(["xy"]))), array, "{test:?} {value}");
        }
    }

    #[test]
    fn a_mapping_names_the_roles_of_its_rules() {
        let by_rules = |by| RoleMapping { by, otherwise: Otherwise::Deny };
        let rules = by_rules(MappingBy::Rules(vec![rule("c", Test::Equals, "x")]));

        assert!(rules.names("arn:aws:iam::123456789012:role/r"));
        assert!(!rules.names("arn:aws:iam::123456789012:role/s"));
        assert!(!by_rules(MappingBy::Token).names("arn:aws:iam::123456789012:role/r"));
    }
}
