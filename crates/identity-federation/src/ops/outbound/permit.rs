//! Whether the caller's policies allow such a token.

use credential_vending::CredentialError;

use super::request::GetWebIdentityToken;
use crate::error::Error;
use crate::reasons::OutboundProblem;
use crate::service::IdentityPools;

impl IdentityPools {
    /// That the caller's policies allow such a token.
    pub(super) async fn permit_outbound(&self, request: &GetWebIdentityToken) -> Result<(), Error> {
        let authority = self.vending.authority(&request.caller).await.map_err(|error| match error {
            CredentialError::Storage(error) => Error::Storage(error),
            _ => OutboundProblem::Denied.into(),
        })?;
        let mut context = request
            .circumstances
            .clone()
            .with_all("sts:IdentityTokenAudience", request.audiences.iter().cloned())
            .with("sts:SigningAlgorithm", request.algorithm.name())
            .with("sts:DurationSeconds", request.seconds().to_string())
            .with("sts:SubjectMode", request.subject_mode.as_str());
        let mut actions = vec!["sts:GetWebIdentityToken"];
        if let Some(scope) = &request.scope {
            context = context.with_all("sts:IdentityTokenScope", scope.split(' '));
            actions.push("sts:SetWebIdentityTokenScope");
        }
        for (key, value) in &request.tags {
            context = context.with(&format!("aws:RequestTag/{key}"), value);
        }
        if !request.tags.is_empty() {
            context = context.with_all("aws:TagKeys", request.tags.keys().cloned());
            actions.push("sts:TagGetWebIdentityToken");
        }
        let allowed = |action: &&str| authority.decide(action, "*", context.clone()).is_allowed();
        if actions.iter().all(allowed) { Ok(()) } else { Err(OutboundProblem::Denied.into()) }
    }
}
