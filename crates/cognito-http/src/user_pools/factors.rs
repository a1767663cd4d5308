//! Factors: settings of pools, authenticator apps, preferences of users, and what users can sign in with.

use std::collections::BTreeSet;

use cognito_wire::Sensitive;
use cognito_wire::cognito_idp as wire;
use identity_kernel::secret::SecretString;
use userpool_core::model::ceremony::FirstFactor;
use userpool_core::model::factors::{MfaMode, MfaSettings, SecondFactor, SecondFactors};
use userpool_core::model::ids::UserPoolId;
use userpool_core::model::pool::UserPool;
use userpool_core::ops::factors::{Preference, Preferences};
use userpool_core::ops::software_token::Enrolment;

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::shapes::{non_empty, secret};
use crate::user_pools::web_authn;

/// The names of the modes on the wire.
pub(super) fn mode_name(mode: MfaMode) -> &'static str {
    match mode {
        MfaMode::Off => "OFF",
        MfaMode::Optional => "OPTIONAL",
        MfaMode::On => "ON",
    }
}

/// The mode of this name. The model admits these three.
pub(super) fn mode_named(name: Option<&str>) -> MfaMode {
    match name {
        Some("ON") => MfaMode::On,
        Some("OPTIONAL") => MfaMode::Optional,
        _ => MfaMode::Off,
    }
}

pub(crate) async fn set_config(
    call: Call,
    input: wire::SetUserPoolMfaConfigRequest,
) -> Result<wire::SetUserPoolMfaConfigResponse, Failure> {
    let wire::SetUserPoolMfaConfigRequest {
        user_pool_id,
        sms_mfa_configuration,
        software_token_mfa_configuration,
        email_mfa_configuration,
        mfa_configuration,
        web_authn_configuration,
    } = input;
    let passkeys = web_authn_configuration.map(web_authn::settings).transpose()?;
    let id: UserPoolId = parse(&user_pool_id, "user pool id")?;
    let mode = mode_named(mfa_configuration.as_deref());
    let given = [
        sms_mfa_configuration.is_some(),
        software_token_mfa_configuration.is_some(),
        email_mfa_configuration.is_some(),
    ];
    check_together(mode, given.contains(&true))?;
    let mut kinds = BTreeSet::new();
    // Kept nowhere: the role and region that Amazon sends text messages with; they are sent by what the operator configured.
    let sms_message = sms_mfa_configuration.as_ref().and_then(|sms| sms.sms_authentication_message.clone());
    kinds.extend(sms_mfa_configuration.map(|_| SecondFactor::Sms));
    let apps = software_token_mfa_configuration.is_some_and(|apps| apps.enabled != Some(false));
    kinds.extend(apps.then_some(SecondFactor::SoftwareToken));
    let email = email_mfa_configuration;
    kinds.extend(email.as_ref().map(|_| SecondFactor::Email));
    let wire::EmailMfaConfigType { message: email_message, subject: email_subject } = email.unwrap_or_default();
    let settings = MfaSettings { mode, kinds, sms_message, email_subject, email_message };
    let pool = call.users().set_user_pool_mfa_config(&id, settings, passkeys).await?;
    let shape = config_shape(&pool);
    Ok(wire::SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: shape.sms_mfa_configuration,
        software_token_mfa_configuration: shape.software_token_mfa_configuration,
        email_mfa_configuration: shape.email_mfa_configuration,
        mfa_configuration: shape.mfa_configuration,
        web_authn_configuration: shape.web_authn_configuration,
    })
}

pub(crate) async fn get_config(
    call: Call,
    input: wire::GetUserPoolMfaConfigRequest,
) -> Result<wire::GetUserPoolMfaConfigResponse, Failure> {
    let wire::GetUserPoolMfaConfigRequest { user_pool_id } = input;
    Ok(config_shape(&call.users().describe_user_pool(&parse(&user_pool_id, "user pool id")?).await?))
}

/// Whether second factors are spoken of where they are asked for, and nowhere else.
fn check_together(mode: MfaMode, any_given: bool) -> Result<(), Failure> {
    match (mode, any_given) {
        (MfaMode::Off, true) => Err(Failure::invalid_parameter(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        )),
        (MfaMode::Optional | MfaMode::On, false) => Err(Failure::invalid_parameter(
            "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
        )),
        _ => Ok(()),
    }
}

fn config_shape(pool: &UserPool) -> wire::GetUserPoolMfaConfigResponse {
    let mfa = &pool.settings.mfa;
    let has = |kind: SecondFactor| mfa.kinds.contains(&kind);
    wire::GetUserPoolMfaConfigResponse {
        sms_mfa_configuration: has(SecondFactor::Sms).then(|| wire::SmsMfaConfigType {
            sms_authentication_message: mfa.sms_message.clone(),
            sms_configuration: None,
        }),
        software_token_mfa_configuration: has(SecondFactor::SoftwareToken)
            .then_some(wire::SoftwareTokenMfaConfigType { enabled: Some(true) }),
        email_mfa_configuration: has(SecondFactor::Email).then(|| wire::EmailMfaConfigType {
            message: mfa.email_message.clone(),
            subject: mfa.email_subject.clone(),
        }),
        mfa_configuration: Some(mode_name(mfa.mode).to_owned()),
        web_authn_configuration: web_authn::settings_shape(&pool.settings.passkeys),
    }
}

pub(crate) async fn associate(
    call: Call,
    input: wire::AssociateSoftwareTokenRequest,
) -> Result<wire::AssociateSoftwareTokenResponse, Failure> {
    let wire::AssociateSoftwareTokenRequest { access_token, session } = input;
    let proof = Proof::of(access_token, session)?;
    let seed = call.users().associate_software_token(proof.enrolment()).await?;
    Ok(wire::AssociateSoftwareTokenResponse {
        secret_code: Some(seed.secret_code.expose().into()),
        session: seed.session.map(|session| session.expose().into()),
    })
}

pub(crate) async fn verify(
    call: Call,
    input: wire::VerifySoftwareTokenRequest,
) -> Result<wire::VerifySoftwareTokenResponse, Failure> {
    let wire::VerifySoftwareTokenRequest { access_token, session, user_code, friendly_device_name } = input;
    let proof = Proof::of(access_token, session)?;
    let name = friendly_device_name.map(|name| name.chars().take(256).collect());
    let session = call.users().verify_software_token(proof.enrolment(), &secret(user_code), name).await?;
    Ok(wire::VerifySoftwareTokenResponse {
        status: Some("SUCCESS".to_owned()),
        session: session.map(|session| session.expose().into()),
    })
}

/// An access token, or a session.
enum Proof {
    Token(SecretString),
    Session(SecretString),
}

impl Proof {
    fn of(token: Option<Sensitive>, session: Option<Sensitive>) -> Result<Self, Failure> {
        match (token, session) {
            (Some(token), _) => Ok(Self::Token(secret(token))),
            (None, Some(session)) => Ok(Self::Session(secret(session))),
            (None, None) => Err(Failure::invalid_parameter("Either AccessToken or Session must be given.")),
        }
    }

    fn enrolment(&self) -> Enrolment<'_> {
        match self {
            Self::Token(token) => Enrolment::SignedIn(token),
            Self::Session(session) => Enrolment::SigningIn(session),
        }
    }
}

/// The preferences among these members that say something.
fn preferences(
    sms: Option<wire::SMSMfaSettingsType>,
    app: Option<wire::SoftwareTokenMfaSettingsType>,
    email: Option<wire::EmailMfaSettingsType>,
) -> Vec<Preference> {
    let of = |factor, enabled: Option<bool>, preferred: Option<bool>| Preference {
        factor,
        enabled: enabled.unwrap_or(false),
        preferred: preferred.unwrap_or(false),
    };
    let sms = sms.map(|sms| of(SecondFactor::Sms, sms.enabled, sms.preferred_mfa));
    let app = app.map(|app| of(SecondFactor::SoftwareToken, app.enabled, app.preferred_mfa));
    let email = email.map(|email| of(SecondFactor::Email, email.enabled, email.preferred_mfa));
    sms.into_iter().chain(app).chain(email).collect()
}

/// The same with what is said of passkeys.
fn with_passkey(second: &[Preference], passkey: Option<wire::WebAuthnMfaSettingsType>) -> Preferences<'_> {
    Preferences { second, passkey: passkey.map(|passkey| passkey.enabled.unwrap_or(false)) }
}

pub(crate) async fn set_preference(
    call: Call,
    input: wire::SetUserMFAPreferenceRequest,
) -> Result<wire::SetUserMFAPreferenceResponse, Failure> {
    let wire::SetUserMFAPreferenceRequest {
        sms_mfa_settings,
        software_token_mfa_settings,
        email_mfa_settings,
        web_authn_mfa_settings,
        access_token,
    } = input;
    let wishes = preferences(sms_mfa_settings, software_token_mfa_settings, email_mfa_settings);
    call.users().set_user_mfa_preference(&secret(access_token), with_passkey(&wishes, web_authn_mfa_settings)).await?;
    Ok(wire::SetUserMFAPreferenceResponse::default())
}

pub(crate) async fn admin_set_preference(
    call: Call,
    input: wire::AdminSetUserMFAPreferenceRequest,
) -> Result<wire::AdminSetUserMFAPreferenceResponse, Failure> {
    let wire::AdminSetUserMFAPreferenceRequest {
        sms_mfa_settings,
        software_token_mfa_settings,
        email_mfa_settings,
        web_authn_mfa_settings,
        username,
        user_pool_id,
    } = input;
    let wishes = preferences(sms_mfa_settings, software_token_mfa_settings, email_mfa_settings);
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_set_user_mfa_preference(&pool, &username, with_passkey(&wishes, web_authn_mfa_settings)).await?;
    Ok(wire::AdminSetUserMFAPreferenceResponse::default())
}

/// The old form of a preference: text messages, or none.
fn by_options(options: &[wire::MFAOptionType]) -> Result<[Preference; 1], Failure> {
    let is_sms = |option: &wire::MFAOptionType| {
        let wire::MFAOptionType { delivery_medium, attribute_name } = option;
        delivery_medium.as_deref() == Some("SMS") && attribute_name.as_deref() == Some("phone_number")
    };
    if !options.iter().all(is_sms) {
        return Err(Failure::invalid_parameter("Only SMS to phone_number can be set here."));
    }
    Ok([Preference { factor: SecondFactor::Sms, enabled: !options.is_empty(), preferred: false }])
}

pub(crate) async fn set_settings(
    call: Call,
    input: wire::SetUserSettingsRequest,
) -> Result<wire::SetUserSettingsResponse, Failure> {
    let wire::SetUserSettingsRequest { access_token, mfa_options } = input;
    call.users().set_user_mfa_preference(&secret(access_token), &by_options(&mfa_options)?).await?;
    Ok(wire::SetUserSettingsResponse::default())
}

pub(crate) async fn admin_set_settings(
    call: Call,
    input: wire::AdminSetUserSettingsRequest,
) -> Result<wire::AdminSetUserSettingsResponse, Failure> {
    let wire::AdminSetUserSettingsRequest { user_pool_id, username, mfa_options } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    call.users().admin_set_user_mfa_preference(&pool, &username, &by_options(&mfa_options)?).await?;
    Ok(wire::AdminSetUserSettingsResponse::default())
}

pub(crate) async fn admin_delete_token(
    call: Call,
    input: wire::AdminDeleteSoftwareTokenRequest,
) -> Result<wire::AdminDeleteSoftwareTokenResponse, Failure> {
    let wire::AdminDeleteSoftwareTokenRequest { user_pool_id, username } = input;
    call.users().admin_delete_software_token(&parse(&user_pool_id, "user pool id")?, &username).await?;
    Ok(wire::AdminDeleteSoftwareTokenResponse::default())
}

/// The second factors that are on, and the preferred one, as several answers show them.
pub(super) fn second_shapes(factors: &SecondFactors) -> (Option<Vec<String>>, Option<String>) {
    let names = factors.active.iter().map(|factor| factor.name().to_owned()).collect();
    (non_empty(names), factors.preferred.map(|preferred| preferred.name().to_owned()))
}

pub(crate) async fn factors(
    call: Call,
    input: wire::GetUserAuthFactorsRequest,
) -> Result<wire::GetUserAuthFactorsResponse, Failure> {
    let wire::GetUserAuthFactorsRequest { access_token } = input;
    let found = call.users().get_user_auth_factors(&secret(access_token)).await?;
    let (user_mfa_setting_list, preferred_mfa_setting) = second_shapes(&found.second);
    Ok(wire::GetUserAuthFactorsResponse {
        username: found.user.username.as_str().into(),
        preferred_mfa_setting,
        user_mfa_setting_list,
        configured_user_auth_factors: Some(first_names(&found.first)),
    })
}

pub(crate) async fn admin_factors(
    call: Call,
    input: wire::AdminGetUserAuthFactorsRequest,
) -> Result<wire::AdminGetUserAuthFactorsResponse, Failure> {
    let wire::AdminGetUserAuthFactorsRequest { user_pool_id, username } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let found = call.users().admin_get_user_auth_factors(&pool, &username).await?;
    let (user_mfa_setting_list, preferred_mfa_setting) = second_shapes(&found.second);
    Ok(wire::AdminGetUserAuthFactorsResponse {
        username: found.user.username.as_str().into(),
        preferred_mfa_setting,
        user_mfa_setting_list,
        configured_user_auth_factors: Some(first_names(&found.first)),
    })
}

fn first_names(factors: &[FirstFactor]) -> Vec<String> {
    factors.iter().map(|factor| factor.name().to_owned()).collect()
}
