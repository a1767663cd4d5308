use crate::decision::{Layer, Policies, Request};
use crate::statement::Effect;

/// What one statement says of a request, part by part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatementTrace {
    /// The layer of its policy.
    pub layer: Layer,
    /// Its policy's name.
    pub policy: String,
    /// Its `Sid`, or `#` and its place.
    pub statement: String,
    /// Whether it forbids; otherwise it allows.
    pub denies: bool,
    /// Whether it means who asks.
    pub principal: bool,
    /// Whether it speaks of the action.
    pub action: bool,
    /// Whether it speaks of the resource.
    pub resource: bool,
    /// Its conditions, in the order in which they are written.
    pub conditions: Vec<ConditionTrace>,
}

impl StatementTrace {
    /// Whether the statement applies: every part of it does.
    pub fn applies(&self) -> bool {
        self.principal && self.action && self.resource && self.conditions.iter().all(|condition| condition.holds)
    }
}

/// One condition of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConditionTrace {
    /// The operator as written: `StringEqualsIfExists`.
    pub operator: String,
    /// The key, in lower case.
    pub key: String,
    /// The values that the request brings; `None` if it brings none.
    pub given: Option<Vec<String>>,
    /// Whether the condition holds.
    pub holds: bool,
}

/// Says of every statement of every layer whether it applies to a request, and why: to understand a
/// [`decide`](crate::decide)d answer. It is slower than deciding, because nothing is left out.
///
/// ```
/// use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, explain};
///
/// # fn main() -> Result<(), iam_policy::PolicyError> {
/// let policy = Policy::parse("mfa", PolicyKind::Identity, r#"{"Version": "2012-10-17", "Statement": {"Sid": "WithMfa",
///   "Effect": "Allow", "Action": "s3:*", "Resource": "*",
///   "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}"#)?;
/// let request = Request {
///     principal: Principal::User("arn:aws:iam::123456789012:user/ada".to_owned()),
///     action: "s3:GetObject".to_owned(),
///     resource: "arn:aws:s3:::photos/cat.png".to_owned(),
///     context: Context::new(),
/// };
///
/// let trace = explain(&Policies::of_identity(std::slice::from_ref(&policy)), &request);
/// assert!(trace[0].action && trace[0].resource && !trace[0].applies());
/// assert_eq!(trace[0].conditions[0].given, None);
/// # Ok(())
/// # }
/// ```
pub fn explain(policies: &Policies<'_>, request: &Request) -> Vec<StatementTrace> {
    let action = request.action.to_ascii_lowercase();
    let mut out = Vec::new();
    for (layer, documents) in policies.layers() {
        for policy in documents.unwrap_or_default() {
            out.extend(policy.statements.iter().map(|statement| {
                StatementTrace {
                    layer,
                    policy: policy.name.clone(),
                    statement: statement.name.clone(),
                    denies: statement.effect == Effect::Deny,
                    principal: statement.means(&request.principal).is_some()
                        || (policies.boundary.is_some() && statement.denies_all_but()),
                    action: statement.covers_action(&action),
                    resource: statement.covers_resource(&request.resource, &request.context),
                    conditions: statement
                        .conditions
                        .iter()
                        .map(|condition| {
                            let (operator, key) = condition.names();
                            let given = request.context.values(key).map(<[String]>::to_vec);
                            let (operator, key) = (operator.to_owned(), key.to_owned());
                            ConditionTrace { operator, key, given, holds: condition.holds(&request.context) }
                        })
                        .collect(),
                }
            }));
        }
    }
    out
}
