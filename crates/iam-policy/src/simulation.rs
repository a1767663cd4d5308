use crate::context_keys::Keys;
use crate::decision::{Decision, Policies, Request, decide};
use crate::trace::{StatementTrace, explain};

/// What would be decided, which statements have a part in it, and what was not said.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Simulation {
    /// The decision.
    pub decision: Decision,
    /// Every statement that applies, denying ones too, by layer and in the order in which they are written.
    pub matched: Vec<StatementTrace>,
    /// The condition keys that one of the documents asks for and the request's context does not bring, as they are written:
    /// with a value for one of them the decision may be another.
    pub missing: Vec<String>,
}

/// Decides as [`decide`] does, and says what a person who writes policies wants to know of it. It is slower than deciding:
/// every statement is looked at, and each document is read again.
///
/// ```
/// use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, simulate};
///
/// # fn main() -> Result<(), iam_policy::PolicyError> {
/// let policy = Policy::parse("mfa", PolicyKind::Identity, r#"{"Version": "2012-10-17", "Statement": [
///   {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
///   {"Sid": "NoMfa", "Effect": "Deny", "Action": "*", "Resource": "*",
///    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}]}"#)?;
/// let request = Request {
///     principal: Principal::User("arn:aws:iam::123456789012:user/ada".to_owned()),
///     action: "s3:GetObject".to_owned(),
///     resource: "arn:aws:s3:::photos/cat.png".to_owned(),
///     context: Context::new(),
/// };
///
/// let simulation = simulate(&Policies::of_identity(std::slice::from_ref(&policy)), &request);
/// assert!(simulation.decision.is_allowed());
/// assert_eq!(simulation.matched[0].statement, "Read");
/// assert_eq!(simulation.missing, ["aws:MultiFactorAuthPresent"]);
/// # Ok(())
/// # }
/// ```
pub fn simulate(policies: &Policies<'_>, request: &Request) -> Simulation {
    let mut asked = Keys::default();
    for policy in policies.layers().into_iter().flat_map(|(_, documents)| documents.unwrap_or_default()) {
        asked.add_policy(policy);
    }
    let absent = |key: &str| request.context.values(key).is_none();
    Simulation {
        decision: decide(policies, request),
        matched: explain(policies, request).into_iter().filter(StatementTrace::applies).collect(),
        missing: asked.into_pairs().filter(|(key, _)| absent(key)).map(|(_, written)| written).collect(),
    }
}
