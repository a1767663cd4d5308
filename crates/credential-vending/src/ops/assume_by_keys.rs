//! `AssumeRole`: a role for who holds credentials of this account, an operator's or a session's.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy::Context;

use crate::callers::Caller;
use crate::carried::{Carried, Via};
use crate::error::{CredentialError, Error};
use crate::ops::assume::{Asker, AssumeRole, AssumedRole, Judged, UndefinedRole};
use crate::ports::{Action, Outcome};
use crate::reasons::Invalid;
use crate::service::CredentialVending;
use crate::session::{SessionKind, SessionStamp};

/// Somebody with credentials asks to assume a role.
#[derive(Clone, Debug)]
pub struct AssumeRoleByKeys {
    /// Who signed: what [`holder`](CredentialVending::holder) told of the access key id.
    pub caller: Caller,
    /// The access key id that signed.
    pub access_key_id: String,
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name: 2 to 64 letters, digits and `+=,.@-_`.
    pub session_name: String,
    /// How long, 900 to 43,200 seconds, 3,600 at most for a session; `None` is 3,600.
    pub duration_seconds: Option<i64>,
    /// Session tags, beside those that go on from the caller's session.
    pub tags: BTreeMap<String, String>,
    /// The keys of those that go on into further sessions.
    pub transitive: BTreeSet<String>,
    /// What the role's owner gave to this caller, for trust policies that ask for it (`sts:ExternalId`).
    pub external_id: Option<String>,
    /// Who is behind it, 2 to 64 letters, digits and `+=,.@-_`. The source identity of the caller's session goes on; another
    /// is refused.
    pub source_identity: Option<String>,
    /// Policies that narrow the session. `None` narrows nothing.
    pub session_policies: Option<Vec<String>>,
    /// The ARNs of managed policies that narrow it too, 10 at most.
    pub policy_arns: Vec<String>,
    /// What policies may ask of the request's circumstances.
    pub circumstances: Context,
    /// The session token has so many characters at least, 0 to 4,096.
    pub minimum_token_size: usize,
}

/// The longest session that a session can make, in seconds.
const LONGEST_CHAINED_SECONDS: i64 = 3600;

impl CredentialVending {
    /// Vends credentials of a role to who holds credentials of this account. The role's trust policy must name the caller: the
    /// session or operator, the session's role, or the account, and then the caller's own policies must allow
    /// `sts:AssumeRole` on the role. Tags and a source identity want `sts:TagSession` and `sts:SetSourceIdentity` likewise,
    /// those that go on from the caller's session too.
    ///
    /// What a session makes lives an hour at most; what narrowed credentials make ends with them. Whatever revokes the caller's
    /// session revokes what it made.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`] also for a role that is not there, for another source identity than the caller's, and for
    /// sessions of [`SessionKind::FederatedUser`]; [`Error::InvalidInput`] with [`Invalid::ChainedDuration`],
    /// [`Invalid::TransitiveTagTaken`] and what a request can break; others as [`assume_role`](Self::assume_role).
    pub async fn assume_role_by_keys(&self, request: AssumeRoleByKeys) -> Result<AssumedRole, Error> {
        let role_arn = request.role_arn.clone();
        let assumed = self.vend_by_keys(request).await;
        let access_key_id = assumed.as_ref().ok().map(|assumed| assumed.credentials.access_key_id.clone());
        self.record(Action::AssumeRole, &role_arn, access_key_id, Outcome::of(&assumed)).await;
        assumed
    }

    async fn vend_by_keys(&self, request: AssumeRoleByKeys) -> Result<AssumedRole, Error> {
        let caller = request.caller.clone();
        let authority = self.authority(&caller).await.map_err(of_lookup)?;
        let ends = match &caller {
            Caller::Session(session) if !session.scopes().is_empty() => Some(session.expires_at),
            _ => None,
        };
        self.vend(request.of_role()?, Judged::Keys(&authority, ends)).await
    }
}

/// A lookup of who holds credentials failed.
pub(crate) fn of_lookup(error: CredentialError) -> Error {
    match error {
        CredentialError::Storage(error) => error.into(),
        _ => Error::AccessDenied,
    }
}

impl AssumeRoleByKeys {
    /// The request to the role, with what the caller's session carries into it.
    fn of_role(self) -> Result<AssumeRole, Error> {
        let nobody = (BTreeMap::new(), Carried::default());
        let (inherited, before) = self.session().map_or(nobody, |session| {
            let goes_on = |(key, _): &(&String, &String)| session.carried.transitive.contains(*key);
            let tags = session.tags.iter().filter(goes_on).map(|(key, value)| (key.clone(), value.clone()));
            (tags.collect(), session.carried.clone())
        });
        let duration_seconds = self.duration()?;
        let asker = self.asker()?;
        check_taken(&inherited, &self.tags)?;
        if self.transitive.iter().any(|key| !self.tags.contains_key(key)) {
            return Err(Invalid::TransitiveTags.into());
        }
        let carried = self.carried(before)?;
        let chain = self.session().map(|session| session.chain.clone()).unwrap_or_default();
        let login = self.circumstances_of_caller();
        Ok(AssumeRole {
            role_arn: self.role_arn,
            session_name: self.session_name,
            duration_seconds,
            asker,
            login,
            identity: None,
            chain,
            tags: self.tags.into_iter().chain(inherited).collect(),
            session_policies: self.session_policies,
            policy_arns: self.policy_arns,
            ceiling: self.caller.session().and_then(|session| session.ceiling().map(<[String]>::to_vec)),
            undefined: UndefinedRole::Refuse,
            carried,
            minimum_token_size: self.minimum_token_size,
        })
    }

    fn session(&self) -> Option<&SessionStamp> {
        self.caller.session()
    }

    fn duration(&self) -> Result<i64, Error> {
        let seconds = self.duration_seconds.unwrap_or(LONGEST_CHAINED_SECONDS);
        let chained = self.session().is_some_and(|session| session.kind == SessionKind::Role);
        if chained && seconds > LONGEST_CHAINED_SECONDS {
            return Err(Invalid::ChainedDuration.into());
        }
        Ok(seconds)
    }

    fn asker(&self) -> Result<Asker, Error> {
        if self.session().is_some_and(|session| session.kind == SessionKind::FederatedUser) {
            return Err(Error::AccessDenied);
        }
        Ok(Asker::Keys(self.caller.principal()))
    }

    /// What goes on: nobody changes what was said of a session before.
    fn carried(&self, before: Carried) -> Result<Carried, Error> {
        let source_identity = match (before.source_identity, self.source_identity.clone()) {
            (Some(before), Some(now)) if before != now => return Err(Error::AccessDenied),
            (before, now) => before.or(now),
        };
        let link = Via::of(&self.caller, &self.access_key_id);
        let via = before.via.into_iter().chain([link]).collect();
        let transitive = before.transitive.into_iter().chain(self.transitive.iter().cloned()).collect();
        Ok(Carried { source_identity, transitive, via, ..before })
    }

    fn circumstances_of_caller(&self) -> Context {
        match &self.external_id {
            Some(id) => self.circumstances.clone().with("sts:ExternalId", id),
            None => self.circumstances.clone(),
        }
    }
}

/// A tag that goes on is given anew by nobody, whatever its case.
fn check_taken(inherited: &BTreeMap<String, String>, given: &BTreeMap<String, String>) -> Result<(), Error> {
    let taken: BTreeSet<String> = inherited.keys().map(|key| key.to_lowercase()).collect();
    if given.keys().any(|key| taken.contains(&key.to_lowercase())) {
        return Err(Invalid::TransitiveTagTaken.into());
    }
    Ok(())
}
