//! Whom a role trusts: said when it is written, and judged when it is assumed.

use iam_policy::{Context, Policy, PolicyKind, Request, trusts};
use serde_json::{Map, Value};

use crate::asker::Asker;
use crate::error::Error;

/// The provider whose logins are those of every identity pool, and the key by which a policy tells them apart.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";
const POOL_KEY: &str = "cognito-identity.amazonaws.com:aud";

/// Providers whose logins are those of every app there is, each with the keys that tell apps apart.
const SHARED: [(&str, &[&str]); 4] = [
    (IDENTITY_POOLS, &[POOL_KEY]),
    ("accounts.google.com", &["accounts.google.com:aud", "accounts.google.com:oaud"]),
    ("graph.facebook.com", &["graph.facebook.com:app_id"]),
    ("www.amazon.com", &["www.amazon.com:app_id"]),
];
/// What none of those keys ever is.
const ANY: &str = "any:00000000-0000-0000-0000-000000000000";

/// Takes a trust policy that can be read and, where it trusts identity pools, says which.
pub(crate) fn check_trust_policy(text: &str) -> Result<(), Error> {
    Policy::parse("trust", PolicyKind::Trust, text)?;
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let statements = match document.get("Statement") {
        Some(Value::Array(many)) => many.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    if statements.into_iter().filter_map(Value::as_object).any(trusts_every_pool) {
        return Err(Error::TrustsEveryPool);
    }
    Ok(())
}

fn trusts_every_pool(statement: &Map<String, Value>) -> bool {
    let allows = statement.get("Effect").is_some_and(|effect| effect == "Allow");
    let federated = statement.get("Principal").and_then(|principal| principal.get("Federated"));
    allows && federated.is_some_and(|named| texts(named).any(|name| name == IDENTITY_POOLS)) && !names_pools(statement)
}

/// Whether a condition asks which pool it is, in a way that an absent answer or just any does not meet.
fn names_pools(statement: &Map<String, Value>) -> bool {
    let conditions = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    conditions.filter(|(operator, _)| tells_apart(operator)).any(|(_, keys)| {
        let asked = keys.as_object().into_iter().flatten().filter(|(key, _)| key.eq_ignore_ascii_case(POOL_KEY));
        asked.into_iter().any(|(_, wanted)| texts(wanted).all(|pool| pool.bytes().any(|byte| !b"*?".contains(&byte))))
    })
}

fn tells_apart(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    let plain = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    ["stringequals", "stringequalsignorecase", "stringlike"].contains(&plain)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    value.as_str().into_iter().chain(many)
}

/// Somebody who asks to assume a role.
pub(crate) struct Login<'a> {
    pub(crate) asker: &'a Asker,
    pub(crate) role_arn: &'a str,
    pub(crate) context: &'a Context,
}

impl Login<'_> {
    /// What is asked of a trust policy.
    pub(crate) fn request(&self, action: &str) -> Request {
        Request {
            principal: self.asker.principal(),
            action: action.to_owned(),
            resource: self.role_arn.to_owned(),
            context: self.context.clone(),
        }
    }

    /// The keys that tell apps of its provider apart, if that provider is everybody's.
    fn tenancy(&self) -> Option<&'static [&'static str]> {
        let Asker::WebIdentity(provider) = self.asker else { return None };
        SHARED.iter().find(|(shared, _)| shared == provider).map(|(_, keys)| *keys)
    }

    /// Whether a trust policy allows it this action. One that cannot be read trusts nobody; nor does one that trusts a login of a
    /// provider that is everybody's, and would trust it from any other app (or identity pool) as well.
    pub(crate) fn is_trusted(&self, trust: &Policy, action: &str) -> bool {
        let allowed = |context: Context| trusts(trust, &Request { context, ..self.request(action) }).is_allowed();
        let of_any = |keys: &[&str]| keys.iter().fold(self.context.clone(), |context, key| context.with(key, ANY));
        allowed(self.context.clone()) && !self.tenancy().is_some_and(|keys| allowed(of_any(keys)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(condition: &str) -> Result<(), Error> {
        check_trust_policy(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{IDENTITY_POOLS}"}},
                "Action":"sts:AssumeRoleWithWebIdentity"{condition}}}]}}"#
        ))
    }

    #[test]
    fn a_role_that_trusts_identity_pools_says_which() {
        for good in [
            r#"{"StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}"#,
            r#"{"StringEquals":{"Cognito-Identity.amazonaws.com:AUD":["a","b"]}}"#,
            r#"{"StringLike":{"cognito-identity.amazonaws.com:aud":"eu-west-1:*"}}"#,
            r#"{"ForAnyValue:StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}"#,
        ] {
            assert!(judged(&format!(r#","Condition":{good}"#)).is_ok(), "{good}");
        }
        assert!(matches!(judged(""), Err(Error::TrustsEveryPool)));
        for loose in [
            r#"{"StringEqualsIfExists":{"cognito-identity.amazonaws.com:aud":"pool"}}"#,
            r#"{"StringNotEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}"#,
            r#"{"StringLike":{"cognito-identity.amazonaws.com:aud":"*"}}"#,
            r#"{"StringLike":{"cognito-identity.amazonaws.com:aud":["pool","*?"]}}"#,
            r#"{"ForAllValues:StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}"#,
            r#"{"StringEquals":{"cognito-identity.amazonaws.com:sub":"x"}}"#,
        ] {
            let outcome = judged(&format!(r#","Condition":{loose}"#));
            assert!(matches!(outcome, Err(Error::TrustsEveryPool)), "{loose}: {outcome:?}");
        }
    }

    #[test]
    fn other_providers_and_denials_need_no_pool() {
        let trust = |effect: &str, provider: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Principal":{{"Federated":["{provider}"]}},
                    "Action":"sts:AssumeRoleWithWebIdentity"}}}}"#
            )
        };

        assert!(check_trust_policy(&trust("Allow", "accounts.google.com")).is_ok());
        assert!(check_trust_policy(&trust("Deny", IDENTITY_POOLS)).is_ok());
        assert!(matches!(check_trust_policy(&trust("Allow", IDENTITY_POOLS)), Err(Error::TrustsEveryPool)));
    }

    #[test]
    fn a_trust_policy_that_was_written_past_the_check_trusts_no_pool() {
        let loose = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{IDENTITY_POOLS}"}},
                "Action":"sts:AssumeRoleWithWebIdentity"}}]}}"#
        );
        let bound = loose.replace(
            r#"Identity"}"#,
            r#"Identity","Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}}"#,
        );
        let context = Context::new().with(POOL_KEY, "pool");
        let asker = Asker::WebIdentity(IDENTITY_POOLS.to_owned());
        let login = Login { asker: &asker, role_arn: "arn:aws:iam::123456789012:role/app", context: &context };
        let trusted = |text: &str| {
            login.is_trusted(&Policy::parse("trust", PolicyKind::Trust, text).unwrap(), "sts:AssumeRoleWithWebIdentity")
        };

        assert_eq!((trusted(&bound), trusted(&loose)), (true, false));
    }
}
