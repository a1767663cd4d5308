//! How logins are mapped to roles: what an operator writes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How logins of one provider are mapped to roles.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct RoleMapping {
    /// Whether roles come from the token or from rules.
    pub mapping_type: MappingType,
    /// What happens when nothing is found, or nothing single.
    pub ambiguous_role_resolution: AmbiguousRoleResolution,
}

/// Where the role of a login comes from.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MappingType {
    /// From the token itself: `cognito:preferred_role`, and `cognito:roles` for a role asked for.
    Token,
    /// From rules over claims, 1 to 25; the first that matches wins.
    Rules(Vec<Rule>),
}

/// What happens when a mapping finds no role, or not a single one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AmbiguousRoleResolution {
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
    pub match_type: MatchType,
    /// What the claim is compared with, as text.
    pub value: String,
    /// The role of whoever matches.
    pub role_arn: String,
}

/// How a claim is compared. Case counts. Of an array the elements are compared, each as a whole; a number or boolean is
/// compared as its JSON text; an object never matches. A claim that is absent matches no test, `NotEqual` included.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum MatchType {
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
        match &self.mapping_type {
            MappingType::Token => false,
            MappingType::Rules(rules) => rules.iter().any(|rule| rule.role_arn == role),
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
                Some(if self.match_type == MatchType::NotEqual { !any } else { any })
            }
            other => Some(text_of(other).is_some_and(|text| match self.match_type {
                MatchType::Equals => text == self.value,
                MatchType::NotEqual => text != self.value,
                MatchType::Contains => text.contains(&self.value),
                MatchType::StartsWith => text.starts_with(&self.value),
            })),
        }
    }

    /// Whether an element of an array is what the rule looks for; for `NotEqual`, what must not be there.
    fn test_element(&self, text: &str) -> bool {
        match self.match_type {
            MatchType::StartsWith => text.starts_with(&self.value),
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

    fn rule(claim: &str, match_type: MatchType, value: &str) -> Rule {
        Rule {
            claim: claim.into(),
            match_type,
            value: value.into(),
            role_arn: "arn:aws:iam::123456789012:role/r".into(),
        }
    }

    #[test]
    fn an_absent_claim_matches_nothing_not_even_not_equal() {
        let not = rule("plan", MatchType::NotEqual, "free");

        assert_eq!(not.matches(None), None);
        assert_eq!(not.matches(Some(&json!("paid"))), Some(true));
        assert_eq!(not.matches(Some(&json!(["free", "x"]))), Some(false));
        assert_eq!(rule("n", MatchType::Equals, "7").matches(Some(&json!(7))), Some(true));
        assert_eq!(rule("b", MatchType::Equals, "true").matches(Some(&json!(true))), Some(true));
        assert_eq!(rule("o", MatchType::Contains, "x").matches(Some(&json!({"x": 1}))), Some(false));
    }

    #[test]
    fn a_text_is_tested_whole_or_in_part_and_an_array_by_its_elements() {
        for (match_type, value, text, array) in [
            (MatchType::Equals, "ab", (true, false), (true, false)),
            (MatchType::Contains, "b", (true, false), (false, false)),
            (MatchType::Contains, "ab", (true, false), (true, false)),
            (MatchType::StartsWith, "a", (true, false), (true, false)),
            (MatchType::NotEqual, "ab", (false, true), (false, true)),
        ] {
            let rule = rule("c", match_type, value);
            let matches = |claim: Value| rule.matches(Some(&claim)).unwrap();
            assert_eq!((matches(json!("ab")), matches(json!("xy"))), text, "{match_type:?} {value}");
            assert_eq!((matches(json!(["x", "ab"])), matches(json!(["xy"]))), array, "{match_type:?} {value}");
        }
    }

    #[test]
    fn a_mapping_names_the_roles_of_its_rules() {
        let by_rules =
            |mapping_type| RoleMapping { mapping_type, ambiguous_role_resolution: AmbiguousRoleResolution::Deny };
        let rules = by_rules(MappingType::Rules(vec![rule("c", MatchType::Equals, "x")]));

        assert!(rules.names("arn:aws:iam::123456789012:role/r"));
        assert!(!rules.names("arn:aws:iam::123456789012:role/s"));
        assert!(!by_rules(MappingType::Token).names("arn:aws:iam::123456789012:role/r"));
    }
}
