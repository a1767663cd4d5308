//! Who stands behind a session, and what a token brings for it: the claims that AWS reads.

use std::collections::{BTreeMap, BTreeSet};

use credential_vending::{Carried, IdentityStamp, OriginIdentity, SubjectType};
use login_providers::Assertion;
use serde_json::Value;

use crate::service::IdentityPools;

/// The claim with a session's tags: `{"principal_tags": {"team": ["engines"]}, "transitive_tag_keys": ["team"]}`.
const TAGS: &str = "https://aws.amazon.com/tags";
/// The claim with a session's source identity.
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
/// What a token says of the one login that it tells of.
const TRANSACTION: [&str; 6] = ["acr", "amr", "auth_time", "jti", "origin_jti", "sid"];
/// Claims that tokens of programs have: of Kubernetes, and of a run of a job.
const WORKLOADS: [&str; 3] = ["job_workflow_ref", "kubernetes.io", "pipeline_id"];
/// The longest value of a login's circumstances, in characters.
const LONGEST: usize = 128;

impl IdentityPools {
    /// An identity stands behind its sessions, and its pool says so.
    pub(crate) fn origin_of_identity(&self, stamp: &IdentityStamp) -> Option<OriginIdentity> {
        let issuer = self.issuer(&stamp.pool.parse().ok()?);
        Some(OriginIdentity {
            subject: stamp.identity.clone(),
            issuer: without_scheme(&issuer).to_owned(),
            ..OriginIdentity::default()
        })
    }
}

fn without_scheme(issuer: &str) -> &str {
    issuer.split_once("://").map_or(issuer, |(_, rest)| rest)
}

/// What a verified token carries into a session; of the provider of this ARN, if it is registered.
pub(crate) fn carried_of(assertion: &Assertion, provider_arn: Option<&str>) -> Carried {
    let transitive = assertion.claims.get(TAGS).and_then(|tags| tags.get("transitive_tag_keys"));
    Carried {
        source_identity: assertion.text(SOURCE_IDENTITY).map(str::to_owned),
        transitive: transitive.map(texts).unwrap_or_default().into_iter().collect::<BTreeSet<_>>(),
        origin: Some(origin_of(assertion, provider_arn)),
        ..Carried::default()
    }
}

/// The session tags that a token asks for; a tag with several values has the first.
pub(crate) fn session_tags_of(assertion: &Assertion) -> BTreeMap<String, String> {
    let tags = assertion.claims.get(TAGS).and_then(|tags| tags.get("principal_tags")).and_then(Value::as_object);
    let tag = |(key, value): (&String, &Value)| Some((key.clone(), texts(value).into_iter().next()?));
    tags.into_iter().flatten().filter_map(tag).collect()
}

fn origin_of(assertion: &Assertion, provider_arn: Option<&str>) -> OriginIdentity {
    let claims = &assertion.claims;
    let is_program = WORKLOADS.iter().any(|claim| claims.contains_key(*claim))
        || assertion.subject == assertion.authorized_party
        || assertion.text("gty") == Some("client-credentials");
    OriginIdentity {
        subject: assertion.subject.clone(),
        subject_type: if is_program { SubjectType::Workload } else { SubjectType::User },
        issuer: without_scheme(assertion.text("iss").unwrap_or(&assertion.provider)).to_owned(),
        provider_arn: provider_arn.map(str::to_owned),
        transaction: TRANSACTION
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), told(claims.get(*name)?)?)))
            .collect(),
    }
}

/// A claim as one text, if it is short enough.
fn told(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        other => texts(other).join(" "),
    };
    (!text.is_empty() && text.chars().count() <= LONGEST).then_some(text)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assertion(claims: &Value) -> Assertion {
        let claims = claims.as_object().unwrap().clone();
        Assertion {
            provider: "idp.example".to_owned(),
            subject: "ada".to_owned(),
            authorized_party: "app".to_owned(),
            claims,
        }
    }

    #[test]
    fn a_token_brings_tags_a_source_identity_and_who_it_is_about() {
        let token =
            assertion(&json!({"iss": "https://idp.example/a", "acr": "high", "amr": ["pwd", "otp"], "auth_time": 5,
            "sid": "s".repeat(129), TAGS: {"principal_tags": {"team": ["engines", "looms"], "level": "3", "none": []},
            "transitive_tag_keys": ["team"]}, SOURCE_IDENTITY: "ada"}));

        let carried = carried_of(&token, Some("arn:aws:iam::123456789012:oidc-provider/idp.example/a"));
        let tags = session_tags_of(&token);

        assert_eq!(
            tags.into_iter().collect::<Vec<_>>(),
            [("level".to_owned(), "3".to_owned()), ("team".to_owned(), "engines".to_owned())]
        );
        assert_eq!(carried.source_identity.as_deref(), Some("ada"));
        assert_eq!(carried.transitive.into_iter().collect::<Vec<_>>(), ["team"]);
        let origin = carried.origin.unwrap();
        assert_eq!((origin.subject.as_str(), origin.issuer.as_str()), ("ada", "idp.example/a"));
        assert_eq!(origin.subject_type, SubjectType::User);
        let told = [("acr", "high"), ("amr", "pwd otp"), ("auth_time", "5")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(origin.transaction, BTreeMap::from(told));
    }

    #[test]
    fn programs_are_told_from_people() {
        for claims in
            [json!({"kubernetes.io": {}}), json!({"gty": "client-credentials"}), json!({"job_workflow_ref": "a"})]
        {
            assert_eq!(origin_of(&assertion(&claims), Some("arn")).subject_type, SubjectType::Workload, "{claims}");
        }
        assert_eq!(origin_of(&assertion(&json!({})), None).subject_type, SubjectType::User);
    }
}
