//! `AssumeRoleWithSAML` over the wire.

use cognito_wire::sts as wire;
use credential_vending::ops::assume_with_saml::AssumeRoleWithSaml;
use credential_vending::ops::saml_logins::SamlError;
use credential_vending::{Error, Kind};
use saml_verify::Refused;

use super::shapes::{self, assumed_role_user, check_role_arn, credentials, refuse};
use crate::call::Call;
use crate::error::Failure;

pub(super) async fn assume(
    call: Call,
    input: wire::AssumeRoleWithSAMLRequest,
) -> Result<wire::AssumeRoleWithSAMLResponse, Failure> {
    let wire::AssumeRoleWithSAMLRequest {
        role_arn,
        principal_arn,
        saml_assertion,
        policy_arns,
        policy,
        duration_seconds,
        minimum_session_token_size,
    } = input;
    refuse("MinimumSessionTokenSize", minimum_session_token_size.is_some())?;
    check_role_arn(&role_arn)?;
    let request = AssumeRoleWithSaml {
        role_arn,
        provider_arn: principal_arn,
        response: saml_assertion.into_inner(),
        duration_seconds: duration_seconds.unwrap_or(3600),
        session_policy: policy,
        policy_arns: shapes::policy_arns(policy_arns)?,
    };
    let session = call.vending().assume_role_with_saml(request).await.map_err(failure)?;
    Ok(wire::AssumeRoleWithSAMLResponse {
        credentials: Some(credentials(&session.assumed.credentials)),
        assumed_role_user: Some(assumed_role_user(&session.assumed.session)),
        packed_policy_size: i64::try_from(session.assumed.packed_percent).ok(),
        subject: Some(session.subject),
        subject_type: Some(session.subject_type),
        issuer: Some(session.issuer),
        audience: Some(session.recipient),
        name_qualifier: Some(session.name_qualifier),
        source_identity: session.assumed.session.carried.source_identity.clone(),
        ..wire::AssumeRoleWithSAMLResponse::default()
    })
}

/// STS's code and sentence. What is wrong with a signature is not told further.
fn failure(error: SamlError) -> Failure {
    let invalid = |sentence: &str| Failure::new("InvalidIdentityToken", 400, sentence);
    match error {
        SamlError::Vending(Error::AccessDenied) | SamlError::Refused(Refused::Subject) => {
            Failure::new("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithSAML")
        }
        SamlError::Vending(Error::NoSuchEntity(Kind::SamlProvider(_))) => invalid("Specified provider doesn't exist"),
        SamlError::Vending(other) => other.into(),
        SamlError::Refused(Refused::Expired) => {
            Failure::new("ExpiredTokenException", 400, "Token must be redeemed within its validity")
        }
        SamlError::Refused(Refused::Issuer) => invalid("Issuer not present in specified provider"),
        SamlError::Refused(Refused::Audience) => invalid("Response does not contain the required audience"),
        SamlError::Refused(Refused::Signature | Refused::Digest) => invalid("Response signature invalid"),
        SamlError::NoSessionName => invalid("RoleSessionName is required in AuthnResponse"),
        SamlError::SessionName => invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        SamlError::SourceIdentity => {
            invalid("Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"")
        }
        other => invalid(&other.to_string()),
    }
}
