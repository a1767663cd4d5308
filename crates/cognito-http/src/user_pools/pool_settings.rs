//! The settings of a pool, as creation and update give them. Every member is taken by name, so that a new member of the
//! model does not compile until somebody has decided what it means.

use std::collections::BTreeMap;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::acr::{AcrSettings, Level};
use userpool_core::model::device::DeviceSettings;
use userpool_core::model::factors::{FirstFactor, FirstFactorSettings, MfaMode, MfaSettings, SecondFactor};
use userpool_core::model::links::LinkTexts;
use userpool_core::model::password::PasswordPolicy;
use userpool_core::model::pool::{AccountRules, Contact, MessageTexts, PoolSettings};
use userpool_core::model::recovery::{RecoveryMechanism, RecoverySettings};
use userpool_core::model::risk::{ProtectionMode, ProtectionSettings};

use crate::call::Call;
use crate::error::Failure;
use crate::user_pools::factors::mode_named;
use crate::user_pools::lambda_config;
use crate::user_pools::passthrough;
use crate::user_pools::restorations::history_of_plan;
use crate::user_pools::shapes::{contact, non_empty};

/// The members that creation and update share.
pub(super) struct Shared {
    pub(super) policies: Option<wire::UserPoolPolicyType>,
    pub(super) deletion_protection: Option<String>,
    pub(super) lambda_config: Option<wire::LambdaConfigType>,
    pub(super) auto_verified_attributes: Option<Vec<String>>,
    pub(super) sms_verification_message: Option<String>,
    pub(super) email_verification_message: Option<String>,
    pub(super) email_verification_subject: Option<String>,
    pub(super) verification_message_template: Option<wire::VerificationMessageTemplateType>,
    pub(super) sms_authentication_message: Option<String>,
    pub(super) mfa_configuration: Option<String>,
    /// Whether the pool is there already.
    pub(super) is_update: bool,
    pub(super) user_attribute_update_settings: Option<wire::UserAttributeUpdateSettingsType>,
    pub(super) device_configuration: Option<wire::DeviceConfigurationType>,
    pub(super) email_configuration: Option<wire::EmailConfigurationType>,
    pub(super) sms_configuration: Option<wire::SmsConfigurationType>,
    pub(super) user_pool_tags: Option<BTreeMap<String, String>>,
    pub(super) admin_create_user_config: Option<wire::AdminCreateUserConfigType>,
    pub(super) user_pool_add_ons: Option<wire::UserPoolAddOnsType>,
    pub(super) dcr_configuration: Option<wire::DcrConfigurationType>,
    pub(super) account_recovery_setting: Option<wire::AccountRecoverySettingType>,
    pub(super) user_pool_tier: Option<String>,
    pub(super) key_configuration: Option<wire::KeyConfigurationType>,
    pub(super) issuer_configuration: Option<wire::IssuerConfigurationType>,
    pub(super) acr_configuration: Option<BTreeMap<String, wire::AcrLevelConfigType>>,
}

impl Shared {
    /// The domain's settings: what is built, what is kept to be shown again, or a refusal.
    pub(super) fn into_domain(self, call: &Call) -> Result<PoolSettings, Failure> {
        self.refuse_unbuilt()?;
        let mfa = self.mfa()?;
        let first_factors = first_factors(self.policies.as_ref())?;
        let template = self.verification_message_template.unwrap_or_default();
        let admin = self.admin_create_user_config.unwrap_or_default();
        let invitation = admin.invite_message_template.unwrap_or_default();
        let defaults = call.users().default_settings();
        let account_rules = account_rules(self.user_attribute_update_settings.as_ref(), defaults.account_rules);
        let history = history_of_plan(self.user_pool_tier.as_deref(), defaults.history);
        let kept = wire::UserPoolType {
            sms_authentication_message: self.sms_authentication_message,
            user_attribute_update_settings: self.user_attribute_update_settings,
            email_configuration: self.email_configuration,
            user_pool_add_ons: self.user_pool_add_ons.clone(),
            sms_configuration: self.sms_configuration,
            user_pool_tier: self.user_pool_tier,
            issuer_configuration: self.issuer_configuration,
            ..wire::UserPoolType::default()
        };
        Ok(PoolSettings {
            password_policy: password_policy(
                self.policies,
                admin.unused_account_validity_days,
                defaults.password_policy,
            ),
            account_rules,
            protection: protection(self.user_pool_add_ons),
            recovery: recovery(self.account_recovery_setting),
            history,
            auto_verified: self.auto_verified_attributes.unwrap_or_default().iter().map(|name| contact(name)).collect(),
            admin_create_only: admin.allow_admin_create_user_only.unwrap_or(false),
            messages: MessageTexts {
                verification_subject: template.email_subject.or(self.email_verification_subject),
                verification_body: template.email_message.or(self.email_verification_message),
                verification_sms: template.sms_message.or(self.sms_verification_message),
                invitation_subject: invitation.email_subject,
                invitation_body: invitation.email_message,
                invitation_sms: invitation.sms_message,
                by_link: LinkTexts {
                    enabled: template.default_email_option.as_deref() == Some("CONFIRM_WITH_LINK"),
                    subject: template.email_subject_by_link,
                    body: template.email_message_by_link,
                },
            },
            mfa,
            first_factors,
            lambda: lambda_config::settings(self.lambda_config)?,
            passkeys: defaults.passkeys,
            acr: acr(self.acr_configuration)?,
            deletion_protected: self.deletion_protection.as_deref() == Some("ACTIVE"),
            devices: self.device_configuration.as_ref().map(devices),
            tags: self.user_pool_tags.unwrap_or_default(),
            passthrough: passthrough::keep(&kept)?,
        })
    }

    /// Second factors. Text messages are the only kind that these calls can set up.
    fn mfa(&self) -> Result<MfaSettings, Failure> {
        let mode = mode_named(self.mfa_configuration.as_deref());
        let by_sms = mode != MfaMode::Off && self.sms_configuration.is_some();
        if mode != MfaMode::Off && !by_sms && !self.is_update {
            let text =
                "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";
            return Err(Failure::invalid_parameter(text));
        }
        Ok(MfaSettings {
            mode,
            kinds: by_sms.then_some(SecondFactor::Sms).into_iter().collect(),
            sms_message: self.sms_authentication_message.clone(),
            ..MfaSettings::default()
        })
    }

    /// Members that would promise something that is not there. Values that ask for nothing pass, and some are shown again.
    fn refuse_unbuilt(&self) -> Result<(), Failure> {
        passthrough::refuse("DcrConfiguration", self.dcr_configuration.as_ref())?;
        passthrough::refuse("KeyConfiguration", self.key_configuration.as_ref())
    }
}

/// That it is said at all turns devices on.
fn devices(given: &wire::DeviceConfigurationType) -> DeviceSettings {
    let wire::DeviceConfigurationType { challenge_required_on_new_device, device_only_remembered_on_user_prompt } =
        *given;
    DeviceSettings {
        stands_for_second_factor: challenge_required_on_new_device.unwrap_or(false),
        remembered_on_prompt: device_only_remembered_on_user_prompt.unwrap_or(false),
    }
}

fn password_policy(
    policies: Option<wire::UserPoolPolicyType>,
    unused_days: Option<i64>,
    default: PasswordPolicy,
) -> PasswordPolicy {
    let wire::UserPoolPolicyType { password_policy, sign_in_policy: _ } = policies.unwrap_or_default();
    let days = |days: Option<i64>| days.filter(|days| *days > 0);
    let Some(given) = password_policy else {
        return PasswordPolicy { temporary_days: days(unused_days).unwrap_or(default.temporary_days), ..default };
    };
    let wire::PasswordPolicyType {
        minimum_length,
        require_uppercase,
        require_lowercase,
        require_numbers,
        require_symbols,
        password_history_size,
        temporary_password_validity_days,
    } = given;
    let temporary = days(temporary_password_validity_days).or(days(unused_days));
    PasswordPolicy {
        minimum_length: minimum_length.and_then(|length| usize::try_from(length).ok()).unwrap_or(8),
        require_uppercase: require_uppercase.unwrap_or(false),
        require_lowercase: require_lowercase.unwrap_or(false),
        require_numbers: require_numbers.unwrap_or(false),
        require_symbols: require_symbols.unwrap_or(false),
        temporary_days: temporary.unwrap_or(default.temporary_days),
        history_size: password_history_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(0),
    }
}

fn protection(given: Option<wire::UserPoolAddOnsType>) -> ProtectionSettings {
    let wire::UserPoolAddOnsType { advanced_security_mode, advanced_security_additional_flows } =
        given.unwrap_or_default();
    let wire::AdvancedSecurityAdditionalFlowsType { custom_auth_mode } =
        advanced_security_additional_flows.unwrap_or_default();
    let mode = |name: &str| match name {
        "AUDIT" => ProtectionMode::Audit,
        "ENFORCED" => ProtectionMode::Enforced,
        _ => ProtectionMode::Off,
    };
    ProtectionSettings { mode: mode(&advanced_security_mode), custom_auth_mode: custom_auth_mode.as_deref().map(mode) }
}

/// What is said of the protection; nothing where it is off.
pub(super) fn add_ons_shape(protection: ProtectionSettings) -> Option<wire::UserPoolAddOnsType> {
    let name = |mode| match mode {
        ProtectionMode::Off => "OFF".to_owned(),
        ProtectionMode::Audit => "AUDIT".to_owned(),
        ProtectionMode::Enforced => "ENFORCED".to_owned(),
    };
    let flows = |mode| wire::AdvancedSecurityAdditionalFlowsType { custom_auth_mode: Some(name(mode)) };
    (protection != ProtectionSettings::default()).then(|| wire::UserPoolAddOnsType {
        advanced_security_mode: name(protection.mode),
        advanced_security_additional_flows: protection.custom_auth_mode.map(flows),
    })
}

/// The ways of recovery by their priority; those of one priority as they were named.
fn recovery(given: Option<wire::AccountRecoverySettingType>) -> RecoverySettings {
    let wire::AccountRecoverySettingType { recovery_mechanisms } = given.unwrap_or_default();
    let mut named = recovery_mechanisms.unwrap_or_default();
    named.sort_by_key(|option| option.priority);
    let mechanism = |option: wire::RecoveryOptionType| match option.name.as_str() {
        "admin_only" => RecoveryMechanism::AdminOnly,
        name => RecoveryMechanism::Verified(contact(name.trim_start_matches("verified_"))),
    };
    RecoverySettings { mechanisms: named.into_iter().map(mechanism).collect() }
}

/// The ways of recovery as they are shown; nothing where nothing was said.
pub(super) fn recovery_shape(recovery: &RecoverySettings) -> Option<wire::AccountRecoverySettingType> {
    let name = |mechanism: &RecoveryMechanism| match mechanism {
        RecoveryMechanism::AdminOnly => "admin_only",
        RecoveryMechanism::Verified(Contact::Email) => "verified_email",
        RecoveryMechanism::Verified(Contact::PhoneNumber) => "verified_phone_number",
    };
    let option = |(priority, mechanism)| wire::RecoveryOptionType { name: name(mechanism).to_owned(), priority };
    let mechanisms: Vec<_> = (1..).zip(&recovery.mechanisms).map(option).collect();
    non_empty(mechanisms).map(|mechanisms| wire::AccountRecoverySettingType { recovery_mechanisms: Some(mechanisms) })
}

/// Which addresses count only once they are proved: those that are listed, or else what the profile says.
fn account_rules(given: Option<&wire::UserAttributeUpdateSettingsType>, default: AccountRules) -> AccountRules {
    let Some(listed) = given.and_then(|given| given.attributes_require_verification_before_update.as_ref()) else {
        return default;
    };
    let is_listed = |contact: Contact| listed.iter().any(|name| name == contact.attribute());
    AccountRules {
        keep_email_until_verified: is_listed(Contact::Email),
        keep_phone_number_until_verified: is_listed(Contact::PhoneNumber),
        ..default
    }
}

/// What sign-ins of the user's choice begin with. The password stands for both of its forms.
fn first_factors(policies: Option<&wire::UserPoolPolicyType>) -> Result<FirstFactorSettings, Failure> {
    let policy = policies.and_then(|policies| policies.sign_in_policy.as_ref());
    let Some(named) = policy.and_then(|policy| policy.allowed_first_auth_factors.as_ref()) else {
        return Ok(FirstFactorSettings::default());
    };
    let mut allowed = std::collections::BTreeSet::new();
    for name in named {
        let factor = FirstFactor::named(name).filter(|factor| *factor != FirstFactor::PasswordSrp);
        let factor = factor.ok_or_else(|| {
            Failure::invalid_parameter(format!("{name} is not supported by this server as a first factor."))
        })?;
        allowed.insert(factor);
        allowed.extend((factor == FirstFactor::Password).then_some(FirstFactor::PasswordSrp));
    }
    Ok(FirstFactorSettings { allowed })
}

/// What the levels of sign-ins are called.
fn acr(given: Option<BTreeMap<String, wire::AcrLevelConfigType>>) -> Result<AcrSettings, Failure> {
    let level = |key: &str| Level::ALL.into_iter().find(|level| level_key(*level) == key);
    let mut names = BTreeMap::new();
    for (key, wire::AcrLevelConfigType { acr_value }) in given.unwrap_or_default() {
        let level = level(&key).ok_or_else(|| Failure::invalid_parameter("AcrConfiguration: no such level."))?;
        names.insert(level, acr_value);
    }
    Ok(AcrSettings { names })
}

/// What a level is called in requests.
pub(super) fn level_key(level: Level) -> &'static str {
    match level {
        Level::One => "Level1",
        Level::Two => "Level2",
        Level::Three => "Level3",
        Level::Four => "Level4",
    }
}

/// Every level's name, where the pool has given one.
pub(super) fn acr_shape(settings: &AcrSettings) -> Option<BTreeMap<String, wire::AcrLevelConfigType>> {
    let shape = |level| wire::AcrLevelConfigType { acr_value: settings.name(level).to_owned() };
    let all = || Level::ALL.into_iter().map(|level| (level_key(level).to_owned(), shape(level))).collect();
    (!settings.names.is_empty()).then(all)
}
