//! What a role's trust policy says of somebody, without vending anything.

use iam_policy::{Policies, Policy, PolicyKind, StatementTrace, explain};

use crate::error::Error;
use crate::ops::assume::{AssumeRole, check_trust, trust_context};
use crate::service::CredentialVending;
use crate::trust::Login;

/// What a role's trust policy says of somebody who asks to assume it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TrustExplanation {
    /// Whether the role trusts them: to assume it and, if they have tags, to tag the session.
    pub is_trusted: bool,
    /// Every statement, asked about `sts:AssumeRoleWithWebIdentity`. None if the policy cannot be read, which trusts nobody.
    pub assume: Vec<StatementTrace>,
    /// Every statement, asked about `sts:TagSession`; none without tags.
    pub tag_session: Vec<StatementTrace>,
}

impl CredentialVending {
    /// What a role's trust policy says of a request to assume it; `None` if nobody has created the role.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn explain_trust(&self, request: &AssumeRole) -> Result<Option<TrustExplanation>, Error> {
        let Some(role) = self.role_by_arn(&request.role_arn).await? else { return Ok(None) };
        let is_trusted = check_trust(&role.trust, request).is_ok();
        let trust = Policy::parse("trust", PolicyKind::Trust, &role.trust).ok();
        let context = trust_context(request);
        let login = Login { asker: &request.asker, role_arn: &request.role_arn, context: &context };
        let traced = |action: &str| {
            let policies = |trust| Policies::of_identity(&[]).with_resource(trust);
            trust.iter().flat_map(|trust| explain(&policies(trust), &login.request(action))).collect()
        };
        let assume = traced(request.asker.action());
        let tag_session = if request.tags.is_empty() { Vec::new() } else { traced("sts:TagSession") };
        Ok(Some(TrustExplanation { is_trusted, assume, tag_session }))
    }
}
