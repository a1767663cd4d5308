//! From an access key id back to the person: what was kept when it was vended.

use std::fmt;

use crate::error::Error;
use crate::model::AuditedSession;
use crate::scoped;
use crate::service::CredentialVending;
use crate::session::SessionStamp;
use crate::storage::AuditedWrite;

/// Who is behind an access key id.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditTrail {
    /// The session, and those that it was made of or by, the first of them first. What was narrowed without the server is in no
    /// record; it is found by the session that it was narrowed from.
    pub sessions: Vec<AuditedSession>,
    /// Whether the access key id itself is known, and not only a wider one.
    pub is_exact: bool,
}

impl CredentialVending {
    /// Who is behind an access key id: user, login, identity, rule, session, and every session between. Two lookups, however many
    /// sessions there are. `None` if nothing is kept of it.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn audit(&self, access_key_id: &str) -> Result<Option<AuditTrail>, Error> {
        let mut sessions = self.storage.audited().of(&scoped::ids(access_key_id)).await?;
        let via = sessions.iter().flat_map(|session| &session.via);
        let made_by: Vec<String> = via.flat_map(|via| scoped::ids(&via.access_key_id)).map(str::to_owned).collect();
        let made_by: Vec<&str> = made_by.iter().map(String::as_str).collect();
        sessions.extend(self.storage.audited().of(&made_by).await?);
        sessions.sort_by(|one, other| {
            let order = |session: &AuditedSession| (session.via.len(), session.access_key_id.len());
            order(one).cmp(&order(other)).then_with(|| one.access_key_id.cmp(&other.access_key_id))
        });
        sessions.dedup();
        let is_exact = sessions.iter().any(|session| session.access_key_id == access_key_id);
        Ok((!sessions.is_empty()).then_some(AuditTrail { sessions, is_exact }))
    }

    /// Keeps who is behind a session before its credentials are given to anybody, if the operator wants that.
    pub(crate) async fn keep_for_audit(&self, session: &SessionStamp, access_key_id: &str) -> Result<(), Error> {
        let Some(seconds) = self.keep_audit_seconds else { return Ok(()) };
        let session = AuditedSession::of(session, access_key_id, seconds);
        Ok(self.storage.commit(vec![AuditedWrite::Insert { session }.into()]).await?)
    }
}

impl fmt::Display for AuditTrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sessions.iter().try_for_each(|session| write_session(session, f))?;
        if self.is_exact { Ok(()) } else { writeln!(f, "narrowed from these without the server") }
    }
}

fn write_session(session: &AuditedSession, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "{}: {}", session.access_key_id, session.session_arn)?;
    writeln!(f, "  from {} to {}", session.issued_at.to_iso8601(), session.expires_at.to_iso8601())?;
    writeln!(f, "  role {}: {}", session.role_arn, session.chain.role)?;
    if let Some(identity) = &session.identity {
        writeln!(f, "  identity {} of pool {}", identity.identity, identity.pool)?;
    }
    for login in &session.chain.logins {
        writeln!(f, "  login {:?} at {:?}, client {:?}", login.subject, login.provider, login.client)?;
        if let Some(sign_in) = &login.sign_in {
            writeln!(f, "    sign-in {sign_in:?}")?;
        }
    }
    for via in &session.via {
        writeln!(f, "  made by {} with {}", via.arn, via.access_key_id)?;
    }
    match &session.description {
        Some(description) => writeln!(f, "  narrowed for {description:?}"),
        None => Ok(()),
    }
}
