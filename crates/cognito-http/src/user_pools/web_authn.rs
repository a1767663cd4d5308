//! `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`, `ListWebAuthnCredentials`, `DeleteWebAuthnCredential`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::passkeys::{MOST_PASSKEYS, Passkey, PasskeyFactor, PasskeySettings};

use crate::call::{Call, parse, part_of};
use crate::error::Failure;
use crate::user_pools::shapes::secret;

pub(crate) async fn start(
    call: Call,
    input: wire::StartWebAuthnRegistrationRequest,
) -> Result<wire::StartWebAuthnRegistrationResponse, Failure> {
    let wire::StartWebAuthnRegistrationRequest { access_token } = input;
    let credential_creation_options = call.users().start_passkey_registration(&secret(access_token)).await?;
    Ok(wire::StartWebAuthnRegistrationResponse { credential_creation_options })
}

pub(crate) async fn complete(
    call: Call,
    input: wire::CompleteWebAuthnRegistrationRequest,
) -> Result<wire::CompleteWebAuthnRegistrationResponse, Failure> {
    let wire::CompleteWebAuthnRegistrationRequest { access_token, credential } = input;
    let credential = credential.to_string();
    call.users().complete_passkey_registration(&secret(access_token), credential.as_bytes()).await?;
    Ok(wire::CompleteWebAuthnRegistrationResponse::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListWebAuthnCredentialsRequest,
) -> Result<wire::ListWebAuthnCredentialsResponse, Failure> {
    let wire::ListWebAuthnCredentialsRequest { access_token, next_token, max_results } = input;
    let mut page = call.page(max_results, next_token, &[])?;
    if page.limit == 0 {
        page.limit = MOST_PASSKEYS;
    }
    let all = call.users().list_passkeys(&secret(access_token)).await?;
    let found = part_of(all, &page, |passkey| &passkey.id);
    Ok(wire::ListWebAuthnCredentialsResponse {
        credentials: found.items.into_iter().map(shape).collect(),
        next_token: call.next(found.next, &[]),
    })
}

pub(crate) async fn delete(
    call: Call,
    input: wire::DeleteWebAuthnCredentialRequest,
) -> Result<wire::DeleteWebAuthnCredentialResponse, Failure> {
    let wire::DeleteWebAuthnCredentialRequest { access_token, credential_id } = input;
    call.users().delete_passkey(&secret(access_token), &credential_id).await?;
    Ok(wire::DeleteWebAuthnCredentialResponse::default())
}

/// What a pool says about passkeys. What is left out begins anew, as in Cognito.
pub(super) fn settings(given: wire::WebAuthnConfigurationType) -> Result<PasskeySettings, Failure> {
    let wire::WebAuthnConfigurationType { relying_party_id, user_verification, factor_configuration } = given;
    Ok(PasskeySettings {
        relying_party: relying_party_id.map(|id| parse(&id, "relying party id")).transpose()?,
        verification_required: user_verification.as_deref() == Some("required"),
        factor: match factor_configuration.as_deref() {
            Some("MULTI_FACTOR_WITH_USER_VERIFICATION") => PasskeyFactor::MultiWhenVerified,
            _ => PasskeyFactor::Single,
        },
    })
}

/// The same on the wire; `None` where nothing was ever said.
pub(super) fn settings_shape(settings: &PasskeySettings) -> Option<wire::WebAuthnConfigurationType> {
    let verification = if settings.verification_required { "required" } else { "preferred" };
    let factor = match settings.factor {
        PasskeyFactor::Single => "SINGLE_FACTOR",
        PasskeyFactor::MultiWhenVerified => "MULTI_FACTOR_WITH_USER_VERIFICATION",
    };
    (*settings != PasskeySettings::default()).then(|| wire::WebAuthnConfigurationType {
        relying_party_id: settings.relying_party.as_ref().map(ToString::to_string),
        user_verification: Some(verification.to_owned()),
        factor_configuration: Some(factor.to_owned()),
    })
}

fn shape(passkey: Passkey) -> wire::WebAuthnCredentialDescription {
    wire::WebAuthnCredentialDescription {
        credential_id: passkey.id,
        friendly_credential_name: passkey.name,
        relying_party_id: passkey.relying_party,
        authenticator_attachment: passkey.attachment,
        authenticator_transports: passkey.transports,
        created_at: passkey.created_at.epoch_seconds_f64(),
    }
}
