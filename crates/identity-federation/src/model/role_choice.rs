//! Which role a login gets, and why.
//!
//! Pure: the pool's roles and verified assertions in, a role and every step that led to it out.

use credential_vending::RoleReason;
use login_providers::Assertion;

use crate::model::pool::PoolRoles;
use crate::model::role_mapping::{AmbiguousRoleResolution, MappingType, Rule};
use crate::role_trace::TraceStep;

/// How a developer's user logs in: by a token of the pool's own.
const PROVIDER: &str = "cognito-identity.amazonaws.com";

/// What ARNs of SAML providers have in them.
const SAML_PROVIDER: &str = ":saml-provider/";

/// Why no role was chosen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NoRoleReason {
    /// The rules say no; the provider whose rules.
    Denied(String),
    /// The pool names no role where the rules lead.
    NotConfigured,
}

/// A role, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chosen {
    /// The role's ARN.
    pub role_arn: String,
    /// What led to it; of several logins, what led the first.
    pub reason: RoleReason,
}

/// A choice, or its failure, with every step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The role.
    pub role: Result<Chosen, NoRoleReason>,
    /// Every step, in order.
    pub trace: Vec<TraceStep>,
}

/// A verified login, and under which key its provider's mapping stands.
#[derive(Clone, Debug)]
pub struct KeyedAssertion<'a> {
    /// The login.
    pub assertion: &'a Assertion,
    /// For a user pool the provider and the client (`idp.example/pool:client`), for a registered provider its ARN, else the
    /// provider itself.
    pub mapping_key: String,
}

/// The role of a guest.
pub(crate) fn choose_for_guest(roles: &PoolRoles) -> Choice {
    let role = roles.unauthenticated.clone().ok_or(NoRoleReason::NotConfigured);
    let mut trace = vec![TraceStep::Guest];
    trace.push(role.as_ref().map_or(TraceStep::Denied, |role| TraceStep::Chosen(role.clone())));
    Choice { role: role.map(|role_arn| Chosen { role_arn, reason: RoleReason::Guest }), trace }
}

/// The role of a user of the operator's own system, whose logins have no mapping.
pub(crate) fn choose_for_developers_user(roles: &PoolRoles, asked: Option<&str>) -> Choice {
    let mut trace = vec![TraceStep::DevelopersUser];
    let role = roles.authenticated.clone().ok_or(NoRoleReason::NotConfigured).and_then(|role| match asked {
        Some(asked) if asked != role => {
            trace.push(TraceStep::Asked { role: asked.to_owned(), allowed: false });
            Err(NoRoleReason::Denied(PROVIDER.to_owned()))
        }
        _ => Ok(role),
    });
    trace.push(role.as_ref().map_or(TraceStep::Denied, |role| TraceStep::Chosen(role.clone())));
    Choice { role: role.map(|role_arn| Chosen { role_arn, reason: RoleReason::NoMapping }), trace }
}

/// The role of somebody with these verified logins, who may ask for one of several.
///
/// It asks nobody and writes nothing: to try a mapping before a pool has it, call this.
///
/// ```
/// use identity_federation::model::pool::PoolRoles;
/// use identity_federation::model::role_choice::{KeyedAssertion, choose};
/// use identity_federation::model::role_mapping::{MappingType, AmbiguousRoleResolution, RoleMapping, Rule, MatchType};
/// use login_providers::Assertion;
/// use serde_json::json;
///
/// let staff = Rule {
///     claim: "department".into(),
///     match_type: MatchType::Equals,
///     value: "engines".into(),
///     role_arn: "arn:aws:iam::123456789012:role/engineer".into(),
/// };
/// let mapping = RoleMapping { mapping_type: MappingType::Rules(vec![staff]), ambiguous_role_resolution: AmbiguousRoleResolution::Deny };
/// let roles = PoolRoles { mappings: [("login.example".to_owned(), mapping)].into(), ..PoolRoles::default() };
/// let ada = Assertion {
///     provider: "login.example".into(),
///     subject: "ada".into(),
///     authorized_party: "web".into(),
///     claims: json!({"department": "engines"}).as_object().unwrap().clone(),
/// };
///
/// let choice = choose(&roles, &[KeyedAssertion { assertion: &ada, mapping_key: "login.example".into() }], None);
/// assert_eq!(choice.role.unwrap().role_arn, "arn:aws:iam::123456789012:role/engineer");
/// ```
pub fn choose(roles: &PoolRoles, logins: &[KeyedAssertion<'_>], asked: Option<&str>) -> Choice {
    let mut trace = Vec::new();
    let mut found: Vec<Chosen> = Vec::new();
    for login in logins {
        trace.push(TraceStep::Login {
            provider: login.assertion.provider.clone(),
            mapping_key: login.mapping_key.clone(),
        });
        match choose_for_login(roles, login, asked, &mut trace) {
            Ok(chosen) if found.iter().any(|other| other.role_arn == chosen.role_arn) => {}
            Ok(chosen) => found.push(chosen),
            Err(no_role) => {
                trace.push(TraceStep::Denied);
                return Choice { role: Err(no_role), trace };
            }
        }
    }
    match found.as_slice() {
        [chosen] => {
            trace.push(TraceStep::Chosen(chosen.role_arn.clone()));
            Choice { role: Ok(chosen.clone()), trace }
        }
        [] => {
            trace.push(TraceStep::Denied);
            Choice { role: Err(NoRoleReason::NotConfigured), trace }
        }
        several => {
            trace.push(TraceStep::Several(several.iter().map(|chosen| chosen.role_arn.clone()).collect()));
            trace.push(TraceStep::Denied);
            let provider = logins.first().map_or_else(String::new, |login| login.assertion.provider.clone());
            Choice { role: Err(NoRoleReason::Denied(provider)), trace }
        }
    }
}

fn choose_for_login(
    roles: &PoolRoles,
    login: &KeyedAssertion<'_>,
    asked: Option<&str>,
    trace: &mut Vec<TraceStep>,
) -> Result<Chosen, NoRoleReason> {
    let denied = || NoRoleReason::Denied(login.assertion.provider.clone());
    let authenticated = || roles.authenticated.clone().ok_or(NoRoleReason::NotConfigured);
    let Some(mapping) = roles.mappings.get(&login.mapping_key) else {
        trace.push(TraceStep::NoMapping);
        if login.mapping_key.contains(SAML_PROVIDER) {
            return choose_for_saml(roles, login, asked, trace);
        }
        let role = authenticated()?;
        return match asked {
            Some(asked) if asked != role => {
                trace.push(TraceStep::Asked { role: asked.to_owned(), allowed: false });
                Err(denied())
            }
            _ => Ok(Chosen { role_arn: role, reason: RoleReason::NoMapping }),
        };
    };
    let key = &login.mapping_key;
    let (first, allowed) = match &mapping.mapping_type {
        MappingType::Token => by_token(key, login.assertion, trace),
        MappingType::Rules(rules) => by_rules(key, rules, login.assertion, trace),
    };
    if let Some(asked) = asked {
        let allowed = allowed.into_iter().find(|chosen| chosen.role_arn == asked);
        trace.push(TraceStep::Asked { role: asked.to_owned(), allowed: allowed.is_some() });
        return allowed.ok_or_else(denied);
    }
    if let Some(chosen) = first {
        return Ok(chosen);
    }
    trace.push(TraceStep::Ambiguous(mapping.ambiguous_role_resolution));
    match mapping.ambiguous_role_resolution {
        AmbiguousRoleResolution::AuthenticatedRole => {
            Ok(Chosen { role_arn: authenticated()?, reason: RoleReason::Otherwise { mapping: key.clone() } })
        }
        AmbiguousRoleResolution::Deny => Err(denied()),
    }
}

/// Where nobody has said otherwise, a SAML response names its roles itself; the caller says which of several.
fn choose_for_saml(
    roles: &PoolRoles,
    login: &KeyedAssertion<'_>,
    asked: Option<&str>,
    trace: &mut Vec<TraceStep>,
) -> Result<Chosen, NoRoleReason> {
    let (first, named) = by_token(&login.mapping_key, login.assertion, trace);
    let denied = || NoRoleReason::Denied(login.assertion.provider.clone());
    match asked {
        Some(asked) => {
            let allowed = named.into_iter().find(|chosen| chosen.role_arn == asked);
            trace.push(TraceStep::Asked { role: asked.to_owned(), allowed: allowed.is_some() });
            allowed.ok_or_else(denied)
        }
        None if named.is_empty() => {
            let role_arn = roles.authenticated.clone().ok_or(NoRoleReason::NotConfigured)?;
            Ok(Chosen { role_arn, reason: RoleReason::NoMapping })
        }
        None => first.ok_or_else(denied),
    }
}

/// The preferred role of the token (or its only one), and all its roles.
fn by_token(key: &str, assertion: &Assertion, trace: &mut Vec<TraceStep>) -> (Option<Chosen>, Vec<Chosen>) {
    let listed = assertion.texts("cognito:roles");
    // Both forms are seen in the wild: an array, and one text with commas.
    let roles: Vec<String> = listed
        .iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|r| !r.is_empty())
        .map(str::to_owned)
        .collect();
    let preferred = assertion.text("cognito:preferred_role").map(str::to_owned);
    trace.push(TraceStep::Token { preferred: preferred.clone(), roles: roles.clone() });
    let single = if let [one] = roles.as_slice() { Some(one.clone()) } else { None };
    let reason = RoleReason::Token { mapping: key.to_owned() };
    let chosen = |role_arn: String| Chosen { role_arn, reason: reason.clone() };
    let first = preferred.filter(|role| roles.contains(role)).or(single);
    (first.map(chosen), roles.into_iter().map(chosen).collect())
}

/// The role of the first rule that matches, and the roles of all that do.
fn by_rules(
    key: &str,
    rules: &[Rule],
    assertion: &Assertion,
    trace: &mut Vec<TraceStep>,
) -> (Option<Chosen>, Vec<Chosen>) {
    let mut matching = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let seen = assertion.claims.get(&rule.claim);
        let matched = rule.matches(seen) == Some(true);
        trace.push(TraceStep::Rule {
            number: at + 1,
            claim: rule.claim.clone(),
            match_type: rule.match_type,
            value: rule.value.clone(),
            seen: seen.map(ToString::to_string),
            matched,
        });
        if matched {
            let reason = RoleReason::Rule { mapping: key.to_owned(), number: at + 1 };
            matching.push(Chosen { role_arn: rule.role_arn.clone(), reason });
        }
    }
    (matching.first().cloned(), matching)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::model::role_mapping::{MatchType, RoleMapping};

    const AUTH: &str = "arn:aws:iam::123456789012:role/auth";
    const ADMIN: &str = "arn:aws:iam::123456789012:role/admin";
    const STAFF: &str = "arn:aws:iam::123456789012:role/staff";

    fn assertion(claims: Value) -> Assertion {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        Assertion { provider: "idp/pool".into(), subject: "s".into(), authorized_party: "c".into(), claims }
    }

    fn roles(mapping_type: MappingType, ambiguous_role_resolution: AmbiguousRoleResolution) -> PoolRoles {
        PoolRoles {
            authenticated: Some(AUTH.into()),
            unauthenticated: None,
            mappings: BTreeMap::from([(
                "idp/pool:c".to_owned(),
                RoleMapping { mapping_type, ambiguous_role_resolution },
            )]),
        }
    }

    fn chosen(roles: &PoolRoles, claims: Value, asked: Option<&str>) -> Result<String, NoRoleReason> {
        let assertion = assertion(claims);
        let login = KeyedAssertion { assertion: &assertion, mapping_key: "idp/pool:c".into() };
        choose(roles, &[login], asked).role.map(|chosen| chosen.role_arn)
    }

    fn rule(claim: &str, match_type: MatchType, value: &str, role: &str) -> Rule {
        Rule { claim: claim.into(), match_type, value: value.into(), role_arn: role.into() }
    }

    #[test]
    fn line_103_by_token_the_preferred_role_or_the_only_one_or_what_the_mapping_says() {
        let open = roles(MappingType::Token, AmbiguousRoleResolution::AuthenticatedRole);
        let strict = roles(MappingType::Token, AmbiguousRoleResolution::Deny);
        let both = json!({"cognito:roles": [ADMIN, STAFF]});
        let preferred = json!({"cognito:roles": [ADMIN, STAFF], "cognito:preferred_role": STAFF});

        assert_eq!(chosen(&open, preferred.clone(), None), Ok(STAFF.into()));
        assert_eq!(chosen(&open, json!({"cognito:roles": [ADMIN]}), None), Ok(ADMIN.into()));
        assert_eq!(chosen(&open, both.clone(), None), Ok(AUTH.into()));
        assert_eq!(chosen(&strict, both.clone(), None), Err(NoRoleReason::Denied("idp/pool".into())));
        assert_eq!(chosen(&strict, both, Some(ADMIN)), Ok(ADMIN.into()));
        assert_eq!(chosen(&open, preferred, Some(AUTH)), Err(NoRoleReason::Denied("idp/pool".into())));
    }

    #[test]
    fn by_rules_the_first_that_matches_wins_and_a_role_asked_for_must_match_too() {
        let rules = vec![
            rule("cognito:groups", MatchType::Contains, "admin", ADMIN),
            rule("email", MatchType::StartsWith, "ada@", STAFF),
        ];
        let roles = roles(MappingType::Rules(rules), AmbiguousRoleResolution::Deny);
        let claims = json!({"cognito:groups": ["admin"], "email": "ada@example.com"});

        assert_eq!(chosen(&roles, claims.clone(), None), Ok(ADMIN.into()));
        assert_eq!(chosen(&roles, claims, Some(STAFF)), Ok(STAFF.into()));
        let staff = json!({"cognito:groups": ["not-admin"], "email": "ada@example.com"});
        assert_eq!(chosen(&roles, staff.clone(), None), Ok(STAFF.into()), "an element is compared whole");
        assert_eq!(chosen(&roles, staff, Some(ADMIN)), Err(NoRoleReason::Denied("idp/pool".into())));
        assert_eq!(chosen(&roles, json!({}), None), Err(NoRoleReason::Denied("idp/pool".into())));
    }

    #[test]
    fn logins_that_come_to_different_roles_come_to_none() {
        let mut roles = roles(MappingType::Token, AmbiguousRoleResolution::Deny);
        roles.mappings.insert(
            "other".into(),
            RoleMapping {
                mapping_type: MappingType::Token,
                ambiguous_role_resolution: AmbiguousRoleResolution::AuthenticatedRole,
            },
        );
        let (one, two) = (assertion(json!({"cognito:roles": [ADMIN]})), assertion(json!({})));
        let logins = [
            KeyedAssertion { assertion: &one, mapping_key: "idp/pool:c".into() },
            KeyedAssertion { assertion: &two, mapping_key: "other".into() },
        ];

        let choice = choose(&roles, &logins, None);

        assert!(matches!(choice.role, Err(NoRoleReason::Denied(_))));
        assert!(choice.trace.contains(&TraceStep::Several(vec![ADMIN.into(), AUTH.into()])));
    }

    #[test]
    fn every_step_can_be_read() {
        let rules = vec![rule("email", MatchType::Equals, "a@b.co", ADMIN)];
        let roles = roles(MappingType::Rules(rules), AmbiguousRoleResolution::AuthenticatedRole);
        let assertion = assertion(json!({"email": "x@y.zz"}));
        let login = KeyedAssertion { assertion: &assertion, mapping_key: "idp/pool:c".into() };

        let lines: Vec<String> = choose(&roles, &[login], None).trace.iter().map(ToString::to_string).collect();

        assert_eq!(
            lines,
            [
                "login of idp/pool, mapping idp/pool:c".to_owned(),
                "rule 1: email Equals \"a@b.co\" does not match (seen: \"x@y.zz\")".to_owned(),
                "no single role found: the pool's authenticated role".to_owned(),
                format!("the role is {AUTH}"),
            ]
        );
    }
}
