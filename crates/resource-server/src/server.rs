use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use credential_vending::{CredentialError, RolePolicies, SessionStamp, SessionVerifier, VendingKey};
use iam_policy::{Context, Decision};
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, SystemClock, Timestamp};
use sigv4_verify::{Body, HttpRequest, Payload, Rules, Signature};

use crate::access::Access;
use crate::refusal::{Denial, Refusal};

/// How old a list of revocations may be, in seconds, unless it is said otherwise.
const OLDEST_LIST: i64 = 300;

/// Everything that a resource server needs to judge a request by itself: the keys that open sessions, the newest list of
/// revocations, what each role may do, and what signatures must be like.
///
/// It asks nobody. Until it has a list of revocations, and when its list has grown old, it refuses everything with 503.
pub struct ResourceServer {
    sessions: SessionVerifier,
    roles: RwLock<HashMap<String, Arc<RolePolicies>>>,
    rules: Rules,
    clock: Arc<dyn Clock>,
}

/// Who signed a request. Nothing was decided yet about what it wants.
#[derive(Clone)]
pub struct Caller {
    /// The session.
    pub session: SessionStamp,
    /// Its access key id, by which audits find it.
    pub access_key_id: String,
    /// How the payload is bound to the signature.
    pub payload: Payload,
    #[cfg(feature = "tower")]
    pub(crate) signature: Signature,
    #[cfg(feature = "tower")]
    pub(crate) secret: SecretString,
    now: Timestamp,
}

/// A session whose token came with a request, and the signature that is to be of its secret.
pub(crate) struct Claim {
    session: SessionStamp,
    signature: Signature,
    secret: SecretString,
    now: Timestamp,
}

#[cfg(feature = "tower")]
impl Claim {
    /// The service it is signed for.
    pub(crate) fn service(&self) -> &str {
        &self.signature.scope().service
    }
}

/// A caller who may do what the request wants.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Admitted {
    /// Who it is.
    pub caller: Caller,
    /// What decided, for each wanted action in turn.
    pub decisions: Vec<Decision>,
}

impl ResourceServer {
    /// A resource server that opens sessions with these keys (as `cenote vending-key show` prints them) and takes
    /// signatures by these rules. Lists of revocations may be 300 seconds old; the clock is the system's.
    pub fn new(keys: Vec<VendingKey>, rules: Rules) -> Self {
        let sessions = SessionVerifier::new(keys, OLDEST_LIST);
        Self { sessions, roles: RwLock::default(), rules, clock: Arc::new(SystemClock) }
    }

    /// The same with another verifier of sessions: one whose lists may be older, say.
    #[must_use]
    pub fn with_sessions(self, sessions: SessionVerifier) -> Self {
        Self { sessions, ..self }
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Says what a role may do. What was said of the role of this id before is forgotten.
    pub fn set_role(&self, policies: RolePolicies) {
        let mut roles = self.roles.write().unwrap_or_else(PoisonError::into_inner);
        roles.insert(policies.role_id().to_owned(), Arc::new(policies));
    }

    /// Takes a newer list of revocations, as `GET /.well-known/cenote-revocations` gives it. Poll it well within the
    /// seconds that a list may be old.
    ///
    /// # Errors
    ///
    /// As [`SessionVerifier::take_list`]: the list at hand stays.
    pub fn take_revocations(&self, signed: &str) -> Result<(), CredentialError> {
        self.sessions.take_list(signed, self.clock.now())
    }

    /// Who signed the request: its signature holds, its session is open, has not ended and was not revoked. With
    /// [`Body::Streaming`] nobody has compared the payload yet: see [`Caller::payload`].
    ///
    /// # Errors
    ///
    /// [`Refusal`], of which [`Refusal::Denied`], [`Refusal::UnknownRole`] and those of bodies do not occur.
    pub fn authenticate(&self, request: &HttpRequest, body: &Body<'_>) -> Result<Caller, Refusal> {
        self.prove(self.claim(request)?, request, body)
    }

    /// Whose request it claims to be: a session that is open. That the caller holds its secret is yet to be shown.
    pub(crate) fn claim(&self, request: &HttpRequest) -> Result<Claim, Refusal> {
        let now = self.clock.now();
        let signature = sigv4_verify::read(request)?.ok_or(Refusal::NotSigned)?;
        let token = signature.session_token().ok_or(Refusal::NoSessionToken)?;
        let (session, secret) = self.sessions.verify(signature.access_key_id(), token, now)?;
        Ok(Claim { session, signature, secret, now })
    }

    /// Holds the request to the claimed session's secret.
    pub(crate) fn prove(&self, claim: Claim, request: &HttpRequest, body: &Body<'_>) -> Result<Caller, Refusal> {
        let Claim { session, signature, secret, now } = claim;
        let payload = signature.verify(request, body, secret.expose(), &self.rules, now)?;
        let access_key_id = signature.access_key_id().to_owned();
        Ok(Caller {
            session,
            access_key_id,
            payload,
            #[cfg(feature = "tower")]
            signature,
            #[cfg(feature = "tower")]
            secret,
            now,
        })
    }

    /// Whether the caller may do what is wanted: all of it, or it is refused.
    ///
    /// # Errors
    ///
    /// [`Refusal::UnknownRole`] and [`Refusal::Denied`].
    pub fn authorize(&self, caller: Caller, access: &Access) -> Result<Admitted, Refusal> {
        let roles = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        let role = roles.get(&caller.session.role_id).cloned();
        drop(roles);
        let role = role.ok_or_else(|| Refusal::UnknownRole(caller.session.role_arn.clone()))?;
        let context = at(caller.now, access.context.clone());
        let mut decisions = Vec::with_capacity(access.wanted.len());
        for (action, resource) in &access.wanted {
            let decision = role.decide(&caller.session, action, resource, context.clone());
            if !decision.is_allowed() {
                let (action, resource) = (action.clone(), resource.clone());
                let caller = caller.session.session_arn();
                return Err(Refusal::Denied(Box::new(Denial { caller, action, resource, decision })));
            }
            decisions.push(decision);
        }
        Ok(Admitted { caller, decisions })
    }

    /// Both at once: who signed the request, and whether that session may do what is wanted.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn check(&self, request: &HttpRequest, body: &Body<'_>, access: &Access) -> Result<Admitted, Refusal> {
        self.authorize(self.authenticate(request, body)?, access)
    }
}

/// The time, whatever somebody else has said of it.
fn at(now: Timestamp, mut context: Context) -> Context {
    context.set("aws:CurrentTime", vec![now.to_iso8601()]);
    context.set("aws:EpochTime", vec![now.epoch_seconds().to_string()]);
    context
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceServer").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("session", &self.session.session_arn())
            .field("access_key_id", &self.access_key_id)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}
