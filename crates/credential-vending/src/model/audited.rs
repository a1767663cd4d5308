use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit_chain::AuditChain;
use crate::carried::{OriginIdentity, Via};
use crate::session::{IdentityStamp, SessionStamp};

/// Who is behind an access key id, kept for as long as the operator wants.
///
/// It holds no secret, but it names people.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AuditedSession {
    /// The access key id.
    pub access_key_id: String,
    /// The session's ARN.
    pub session_arn: String,
    /// The ARN of the role, or of the operator whose session it is.
    pub role_arn: String,
    /// The identity, if one assumed the role.
    pub identity: Option<IdentityStamp>,
    /// The logins behind it, and why it is this role.
    pub chain: AuditChain,
    /// The callers by whose credentials it was made, the first of them first.
    pub via: Vec<Via>,
    /// Its source identity.
    pub source_identity: Option<String>,
    /// The person or program whose login it was.
    pub origin: Option<OriginIdentity>,
    /// What it is for, if it was narrowed by the server: as whoever narrowed it says.
    pub description: Option<String>,
    /// When it was vended.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Until when this is kept.
    pub kept_until: Timestamp,
}

impl AuditedSession {
    /// What is kept of a session for so many seconds after its end.
    pub(crate) fn of(session: &SessionStamp, access_key_id: &str, keep_seconds: i64) -> Self {
        let carried = &session.carried;
        Self {
            access_key_id: access_key_id.to_owned(),
            session_arn: session.session_arn(),
            role_arn: session.role_arn.clone(),
            identity: session.identity.clone(),
            chain: session.chain.clone(),
            via: carried.via.clone(),
            source_identity: carried.source_identity.clone(),
            origin: carried.origin.clone(),
            description: session.scopes().last().and_then(|scope| scope.description.clone()),
            issued_at: session.issued_at,
            expires_at: session.expires_at,
            kept_until: session.expires_at.plus_seconds(keep_seconds),
        }
    }
}
