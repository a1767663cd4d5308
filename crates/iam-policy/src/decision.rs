use std::fmt;

use crate::context::Context;
use crate::kind::PolicyKind;
use crate::policy::Policy;
use crate::principal::{Meant, Principal};
use crate::statement::{Effect, Statement};

/// Who wants what under which circumstances.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// What is wanted: `s3:PutObject`.
    pub action: String,
    /// On what: an ARN, or `*` where the action has no resource.
    pub resource: String,
    /// The circumstances.
    pub context: Context,
}

/// The documents that speak about a request, by layer. More layers may come.
///
/// A limit that is `None` limits nothing; one that is an empty list allows nothing. Which kind of document belongs where:
/// [`PolicyKind`].
///
/// ```
/// use iam_policy::{Policies, Policy};
///
/// let (own, session) = ([Policy::administrator()], [Policy::administrator()]);
/// let policies = Policies::of_identity(&own).with_session(&session);
/// assert!(policies.boundary.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Policies<'a> {
    /// What the principal may do.
    pub identity: &'a [Policy],
    /// Who may use the resource, as the resource says, in the principal's own account.
    pub resource: Option<&'a Policy>,
    /// The most that the principal may ever do.
    pub boundary: Option<&'a [Policy]>,
    /// What this session was narrowed to.
    pub session: Option<&'a [Policy]>,
    /// What guests may do at most.
    pub ceiling: Option<&'a [Policy]>,
}

impl<'a> Policies<'a> {
    /// Identity policies alone.
    pub fn of_identity(identity: &'a [Policy]) -> Self {
        Self { identity, ..Self::default() }
    }

    /// The same with the resource's own policy.
    #[must_use]
    pub fn with_resource(self, resource: &'a Policy) -> Self {
        Self { resource: Some(resource), ..self }
    }

    /// The same within this permissions boundary.
    #[must_use]
    pub fn with_boundary(self, boundary: &'a [Policy]) -> Self {
        Self { boundary: Some(boundary), ..self }
    }

    /// The same within these session policies.
    #[must_use]
    pub fn with_session(self, session: &'a [Policy]) -> Self {
        Self { session: Some(session), ..self }
    }

    /// The same within the guests' ceiling.
    #[must_use]
    pub fn with_ceiling(self, ceiling: &'a [Policy]) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    /// Every layer with its documents, if it has any; first the two that can grant.
    pub(crate) fn layers(&self) -> [(Layer, Option<&'a [Policy]>); 5] {
        [
            (Layer::Identity, Some(self.identity)),
            (Layer::Resource, self.resource.map(std::slice::from_ref)),
            (Layer::Boundary, self.boundary),
            (Layer::Session, self.session),
            (Layer::Ceiling, self.ceiling),
        ]
    }
}

/// Where a deciding policy stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Layer {
    /// The principal's own policies.
    Identity,
    /// The resource's policy, or a role's trust policy.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// The session policies.
    Session,
    /// The guests' ceiling.
    Ceiling,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity policy",
            Self::Resource => "resource policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Ceiling => "guest ceiling",
        })
    }
}

/// The answer in one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Allowed.
    Allowed,
    /// A statement forbids it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
}

/// What decided.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// This statement, by policy and `Sid` (or place), allowed or forbade it.
    Statement {
        /// The layer of the policy.
        layer: Layer,
        /// The policy's name.
        policy: String,
        /// The statement's `Sid`, or `#` and its place.
        statement: String,
    },
    /// No statement of this layer allows it.
    NothingAllows(Layer),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement { layer, policy, statement } => {
                write!(f, "statement {statement} of the {layer} \"{policy}\"")
            }
            Self::NothingAllows(layer) => write!(f, "no statement of the {layer} allows it"),
        }
    }
}

/// The answer and what decided it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// What decided.
    pub reason: Reason,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    fn implicit(layer: Layer) -> Self {
        Self { verdict: Verdict::ImplicitDeny, reason: Reason::NothingAllows(layer) }
    }
}

/// Decides a request in the principal's own account.
///
/// A denying statement of any layer wins. Then the resource's policy may grant (to the session or user itself without
/// limits, to its role or to everyone within them), or else the identity policies must; then every limit there is must
/// allow it too.
///
/// "The `NotPrincipal` element with a Deny effect will always deny any IAM principal that has a permissions boundary policy
/// attached, regardless of the values specified in the `NotPrincipal` element" (IAM user guide, "`NotPrincipal`").
pub fn decide(policies: &Policies<'_>, request: &Request) -> Decision {
    decide_by(policies, request, PolicyKind::Resource)
}

/// Decides whether somebody with these policies may assume a role of their own account by its trust policy, which must name
/// them: themselves or their role, and then their own policies need not allow it, or their account alone, and then they must.
/// Limits and denials count as in [`decide`].
pub fn assumes(policies: &Policies<'_>, trust: &Policy, request: &Request) -> Decision {
    let action = request.action.to_ascii_lowercase();
    let (layer, kind, effect) = (Layer::Resource, PolicyKind::Trust, Effect::Allow);
    let search = Search { layer, kind, effect, request, action: &action, bounded: false };
    if search.among(std::slice::from_ref(trust)).is_none() {
        return Decision::implicit(Layer::Resource);
    }
    decide_by(&policies.with_resource(trust), request, PolicyKind::Trust)
}

/// Decides, where the resource's policy is of this kind.
fn decide_by(policies: &Policies<'_>, request: &Request, resource_kind: PolicyKind) -> Decision {
    let action = request.action.to_ascii_lowercase();
    let bounded = policies.boundary.is_some();
    let search = |layer: Layer, documents, effect| {
        let kind = if layer == Layer::Resource { resource_kind } else { PolicyKind::Identity };
        Search { layer, kind, effect, request, action: &action, bounded }.among(documents)
    };
    for (layer, documents) in policies.layers() {
        if let Some(documents) = documents
            && let Some((reason, _)) = search(layer, documents, Effect::Deny)
        {
            return Decision { verdict: Verdict::ExplicitDeny, reason };
        }
    }
    let resource = policies.resource.map(std::slice::from_ref).unwrap_or_default();
    let reason = match search(Layer::Resource, resource, Effect::Allow) {
        Some((reason, Meant::Itself)) if policies.ceiling.is_none() => {
            return Decision { verdict: Verdict::Allowed, reason };
        }
        Some((reason, Meant::Itself | Meant::ByRole)) => reason,
        _ => match search(Layer::Identity, policies.identity, Effect::Allow) {
            Some((reason, _)) => reason,
            None => return Decision::implicit(Layer::Identity),
        },
    };
    for (layer, documents) in policies.layers().into_iter().skip(2) {
        if let Some(documents) = documents
            && search(layer, documents, Effect::Allow).is_none()
        {
            return Decision::implicit(layer);
        }
    }
    Decision { verdict: Verdict::Allowed, reason }
}

/// Decides by a role's trust policy, which must explicitly allow: nothing else speaks for it. A statement that names the
/// account alone leaves the decision to the account's own policies, which are not asked here: it allows nothing.
pub fn trusts(trust: &Policy, request: &Request) -> Decision {
    let action = request.action.to_ascii_lowercase();
    let search = |effect| {
        let (layer, kind) = (Layer::Resource, PolicyKind::Trust);
        Search { layer, kind, effect, request, action: &action, bounded: false }.among(std::slice::from_ref(trust))
    };
    if let Some((reason, _)) = search(Effect::Deny) {
        return Decision { verdict: Verdict::ExplicitDeny, reason };
    }
    match search(Effect::Allow) {
        Some((reason, Meant::ByRole | Meant::Itself)) => Decision { verdict: Verdict::Allowed, reason },
        Some((_, Meant::ByAccount)) | None => Decision::implicit(Layer::Resource),
    }
}

/// What is looked for among the documents of a layer.
struct Search<'a> {
    layer: Layer,
    /// The kind that its documents should be of.
    kind: PolicyKind,
    effect: Effect,
    request: &'a Request,
    /// The request's, in lower case.
    action: &'a str,
    /// Whether the principal has a permissions boundary.
    bounded: bool,
}

impl Search<'_> {
    /// The first statement that covers the request, the most exactly meant first.
    fn among(&self, policies: &[Policy]) -> Option<(Reason, Meant)> {
        let mut best: Option<(&Policy, &Statement, Meant)> = None;
        for policy in policies {
            // A document of another kind lacks the part that would narrow it here: it allows nothing.
            if policy.kind != self.kind && self.effect == Effect::Allow {
                continue;
            }
            for statement in policy.statements.iter().filter(|statement| statement.effect == self.effect) {
                match self.meant(statement) {
                    Some(Meant::Itself) => return Some((self.reason(policy, statement), Meant::Itself)),
                    Some(meant) if best.is_none_or(|(.., before)| meant > before) => {
                        best = Some((policy, statement, meant));
                    }
                    _ => {}
                }
            }
        }
        best.map(|(policy, statement, meant)| (self.reason(policy, statement), meant))
    }

    fn reason(&self, policy: &Policy, statement: &Statement) -> Reason {
        Reason::Statement { layer: self.layer, policy: policy.name.clone(), statement: statement.name.clone() }
    }

    /// How the statement means who asks, if it covers the request.
    fn meant(&self, statement: &Statement) -> Option<Meant> {
        let Request { principal, resource, context, .. } = self.request;
        if !statement.covers(self.action, resource, context) {
            return None;
        }
        let all = self.bounded && statement.denies_all_but();
        statement.means(principal).or(all.then_some(Meant::Itself))
    }
}
