//! What a token for other services says.

use credential_vending::{Caller, SessionStamp};
use identity_kernel::account_region::AccountRegion;
use identity_kernel::time::Timestamp;
use serde_json::{Map, Value, json};

use super::request::{GetWebIdentityToken, SubjectMode};
use crate::error::Error;
use crate::reasons::OutboundProblem;

/// The claim with what AWS says of a session.
const DETAILS: &str = "https://sts.amazonaws.com/";

impl GetWebIdentityToken {
    /// The claims of a token of this issuer and id, made and ending then.
    pub(super) fn claims(
        &self,
        issuer: &str,
        id: &str,
        (made, ends): (Timestamp, Timestamp),
        place: &AccountRegion,
    ) -> Result<Value, Error> {
        let audience = match self.audiences.as_slice() {
            [one] => json!(one),
            several => json!(several),
        };
        let mut claims = json!({
            "iss": issuer,
            "aud": audience,
            "sub": self.subject()?,
            "subject_mode": self.subject_mode.as_str(),
            "iat": made.epoch_seconds(),
            "exp": ends.epoch_seconds(),
            "jti": id,
            DETAILS: self.details(place),
        });
        if let (Some(scope), Some(claims)) = (&self.scope, claims.as_object_mut()) {
            claims.insert("scope".to_owned(), json!(scope));
        }
        Ok(claims)
    }

    fn subject(&self) -> Result<String, Error> {
        match (self.subject_mode, &self.caller) {
            (SubjectMode::AwsIdentity, Caller::Session(session)) => Ok(session.role_arn.clone()),
            (SubjectMode::AwsIdentity, other) => Ok(other.arn()),
            (SubjectMode::OriginIdentity, _) => {
                let origin = self.caller.session().and_then(|session| session.carried.origin.as_ref());
                let subject = origin.map(|origin| origin.subject.clone()).ok_or(OutboundProblem::Origin)?;
                if could_be_arn(&subject) { Err(OutboundProblem::Origin.into()) } else { Ok(subject) }
            }
        }
    }

    fn details(&self, place: &AccountRegion) -> Value {
        let mut details = Map::new();
        details.insert("aws_account".to_owned(), json!(place.account));
        details.insert("source_region".to_owned(), json!(place.region));
        if !self.tags.is_empty() {
            details.insert("request_tags".to_owned(), json!(self.tags));
        }
        if let Some(session) = self.caller.session() {
            details.extend(of_session(session));
        }
        Value::Object(details)
    }
}

/// A subject that another service could take for somebody's ARN, or that does not print as it is.
fn could_be_arn(subject: &str) -> bool {
    let front = subject.get(..4).is_some_and(|front| front.eq_ignore_ascii_case("arn:"));
    front || subject.is_empty() || subject.chars().any(char::is_control)
}

fn of_session(session: &SessionStamp) -> Map<String, Value> {
    let carried = &session.carried;
    let origin = carried.origin.as_ref();
    let optional = [
        ("principal_id", Some(json!(session.session_arn()))),
        ("original_session_exp", Some(json!(session.expires_at.to_iso8601()))),
        ("principal_tags", (!session.tags.is_empty()).then(|| json!(session.tags))),
        ("source_identity", carried.source_identity.as_ref().map(|source| json!(source))),
        ("federated_provider", origin.map(|origin| json!(origin.provider_arn.as_ref().unwrap_or(&origin.issuer)))),
    ];
    optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_that_looks_like_an_arn_in_any_case_is_none() {
        for bent in ["arn:aws:iam::1:role/a", "ARN:x", "aRn:", "a\nb", ""] {
            assert!(could_be_arn(bent), "{bent}");
        }
        for fine in ["ada", "arn", "xarn:", "é"] {
            assert!(!could_be_arn(fine), "{fine}");
        }
    }
}
