//! What a session is, and what narrows it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use iam_policy::{Layer, Policy, PolicyKind};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit_chain::AuditChain;
use crate::carried::Carried;
use crate::resource_tags::ask_for_resource_tags;
use crate::scoped::Scope;

/// Which identity a session belongs to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct IdentityStamp {
    /// The identity's id, `region:uuid`.
    pub identity: String,
    /// The identity pool's id.
    pub pool: String,
    /// How it logged in: `unauthenticated`, or `authenticated` with provider and login.
    pub amr: Vec<String>,
}

/// What a session stands for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SessionKind {
    /// A role that was assumed.
    #[default]
    Role,
    /// An operator (`GetSessionToken`). What stands for the role is the operator: its ARN and its access key id.
    Operator,
    /// Somebody whom an operator vouches for (`GetFederationToken`), named by the session's name. What stands for the role is the
    /// operator.
    FederatedUser,
}

/// What a session is: sealed into its token.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SessionStamp {
    /// What it stands for.
    pub kind: SessionKind,
    /// The role's ARN, path included.
    pub role_arn: String,
    /// The role's id.
    pub role_id: String,
    /// The session's name.
    pub session_name: String,
    /// The identity, if one assumed the role.
    pub identity: Option<IdentityStamp>,
    /// The logins behind it, and why it is this role.
    pub chain: AuditChain,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// What goes with it into sessions that are assumed by it.
    pub carried: Carried,
    /// The revocations that were there already when it was vended: they are not about it. So it is the storage that says
    /// which came first, and not the clocks of nodes, which differ.
    pub revocations_seen: Vec<u64>,
    /// When it was vended.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What narrows it.
    pub(crate) limits: Limits,
}

/// A session to be, of a role and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// The role's ARN, path included.
    pub role_arn: &'a str,
    /// The role's id.
    pub role_id: &'a str,
    /// The session's name.
    pub session_name: &'a str,
    /// When it is vended.
    pub issued_at: Timestamp,
    /// How long it lasts, in seconds.
    pub seconds: i64,
}

/// The documents that narrow a session, and what they say, which is read once.
#[derive(Clone, Default)]
pub(crate) struct Limits {
    session_policies: Option<Vec<String>>,
    ceiling: Option<Vec<String>>,
    scopes: Vec<Scope>,
    read: OnceLock<Result<Arc<ReadLimits>, Layer>>,
}

/// The documents that narrow a session, ready to decide by.
#[derive(Debug)]
pub(crate) struct ReadLimits {
    pub(crate) session: Option<Vec<Policy>>,
    pub(crate) ceiling: Option<Vec<Policy>>,
    /// One for each time that it was narrowed by a policy: every one of them must allow.
    pub(crate) scopes: Vec<Policy>,
}

impl ReadLimits {
    /// Whether one of them may ask for tags of the resource.
    pub(crate) fn asks_for_resource_tags(&self) -> bool {
        ask_for_resource_tags(self.session.iter().chain(&self.ceiling).flatten().chain(&self.scopes))
    }
}

impl Limits {
    pub(crate) fn new(session_policies: Option<Vec<String>>, ceiling: Option<Vec<String>>) -> Self {
        Self { session_policies, ceiling, scopes: Vec::new(), read: OnceLock::new() }
    }

    /// What they say, or which of them cannot be read: such a one may have forbidden anything.
    pub(crate) fn read(&self) -> Result<Arc<ReadLimits>, Layer> {
        self.read.get_or_init(|| self.parse()).clone()
    }

    fn parse(&self) -> Result<Arc<ReadLimits>, Layer> {
        let read = |texts: &Option<Vec<String>>, layer: Layer, name: &str| {
            let parse = |text: &String| Policy::parse(name, PolicyKind::Identity, text).map_err(|_| layer);
            texts.as_ref().map(|texts| texts.iter().map(parse).collect::<Result<Vec<_>, _>>()).transpose()
        };
        let session = read(&self.session_policies, Layer::Session, "session policy")?;
        let ceiling = read(&self.ceiling, Layer::Ceiling, "guest ceiling")?;
        let scopes = self.scopes.iter().filter_map(|scope| Some((scope, scope.policy.as_ref()?)));
        let scopes = scopes.map(|(scope, text)| {
            Policy::parse(&format!("scope {}", scope.id), PolicyKind::Identity, text).map_err(|_| Layer::Session)
        });
        Ok(Arc::new(ReadLimits { session, ceiling, scopes: scopes.collect::<Result<_, _>>()? }))
    }
}

impl PartialEq for Limits {
    fn eq(&self, other: &Self) -> bool {
        let parts = |limits: &Self| (limits.session_policies.clone(), limits.ceiling.clone(), limits.scopes.clone());
        parts(self) == parts(other)
    }
}

impl Eq for Limits {}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session_policies, ceiling, scopes, read: _ } = self;
        f.debug_struct("Limits")
            .field("session_policies", session_policies)
            .field("ceiling", ceiling)
            .field("scopes", scopes)
            .finish_non_exhaustive()
    }
}

impl SessionStamp {
    /// A session of a role and nothing else. It has seen no revocation: any of its role or of everything ends it.
    ///
    /// ```
    /// use credential_vending::{NewSession, SessionStamp, Timestamp};
    ///
    /// let session = SessionStamp::new(NewSession {
    ///     role_arn: "arn:aws:iam::123456789012:role/app",
    ///     role_id: "AROAEXAMPLE",
    ///     session_name: "s1",
    ///     issued_at: Timestamp::from_epoch_seconds(1_700_000_000),
    ///     seconds: 3600,
    /// });
    /// assert_eq!(session.session_arn(), "arn:aws:sts::123456789012:assumed-role/app/s1");
    /// ```
    pub fn new(session: NewSession<'_>) -> Self {
        Self {
            kind: SessionKind::Role,
            role_arn: session.role_arn.to_owned(),
            role_id: session.role_id.to_owned(),
            session_name: session.session_name.to_owned(),
            identity: None,
            chain: AuditChain::default(),
            tags: BTreeMap::new(),
            carried: Carried::default(),
            revocations_seen: Vec::new(),
            issued_at: session.issued_at,
            expires_at: session.issued_at.plus_seconds(session.seconds),
            limits: Limits::default(),
        }
    }

    /// The session, narrowed by these policies, which are united among themselves. `None` narrows nothing.
    #[must_use]
    pub fn with_session_policies(self, policies: Option<Vec<String>>) -> Self {
        Self { limits: Limits { session_policies: policies, read: OnceLock::new(), ..self.limits }, ..self }
    }

    /// The session, narrowed to what guests may do at most. `None` for somebody who has logged in.
    #[must_use]
    pub fn with_ceiling(self, ceiling: Option<Vec<String>>) -> Self {
        Self { limits: Limits { ceiling, read: OnceLock::new(), ..self.limits }, ..self }
    }

    /// The session as it is within these layers, outermost first. It ends with the first of them.
    #[must_use]
    pub(crate) fn within(self, scopes: Vec<Scope>) -> Self {
        let expires_at = scopes.iter().map(|scope| scope.expires_at).fold(self.expires_at, Timestamp::min);
        Self { expires_at, limits: Limits { scopes, read: OnceLock::new(), ..self.limits }, ..self }
    }

    /// How it was narrowed after it was vended, once for each time, the widest first.
    pub fn scopes(&self) -> &[Scope] {
        &self.limits.scopes
    }

    /// Policies that narrow the session: united among themselves. `None` narrows nothing.
    pub fn session_policies(&self) -> Option<&[String]> {
        self.limits.session_policies.as_deref()
    }

    /// What guests may do at most; `None` for somebody who has logged in.
    pub fn ceiling(&self) -> Option<&[String]> {
        self.limits.ceiling.as_deref()
    }
}
