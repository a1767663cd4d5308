//! `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`.

use std::mem;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::ceremony::FirstFactor;
use userpool_core::model::factors::FirstFactorSettings;
use userpool_core::model::pool::{Alias, Contact, PoolSettings, SignInNames, UserPool};
use userpool_core::ops::pools::{CreateUserPool, PoolChange};

use crate::call::{Call, of_region, parse};
use crate::error::Failure;
use crate::user_pools::factors::mode_name;
use crate::user_pools::lambda_config;
use crate::user_pools::passthrough;
use crate::user_pools::pool_settings::{Shared, acr_shape, add_ons_shape, recovery_shape};
use crate::user_pools::schema::{schema, schema_shape};
use crate::user_pools::shapes::{contact, contact_names, non_empty};

pub(crate) async fn create(
    call: Call,
    input: wire::CreateUserPoolRequest,
) -> Result<wire::CreateUserPoolResponse, Failure> {
    let wire::CreateUserPoolRequest {
        pool_name,
        policies,
        deletion_protection,
        lambda_config,
        auto_verified_attributes,
        alias_attributes,
        username_attributes,
        sms_verification_message,
        email_verification_message,
        email_verification_subject,
        verification_message_template,
        sms_authentication_message,
        mfa_configuration,
        user_attribute_update_settings,
        device_configuration,
        email_configuration,
        sms_configuration,
        user_pool_tags,
        admin_create_user_config,
        schema: attributes,
        user_pool_add_ons,
        dcr_configuration,
        username_configuration,
        account_recovery_setting,
        user_pool_tier,
        key_configuration,
        issuer_configuration,
        acr_configuration,
    } = input;
    let shared = Shared {
        policies,
        deletion_protection,
        lambda_config,
        auto_verified_attributes,
        sms_verification_message,
        email_verification_message,
        email_verification_subject,
        verification_message_template,
        sms_authentication_message,
        mfa_configuration,
        is_update: false,
        user_attribute_update_settings,
        device_configuration,
        email_configuration,
        sms_configuration,
        user_pool_tags,
        admin_create_user_config,
        user_pool_add_ons,
        dcr_configuration,
        account_recovery_setting,
        user_pool_tier,
        key_configuration,
        issuer_configuration,
        acr_configuration,
    };
    let request = CreateUserPool {
        name: pool_name,
        region: call.region().map(str::to_owned),
        settings: shared.into_domain(&call)?,
        sign_in_names: sign_in_names(alias_attributes, username_attributes)?,
        case_sensitive: username_configuration.is_none_or(|configuration| configuration.case_sensitive),
        attributes: attributes.unwrap_or_default().into_iter().map(schema).collect::<Result<_, _>>()?,
        algorithm: None,
    };
    let pool = call.users().create_user_pool(request).await?;
    Ok(wire::CreateUserPoolResponse { user_pool: Some(shape(&call, &pool, 0)?) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeUserPoolRequest,
) -> Result<wire::DescribeUserPoolResponse, Failure> {
    let wire::DescribeUserPoolRequest { user_pool_id } = input;
    let (users, id) = (call.users(), parse(&user_pool_id, "user pool id")?);
    let (pool, count) = (users.describe_user_pool(&id).await?, users.estimated_users(&id).await?);
    let domains = users.domains_of(&id).await?;
    let named = |prefix| domains.iter().find(|one| one.name.is_prefix() == prefix).map(|one| one.name.to_string());
    let shown = shape(&call, &pool, count)?;
    let shown = wire::UserPoolType { domain: named(true), custom_domain: named(false), ..shown };
    Ok(wire::DescribeUserPoolResponse { user_pool: Some(shown) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateUserPoolRequest,
) -> Result<wire::UpdateUserPoolResponse, Failure> {
    let wire::UpdateUserPoolRequest {
        user_pool_id,
        policies,
        deletion_protection,
        lambda_config,
        auto_verified_attributes,
        sms_verification_message,
        email_verification_message,
        email_verification_subject,
        verification_message_template,
        sms_authentication_message,
        user_attribute_update_settings,
        mfa_configuration,
        device_configuration,
        email_configuration,
        sms_configuration,
        user_pool_tags,
        admin_create_user_config,
        user_pool_add_ons,
        dcr_configuration,
        account_recovery_setting,
        pool_name,
        user_pool_tier,
        key_configuration,
        issuer_configuration,
        acr_configuration,
    } = input;
    let shared = Shared {
        policies,
        deletion_protection,
        lambda_config,
        auto_verified_attributes,
        sms_verification_message,
        email_verification_message,
        email_verification_subject,
        verification_message_template,
        sms_authentication_message,
        mfa_configuration,
        is_update: true,
        user_attribute_update_settings,
        device_configuration,
        email_configuration,
        sms_configuration,
        user_pool_tags,
        admin_create_user_config,
        user_pool_add_ons,
        dcr_configuration,
        account_recovery_setting,
        user_pool_tier,
        key_configuration,
        issuer_configuration,
        acr_configuration,
    };
    let id = parse(&user_pool_id, "user pool id")?;
    let says = Says { plan: shared.user_pool_tier.is_some(), mfa: shared.mfa_configuration.is_some() };
    let settings = shared.into_domain(&call)?;
    let change = |change: &mut PoolChange| {
        change.name = pool_name.unwrap_or(mem::take(&mut change.name));
        change.settings = says.over(&change.settings, settings);
    };
    call.users().change_user_pool(&id, change).await?;
    Ok(wire::UpdateUserPoolResponse::default())
}

/// What an update speaks of, among the settings that do not fall back to their defaults when they are left out.
struct Says {
    plan: bool,
    mfa: bool,
}

impl Says {
    /// The settings after an update that gives these.
    fn over(&self, before: &PoolSettings, given: PoolSettings) -> PoolSettings {
        let mfa = before.mfa.clone();
        PoolSettings {
            // Nobody turns second factors off by leaving them out.
            mfa: if self.mfa { mfa.updated(given.mfa.mode, given.mfa.kinds) } else { mfa },
            // An update does not speak of passkeys: what `SetUserPoolMfaConfig` said of them stays.
            passkeys: before.passkeys.clone(),
            // Nobody loses what was kept by leaving the plan out.
            history: if self.plan { given.history } else { before.history },
            ..given
        }
    }
}

pub(crate) async fn delete(call: Call, input: wire::DeleteUserPoolRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteUserPoolRequest { user_pool_id } = input;
    call.users().delete_user_pool(&parse(&user_pool_id, "user pool id")?).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserPoolsRequest,
) -> Result<wire::ListUserPoolsResponse, Failure> {
    let wire::ListUserPoolsRequest { next_token, max_results } = input;
    // Pools are listed by id, and an id begins with its region: those of one region stand together.
    let region = call.region().unwrap_or_default();
    let mut page = call.page(Some(max_results), next_token, &[region])?;
    page.after.get_or_insert_with(|| format!("{region}_"));
    let found = of_region(call.users().list_user_pools(page).await?, |pool| pool.id.region() == region);
    let short = |pool: UserPool| wire::UserPoolDescriptionType {
        id: Some(pool.id.to_string()),
        name: Some(pool.name),
        lambda_config: Some(lambda_config::shape(&pool.settings.lambda)),
        last_modified_date: Some(pool.modified_at.epoch_seconds_f64()),
        creation_date: Some(pool.created_at.epoch_seconds_f64()),
        ..wire::UserPoolDescriptionType::default()
    };
    let found = found.map(short);
    Ok(wire::ListUserPoolsResponse { user_pools: Some(found.items), next_token: call.next(found.next, &[region]) })
}

fn sign_in_names(aliases: Option<Vec<String>>, usernames: Option<Vec<String>>) -> Result<SignInNames, Failure> {
    let (aliases, usernames) = (aliases.unwrap_or_default(), usernames.unwrap_or_default());
    let alias = |name: &String| match name.as_str() {
        "email" => Alias::Email,
        "phone_number" => Alias::PhoneNumber,
        _ => Alias::PreferredUsername,
    };
    match (aliases.is_empty(), usernames.is_empty()) {
        (true, true) => Ok(SignInNames::Username),
        (false, true) => Ok(SignInNames::UsernameOr(aliases.iter().map(alias).collect())),
        (true, false) => Ok(SignInNames::Address(usernames.iter().map(|name| contact(name)).collect())),
        (false, false) => Err(Failure::invalid_parameter(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        )),
    }
}

/// A pool as it is shown, with about so many users.
fn shape(call: &Call, pool: &UserPool, users: u64) -> Result<wire::UserPoolType, Failure> {
    let settings = &pool.settings;
    let policy = settings.password_policy;
    let account_region = call.account_region().in_region(pool.id.region());
    let (aliases, usernames) = name_shapes(&pool.sign_in_names);
    let texts = &settings.messages;
    let kept: wire::UserPoolType = passthrough::restore(&settings.passthrough)?;
    Ok(wire::UserPoolType {
        id: Some(pool.id.to_string()),
        name: Some(pool.name.clone()),
        arn: Some(account_region.arn("cognito-idp", format!("userpool/{}", pool.id))),
        policies: Some(wire::UserPoolPolicyType {
            password_policy: Some(wire::PasswordPolicyType {
                minimum_length: i64::try_from(policy.minimum_length).ok(),
                require_uppercase: Some(policy.require_uppercase),
                require_lowercase: Some(policy.require_lowercase),
                require_numbers: Some(policy.require_numbers),
                require_symbols: Some(policy.require_symbols),
                password_history_size: i64::try_from(policy.history_size).ok().filter(|size| *size > 0),
                temporary_password_validity_days: Some(policy.temporary_days),
            }),
            sign_in_policy: Some(wire::SignInPolicyType {
                allowed_first_auth_factors: Some(first_factor_names(&settings.first_factors)),
            }),
        }),
        deletion_protection: Some(if settings.deletion_protected { "ACTIVE" } else { "INACTIVE" }.to_owned()),
        lambda_config: Some(lambda_config::shape(&settings.lambda)),
        last_modified_date: Some(pool.modified_at.epoch_seconds_f64()),
        creation_date: Some(pool.created_at.epoch_seconds_f64()),
        schema_attributes: Some(pool.schema.iter().map(schema_shape).collect()),
        auto_verified_attributes: non_empty(contact_names(&settings.auto_verified)),
        alias_attributes: non_empty(aliases),
        username_attributes: non_empty(usernames),
        sms_verification_message: texts.verification_sms.clone(),
        email_verification_message: texts.verification_body.clone(),
        email_verification_subject: texts.verification_subject.clone(),
        verification_message_template: Some(wire::VerificationMessageTemplateType {
            sms_message: texts.verification_sms.clone(),
            email_message: texts.verification_body.clone(),
            email_subject: texts.verification_subject.clone(),
            email_message_by_link: texts.by_link.body.clone(),
            email_subject_by_link: texts.by_link.subject.clone(),
            default_email_option: Some(
                if texts.by_link.enabled { "CONFIRM_WITH_LINK" } else { "CONFIRM_WITH_CODE" }.to_owned(),
            ),
        }),
        estimated_number_of_users: i64::try_from(users).ok(),
        mfa_configuration: Some(mode_name(settings.mfa.mode).to_owned()),
        acr_configuration: acr_shape(&settings.acr),
        user_attribute_update_settings: update_settings(pool).or(kept.user_attribute_update_settings),
        device_configuration: settings.devices.map(|devices| wire::DeviceConfigurationType {
            challenge_required_on_new_device: Some(devices.stands_for_second_factor),
            device_only_remembered_on_user_prompt: Some(devices.remembered_on_prompt),
        }),
        user_pool_tags: Some(settings.tags.clone()),
        admin_create_user_config: Some(wire::AdminCreateUserConfigType {
            allow_admin_create_user_only: Some(settings.admin_create_only),
            unused_account_validity_days: Some(policy.temporary_days),
            invite_message_template: Some(wire::MessageTemplateType {
                sms_message: texts.invitation_sms.clone(),
                email_message: texts.invitation_body.clone(),
                email_subject: texts.invitation_subject.clone(),
            })
            .filter(|template| *template != wire::MessageTemplateType::default()),
        }),
        username_configuration: Some(wire::UsernameConfigurationType { case_sensitive: pool.case_sensitive }),
        email_configuration: kept.email_configuration.or_else(|| Some(default_sender())),
        user_pool_add_ons: add_ons_shape(settings.protection).or(kept.user_pool_add_ons),
        account_recovery_setting: recovery_shape(&settings.recovery),
        user_pool_tier: kept.user_pool_tier.or_else(|| Some("ESSENTIALS".to_owned())),
        ..kept
    })
}

/// The kinds of factors that sign-ins begin with. The password stands for both of its forms.
fn first_factor_names(settings: &FirstFactorSettings) -> Vec<String> {
    let shown = settings.allowed.iter().filter(|factor| **factor != FirstFactor::PasswordSrp);
    shown.map(|factor| factor.name().to_owned()).collect()
}

/// Who sends mail where nothing is said.
fn default_sender() -> wire::EmailConfigurationType {
    wire::EmailConfigurationType {
        email_sending_account: Some("COGNITO_DEFAULT".to_owned()),
        ..wire::EmailConfigurationType::default()
    }
}

/// The addresses that count only once they are proved, if there are any.
fn update_settings(pool: &UserPool) -> Option<wire::UserAttributeUpdateSettingsType> {
    let contacts = [Contact::Email, Contact::PhoneNumber];
    let listed = non_empty(contact_names(contacts.iter().filter(|contact| pool.keeps_until_verified(**contact))))?;
    Some(wire::UserAttributeUpdateSettingsType { attributes_require_verification_before_update: Some(listed) })
}

fn name_shapes(names: &SignInNames) -> (Vec<String>, Vec<String>) {
    let alias = |alias: &Alias| {
        match alias {
            Alias::Email => "email",
            Alias::PhoneNumber => "phone_number",
            Alias::PreferredUsername => "preferred_username",
        }
        .to_owned()
    };
    match names {
        SignInNames::Username => (Vec::new(), Vec::new()),
        SignInNames::UsernameOr(aliases) => (aliases.iter().map(alias).collect(), Vec::new()),
        SignInNames::Address(contacts) => (Vec::new(), contact_names(contacts)),
    }
}
