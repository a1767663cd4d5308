use cognito_wire::sts as wire;
use identity_federation::ops::outbound::{GetWebIdentityToken, SubjectMode};
use identity_federation::{Error, OutboundProblem};
use jwt_tokens::Algorithm;

use super::shapes::tags;
use crate::call::Call;
use crate::error::Failure;

pub(super) async fn get(
    call: Call,
    input: wire::GetWebIdentityTokenRequest,
) -> Result<wire::GetWebIdentityTokenResponse, Failure> {
    let wire::GetWebIdentityTokenRequest {
        audience,
        duration_seconds,
        signing_algorithm,
        scope,
        subject_mode,
        tags: request_tags,
    } = input;
    let signer = call.signed()?;
    let caller = signer.caller.arn();
    let request = GetWebIdentityToken {
        caller: signer.caller.clone(),
        audiences: audience,
        algorithm: algorithm(&signing_algorithm).ok_or_else(|| refused(OutboundProblem::Algorithm, &caller))?,
        duration_seconds,
        scope,
        subject_mode: match subject_mode.as_deref() {
            Some("OriginIdentity") => SubjectMode::OriginIdentity,
            _ => SubjectMode::AwsIdentity,
        },
        tags: tags(request_tags)?,
        circumstances: call.circumstances(),
    };
    let made = call.identities().get_web_identity_token(request).await.map_err(|error| match error {
        Error::Outbound(problem) => refused(problem, &caller),
        other => other.into(),
    })?;
    Ok(wire::GetWebIdentityTokenResponse {
        web_identity_token: Some(made.token.expose().into()),
        expiration: Some(made.expires_at.epoch_seconds_f64()),
    })
}

fn algorithm(name: &str) -> Option<Algorithm> {
    [Algorithm::Rs256, Algorithm::Es384].into_iter().find(|own| own.name() == name)
}

fn refused(problem: OutboundProblem, caller: &str) -> Failure {
    let (code, status) = match problem {
        OutboundProblem::Denied => {
            let message =
                format!("User: {caller} is not authorized to perform: sts:GetWebIdentityToken on resource: *");
            return Failure::new("AccessDenied", 403, message);
        }
        OutboundProblem::Disabled => ("OutboundWebIdentityFederationDisabledException", 403),
        OutboundProblem::DurationEscalation => ("SessionDurationEscalationException", 403),
        OutboundProblem::TooLarge => ("JWTPayloadSizeExceededException", 400),
        _ => ("ValidationError", 400),
    };
    Failure::new(code, status, format!("The token is not made: {problem}."))
}
