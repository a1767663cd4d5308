//! How a session stands in its token: what it is, and apart from that what narrows it.
//!
//! Verifiers of other versions read it. Members that they do not know inform, and are passed over; but a member of `limits` that
//! they do not know is a restriction, and a session that carries one is refused, as `crit` is in a JWS (RFC 7515 §4.1.11).

use std::collections::BTreeMap;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::audit_chain::AuditChain;
use crate::carried::Carried;
use crate::error::CredentialError;
use crate::session::{IdentityStamp, Limits, SessionKind, SessionStamp};

/// The form that is written and read here. A higher one cannot be read at all.
const FORM: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Sealed {
    form: u16,
    #[serde(default)]
    kind: SessionKind,
    role_arn: String,
    role_id: String,
    session_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<IdentityStamp>,
    #[serde(default)]
    chain: AuditChain,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    carried: Carried,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revocations_seen: Vec<u64>,
    issued_at: Timestamp,
    limits: SealedLimits,
    /// Nothing, so that a token has the size that was asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pad: String,
}

/// Whatever narrows a session.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedLimits {
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session_policies: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ceiling: Option<Vec<String>>,
}

const LIMITS: [&str; 3] = ["expires_at", "session_policies", "ceiling"];

/// The session as it is sealed, with so many characters of nothing.
#[expect(clippy::expect_used, reason = "a session is text, numbers and lists of them")]
pub(crate) fn write(session: &SessionStamp, pad: usize) -> Vec<u8> {
    let SessionStamp {
        kind,
        role_arn,
        role_id,
        session_name,
        identity,
        chain,
        tags,
        carried,
        revocations_seen,
        issued_at,
        ..
    } = session.clone();
    let limits = SealedLimits {
        expires_at: session.expires_at,
        session_policies: session.session_policies().map(<[String]>::to_vec),
        ceiling: session.ceiling().map(<[String]>::to_vec),
    };
    let sealed = Sealed {
        form: FORM,
        kind,
        role_arn,
        role_id,
        session_name,
        identity,
        chain,
        tags,
        carried,
        revocations_seen,
        issued_at,
        limits,
        pad: "-".repeat(pad),
    };
    // INVARIANT: text, numbers, and lists and maps by text of these have a JSON form.
    serde_json::to_vec(&sealed).expect("a session has a JSON form")
}

/// The session that was sealed so.
pub(crate) fn read(plain: &[u8]) -> Result<SessionStamp, CredentialError> {
    let sealed: Sealed = serde_json::from_slice(plain).map_err(|_| why_unreadable(plain))?;
    if sealed.form != FORM {
        return Err(why_unreadable(plain));
    }
    let SealedLimits { expires_at, session_policies, ceiling } = sealed.limits;
    Ok(SessionStamp {
        kind: sealed.kind,
        role_arn: sealed.role_arn,
        role_id: sealed.role_id,
        session_name: sealed.session_name,
        identity: sealed.identity,
        chain: sealed.chain,
        tags: sealed.tags,
        carried: sealed.carried,
        revocations_seen: sealed.revocations_seen,
        issued_at: sealed.issued_at,
        expires_at,
        limits: Limits::new(session_policies, ceiling),
    })
}

fn why_unreadable(plain: &[u8]) -> CredentialError {
    #[derive(Deserialize)]
    struct Form {
        form: u16,
        #[serde(default)]
        limits: BTreeMap<String, Value>,
    }
    let newer = |sealed: Form| sealed.form > FORM || sealed.limits.keys().any(|name| !LIMITS.contains(&name.as_str()));
    if serde_json::from_slice(plain).is_ok_and(newer) {
        CredentialError::UnknownRestriction
    } else {
        CredentialError::Invalid
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::session::NewSession;

    fn sealed() -> Value {
        let session = SessionStamp::new(NewSession {
            role_arn: "arn:aws:iam::123456789012:role/app",
            role_id: "AROAX",
            session_name: "s",
            issued_at: Timestamp::from_epoch_seconds(1_700_000_000),
            seconds: 900,
        });
        let session = session.with_session_policies(Some(vec!["{}".to_owned()])).with_ceiling(Some(Vec::new()));
        serde_json::from_slice(&write(&session, 0)).unwrap()
    }

    fn outcome(change: impl Fn(&mut Value)) -> Result<SessionStamp, CredentialError> {
        let mut value = sealed();
        change(&mut value);
        read(value.to_string().as_bytes())
    }

    #[test]
    fn a_session_is_read_as_it_was_written() {
        let session = outcome(|_| ()).unwrap();

        assert_eq!((session.session_policies(), session.ceiling()), (Some(&["{}".to_owned()][..]), Some(&[][..])));
        assert_eq!(serde_json::from_slice::<Value>(&write(&session, 0)).unwrap(), sealed());
    }

    #[test]
    fn a_restriction_or_form_of_a_newer_version_refuses_and_news_of_it_is_passed_over() {
        assert!(outcome(|token| token["lately"] = json!({"any": "news"})).is_ok());
        for change in [
            (|token| token["limits"]["source_networks"] = json!(["10.0.0.0/8"])) as fn(&mut Value),
            |token| token["limits"]["second_factor"] = Value::Null,
            |token| token["form"] = json!(2),
        ] {
            assert!(matches!(outcome(change), Err(CredentialError::UnknownRestriction)));
        }
    }

    #[test]
    fn a_session_without_its_end_or_with_a_bent_limit_is_none() {
        for change in [
            (|token| drop(token["limits"].as_object_mut().unwrap().remove("expires_at"))) as fn(&mut Value),
            |token| drop(token.as_object_mut().unwrap().remove("limits")),
            |token| drop(token.as_object_mut().unwrap().remove("form")),
            |token| token["form"] = json!(0),
            |token| token["limits"]["ceiling"] = json!("all"),
            |token| token["limits"]["session_policies"] = json!([1]),
        ] {
            assert!(matches!(outcome(change), Err(CredentialError::Invalid)));
        }
    }
}
