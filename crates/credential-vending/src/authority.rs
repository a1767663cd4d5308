use std::sync::Arc;

use iam_policy::{
    Context, Decision, Layer, Policies, Policy, PolicyKind, Principal, Request, StatementTrace, assumes, decide,
    explain,
};
use identity_kernel::time::Timestamp;

use crate::compiled::{Ask, RolePolicies, nothing_allows};
use crate::model::OperatorKey;
use crate::resource_tags::ask_for_resource_tags;
use crate::session::SessionStamp;

/// What a caller may do, as it stood at one moment: for all decisions about one request.
///
/// [`CredentialVending::authority`](crate::CredentialVending::authority) gives it.
#[derive(Debug)]
pub struct Authority<'a> {
    holder: Holder<'a>,
    now: Timestamp,
}

#[derive(Debug)]
enum Holder<'a> {
    /// An operator, who may do nothing if the policy cannot be read.
    Operator(&'a OperatorKey, Vec<Policy>),
    /// A session, and its role's policies; a role that nobody has created allows nothing.
    Session(&'a SessionStamp, Option<Arc<RolePolicies>>),
}

impl<'a> Authority<'a> {
    pub(crate) fn of_operator(key: &'a OperatorKey, now: Timestamp) -> Self {
        let policies = Policy::parse("operator", PolicyKind::Identity, &key.policy).into_iter().collect();
        Self { holder: Holder::Operator(key, policies), now }
    }

    pub(crate) fn of_session(session: &'a SessionStamp, role: Option<Arc<RolePolicies>>, now: Timestamp) -> Self {
        Self { holder: Holder::Session(session, role), now }
    }

    /// Whether the caller may do this, and what decided.
    ///
    /// `context` holds the circumstances that the resource server knows (`aws:SourceIp`, `s3:prefix`, …); who the caller
    /// is and what time it is are added here.
    pub fn decide(&self, action: &str, resource: &str, context: Context) -> Decision {
        let context = self.with_time(context);
        match &self.holder {
            Holder::Operator(key, policies) => {
                decide(&Policies::of_identity(policies), &operator_request(key, action, resource, context))
            }
            Holder::Session(session, Some(role)) => role.decide(session, action, resource, context),
            Holder::Session(_, None) => nothing_allows(Layer::Identity),
        }
    }

    /// Whether the caller may do this to the role of this trust policy, which must name the caller.
    pub(crate) fn assumes(&self, trust: &Policy, ask: Ask<'_>) -> bool {
        let ask = Ask { context: self.with_time(ask.context), ..ask };
        let decision = match &self.holder {
            Holder::Operator(key, policies) => {
                let request = operator_request(key, ask.action, ask.resource, ask.context);
                assumes(&Policies::of_identity(policies), trust, &request)
            }
            Holder::Session(session, Some(role)) => role.assumes(session, trust, ask),
            Holder::Session(_, None) => nothing_allows(Layer::Identity),
        };
        decision.is_allowed()
    }

    /// Every statement that [`decide`](Self::decide) looks at, with each of its conditions and what was seen.
    pub fn explain(&self, action: &str, resource: &str, context: Context) -> Vec<StatementTrace> {
        let context = self.with_time(context);
        match &self.holder {
            Holder::Operator(key, policies) => {
                explain(&Policies::of_identity(policies), &operator_request(key, action, resource, context))
            }
            Holder::Session(session, Some(role)) => role.explain(session, action, resource, context),
            Holder::Session(_, None) => Vec::new(),
        }
    }

    /// Whether a policy that decides may ask for tags of the resource (`aws:ResourceTag/…`), so that a resource server that
    /// would have to look them up may save the trouble. Said of the documents' text: where in doubt, yes.
    pub fn asks_for_resource_tags(&self) -> bool {
        match &self.holder {
            Holder::Operator(_, policies) => ask_for_resource_tags(policies),
            Holder::Session(session, role) => {
                role.as_ref().is_some_and(|role| role.asks_for_resource_tags())
                    || session.limits.read().is_ok_and(|limits| limits.asks_for_resource_tags())
            }
        }
    }

    fn with_time(&self, context: Context) -> Context {
        let now = self.now;
        context.with("aws:CurrentTime", now.to_iso8601()).with("aws:EpochTime", now.epoch_seconds().to_string())
    }
}

fn operator_request(key: &OperatorKey, action: &str, resource: &str, context: Context) -> Request {
    Request {
        principal: Principal::User(key.arn.clone()),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: context.with("aws:PrincipalArn", key.arn.clone()).with("aws:userid", &key.access_key_id),
    }
}
