//! Roles' policies, read once.

use iam_policy::{
    Context, Decision, Layer, Policies, Policy, PolicyError, PolicyKind, Reason, Request, StatementTrace, Verdict,
    assumes, decide, explain,
};

use crate::model::Role;
use crate::model::managed_policy::ManagedPolicy;
use crate::resource_tags::ask_for_resource_tags;
use crate::session::{ReadLimits, SessionStamp};

/// What somebody wants, on what, under which circumstances.
pub(crate) struct Ask<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) context: Context,
}

/// What a role may do, ready to decide by. A resource server without the role's record can hold its own copy.
#[derive(Clone, Debug)]
pub struct RolePolicies {
    role_id: String,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    asks_for_resource_tags: bool,
}

impl RolePolicies {
    /// Reads a role's own policies and the managed ones that it depends on.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if one of them cannot be read, or is not among `managed`: a statement of it might have forbidden
    /// something.
    pub fn compile(role: &Role, managed: &[ManagedPolicy]) -> Result<Self, PolicyError> {
        let (identity, boundary) = documents_of(role, managed);
        Self::from_documents(&role.id, identity, boundary)
    }

    /// Reads policies, by name, and perhaps a boundary: what a resource server was told of the role of this id.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use credential_vending::{NewSession, RolePolicies, SessionStamp, Timestamp};
    /// use iam_policy::Context;
    ///
    /// let read = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "notes:Read", "Resource": "*"}}"#;
    /// let role = RolePolicies::from_documents("AROAEXAMPLE", [("read", read)], None)?;
    /// # let session = SessionStamp::new(NewSession {
    /// #     role_arn: "arn:aws:iam::123456789012:role/app",
    /// #     role_id: "AROAEXAMPLE",
    /// #     session_name: "s1",
    /// #     issued_at: Timestamp::from_epoch_seconds(1_700_000_000),
    /// #     seconds: 3600,
    /// # });
    /// assert!(role.decide(&session, "notes:Read", "note/1", Context::new()).is_allowed());
    /// assert!(!role.decide(&session, "notes:Write", "note/1", Context::new()).is_allowed());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if one of them cannot be read.
    pub fn from_documents<'a>(
        role_id: &str,
        policies: impl IntoIterator<Item = (&'a str, &'a str)>,
        boundary: Option<&str>,
    ) -> Result<Self, PolicyError> {
        let read = |(name, text): (&str, &str)| Policy::parse(name, PolicyKind::Identity, text);
        let boundary = boundary.map(|text| Policy::parse("boundary", PolicyKind::Identity, text));
        let identity: Vec<Policy> = policies.into_iter().map(read).collect::<Result<_, _>>()?;
        let boundary = boundary.transpose()?;
        Ok(Self {
            role_id: role_id.to_owned(),
            asks_for_resource_tags: ask_for_resource_tags(identity.iter().chain(&boundary)),
            identity,
            boundary,
        })
    }

    /// The role's id, `AROA…`.
    pub fn role_id(&self) -> &str {
        &self.role_id
    }

    /// Decides for a session by its role's policies and by the limits that were vended with it. A session of another role,
    /// or of one that was deleted and made again, is allowed nothing; nor is one of whose limits one cannot be read.
    /// `context` holds the circumstances that the resource server knows, the time among them; who asks is added here.
    pub fn decide(&self, session: &SessionStamp, action: &str, resource: &str, context: Context) -> Decision {
        if self.role_id != session.role_id {
            return nothing_allows(Layer::Identity);
        }
        match session.limits.read() {
            Ok(limits) => {
                let request = request(session, action, resource, context);
                within_scopes(&limits.scopes, decide(&self.policies(&limits), &request), &request)
            }
            Err(unreadable) => nothing_allows(unreadable),
        }
    }

    /// Whether the session may do this to the role of this trust policy and ARN.
    pub(crate) fn assumes(&self, session: &SessionStamp, trust: &Policy, ask: Ask<'_>) -> Decision {
        let Ask { action, resource, context } = ask;
        if self.role_id != session.role_id {
            return nothing_allows(Layer::Identity);
        }
        match session.limits.read() {
            Ok(limits) => {
                let request = request(session, action, resource, context);
                within_scopes(&limits.scopes, assumes(&self.policies(&limits), trust, &request), &request)
            }
            Err(unreadable) => nothing_allows(unreadable),
        }
    }

    /// Every statement that [`decide`](Self::decide) looks at, with each of its conditions and what was seen: for whoever
    /// wonders about a decision. Empty where it decides without looking at any.
    pub fn explain(
        &self,
        session: &SessionStamp,
        action: &str,
        resource: &str,
        context: Context,
    ) -> Vec<StatementTrace> {
        match session.limits.read() {
            Ok(limits) if self.role_id == session.role_id => {
                let request = request(session, action, resource, context);
                let scopes = limits.scopes.iter().flat_map(|scope| explain(&of_scope(&[], scope), &request));
                explain(&self.policies(&limits), &request).into_iter().chain(scopes).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether one of the policies may ask for tags of the resource.
    pub(crate) fn asks_for_resource_tags(&self) -> bool {
        self.asks_for_resource_tags
    }

    fn policies<'a>(&'a self, limits: &'a ReadLimits) -> Policies<'a> {
        let mut policies = Policies::of_identity(&self.identity);
        policies.boundary = self.boundary.as_ref().map(std::slice::from_ref);
        policies.session = limits.session.as_deref();
        policies.ceiling = limits.ceiling.as_deref();
        policies
    }
}

/// A decision, held to every scope: each must allow. An explicit denial of any is told before what nothing allows.
fn within_scopes(scopes: &[Policy], decision: Decision, request: &Request) -> Decision {
    if scopes.is_empty() {
        return decision;
    }
    let everything = [Policy::administrator()];
    let judge = |scope| decide(&of_scope(&everything, scope), request);
    scopes.iter().map(judge).fold(decision, |before, scope| match (before.verdict, scope.verdict) {
        (_, Verdict::Allowed) | (Verdict::ExplicitDeny, _) | (Verdict::ImplicitDeny, Verdict::ImplicitDeny) => before,
        _ => scope,
    })
}

/// What a scope alone says of somebody who may do all of this otherwise.
fn of_scope<'a>(otherwise: &'a [Policy], scope: &'a Policy) -> Policies<'a> {
    Policies::of_identity(otherwise).with_session(std::slice::from_ref(scope))
}

/// What counts of a role: its identity policies by name, and its boundary. A managed policy that is missing is a text that cannot be
/// read.
pub fn documents_of<'a>(role: &'a Role, managed: &'a [ManagedPolicy]) -> (Vec<(&'a str, &'a str)>, Option<&'a str>) {
    let document = |arn: &String| managed.iter().find(|policy| policy.arn == *arn).map_or("", ManagedPolicy::document);
    let own = role.policies.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let attached = role.attached.iter().map(|arn| (arn.as_str(), document(arn)));
    let boundary = role.boundary_arn.as_ref().map(document).or(role.boundary.as_deref());
    (own.chain(attached).collect(), boundary)
}

/// Nothing of this layer allows it.
pub(crate) fn nothing_allows(layer: Layer) -> Decision {
    Decision { verdict: Verdict::ImplicitDeny, reason: Reason::NothingAllows(layer) }
}

fn request(session: &SessionStamp, action: &str, resource: &str, context: Context) -> Request {
    Request {
        principal: session.principal(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context: session.describe(context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_asks_for_resource_tags_wherever_and_however_it_writes_the_key() {
        let asks = |condition: &str, boundary: Option<&str>| {
            let document = |condition: &str| {
                format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*",
                        "Condition":{{"StringEquals":{{{condition}}}}}}}}}"#
                )
            };
            let (own, boundary) = (document(condition), boundary.map(document));
            let role = RolePolicies::from_documents("AROAX", [("own", own.as_str())], boundary.as_deref()).unwrap();
            role.asks_for_resource_tags()
        };

        for asking in [
            r#""aws:ResourceTag/team":"a""#,
            r#""AWS:RESOURCETAG/team":"a""#,
            r#""iam:ResourceTag\/team":"a""#,
            r#""aws:\u0052esourceTag/team":"a""#,
            r#""aws:PrincipalTag/team":"${aws:ResourceTag/team}""#,
        ] {
            assert!(asks(asking, None), "{asking}");
            assert!(asks(r#""aws:username":"a""#, Some(asking)), "{asking}");
        }
        assert!(!asks(r#""aws:RequestTag/team":"a""#, None));
    }
}
