//! `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`.

use cognito_wire::cognito_idp as wire;
use serde::Serialize;
use userpool_core::model::attributes::{AttributeSchema, AttributeType, is_standard};
use userpool_core::model::password::PasswordPolicy;
use userpool_core::model::pool::{Alias, MessageTexts, PoolSettings, SignInNames, UserPool};
use userpool_core::ops::pools::CreateUserPool;

use crate::call::{Call, of_region, parse};
use crate::error::Failure;
use crate::user_pools::kept;
use crate::user_pools::shapes::{contact, contact_names, some};

/// Members that are kept and shown again.
const KEPT: [&str; 6] = [
    "AccountRecoverySetting",
    "EmailConfiguration",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "UserPoolTier",
    "IssuerConfiguration",
];

/// Members that would promise something that is not there.
const UNBUILT: [&str; 8] = [
    "MfaConfiguration",
    "LambdaConfig",
    "DeviceConfiguration",
    "UserPoolAddOns",
    "UserAttributeUpdateSettings",
    "DcrConfiguration",
    "AcrConfiguration",
    "KeyConfiguration",
];

pub(crate) async fn create(
    call: Call,
    input: wire::CreateUserPoolRequest,
) -> Result<wire::CreateUserPoolResponse, Failure> {
    let settings = Settings::of(&call, &input)?;
    let request = CreateUserPool {
        name: input.pool_name,
        region: call.region().map(str::to_owned),
        settings,
        sign_in_names: sign_in_names(input.alias_attributes, input.username_attributes)?,
        case_sensitive: input.username_configuration.is_none_or(|configuration| configuration.case_sensitive),
        attributes: input.schema.unwrap_or_default().into_iter().map(schema).collect::<Result<_, _>>()?,
        algorithm: None,
    };
    let pool = call.users().create_user_pool(request).await?;
    Ok(wire::CreateUserPoolResponse { user_pool: Some(shape(&call, &pool)?) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeUserPoolRequest,
) -> Result<wire::DescribeUserPoolResponse, Failure> {
    let pool = call.users().describe_user_pool(&parse(&input.user_pool_id, "user pool id")?).await?;
    Ok(wire::DescribeUserPoolResponse { user_pool: Some(shape(&call, &pool)?) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateUserPoolRequest,
) -> Result<wire::UpdateUserPoolResponse, Failure> {
    let id = parse(&input.user_pool_id, "user pool id")?;
    let settings = Settings::of(&call, &input)?;
    call.users().update_user_pool(&id, settings).await?;
    Ok(wire::UpdateUserPoolResponse::default())
}

pub(crate) async fn delete(call: Call, input: wire::DeleteUserPoolRequest) -> Result<wire::Empty, Failure> {
    call.users().delete_user_pool(&parse(&input.user_pool_id, "user pool id")?).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserPoolsRequest,
) -> Result<wire::ListUserPoolsResponse, Failure> {
    // Pools are listed by id, and an id begins with its region: those of one region stand together.
    let region = call.region().unwrap_or_default();
    let mut page = call.page(Some(input.max_results), input.next_token, &[region])?;
    page.after.get_or_insert_with(|| format!("{region}_"));
    let found = of_region(call.users().list_user_pools(page).await?, |pool| pool.id.region() == region);
    let short = |pool: UserPool| wire::UserPoolDescriptionType {
        id: Some(pool.id.to_string()),
        name: Some(pool.name),
        lambda_config: Some(wire::LambdaConfigType::default()),
        last_modified_date: Some(pool.modified_at.epoch_seconds_f64()),
        creation_date: Some(pool.created_at.epoch_seconds_f64()),
        ..wire::UserPoolDescriptionType::default()
    };
    let found = found.map(short);
    Ok(wire::ListUserPoolsResponse { user_pools: Some(found.items), next_token: call.next(found.next, &[region]) })
}

/// The members that creation and update share, read from either by way of JSON.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Settings {
    policies: Option<wire::UserPoolPolicyType>,
    deletion_protection: Option<String>,
    auto_verified_attributes: Option<Vec<String>>,
    verification_message_template: Option<wire::VerificationMessageTemplateType>,
    sms_verification_message: Option<String>,
    email_verification_message: Option<String>,
    email_verification_subject: Option<String>,
    admin_create_user_config: Option<wire::AdminCreateUserConfigType>,
    user_pool_tags: Option<std::collections::BTreeMap<String, String>>,
}

impl Settings {
    fn of<T: Serialize>(call: &Call, input: &T) -> Result<PoolSettings, Failure> {
        kept::refuse_unbuilt(input, &UNBUILT)?;
        let value = serde_json::to_value(input).map_err(|error| Failure::internal(&error))?;
        let given: Self = serde_json::from_value(value).map_err(|error| Failure::internal(&error))?;
        check_policies(given.policies.as_ref())?;
        Ok(given.into_domain(call, kept::keep(input, &KEPT)))
    }

    fn into_domain(self, call: &Call, kept: std::collections::BTreeMap<String, String>) -> PoolSettings {
        let defaults = call.users().default_settings();
        let admin = self.admin_create_user_config.unwrap_or_default();
        let template = self.verification_message_template.unwrap_or_default();
        let invitation = admin.invite_message_template.unwrap_or_default();
        PoolSettings {
            password_policy: password_policy(
                self.policies,
                admin.unused_account_validity_days,
                defaults.password_policy,
            ),
            auto_verified: self.auto_verified_attributes.unwrap_or_default().iter().map(|name| contact(name)).collect(),
            admin_create_only: admin.allow_admin_create_user_only.unwrap_or(false),
            messages: MessageTexts {
                verification_subject: template.email_subject.or(self.email_verification_subject),
                verification_body: template.email_message.or(self.email_verification_message),
                verification_sms: template.sms_message.or(self.sms_verification_message),
                invitation_subject: invitation.email_subject,
                invitation_body: invitation.email_message,
                invitation_sms: invitation.sms_message,
            },
            deletion_protected: self.deletion_protection.as_deref() == Some("ACTIVE"),
            tags: self.user_pool_tags.unwrap_or_default(),
            kept,
        }
    }
}

/// Passwords are the one first factor yet, and their history is not kept yet.
fn check_policies(policies: Option<&wire::UserPoolPolicyType>) -> Result<(), Failure> {
    let Some(policies) = policies else { return Ok(()) };
    let factors = policies.sign_in_policy.as_ref().and_then(|policy| policy.allowed_first_auth_factors.as_ref());
    if factors.is_some_and(|factors| factors.iter().any(|factor| factor != "PASSWORD")) {
        return Err(Failure::invalid_parameter("SignInPolicy is not supported by this server yet, but for PASSWORD."));
    }
    if policies.password_policy.as_ref().is_some_and(|policy| policy.password_history_size.unwrap_or(0) > 0) {
        return Err(Failure::invalid_parameter("PasswordHistorySize is not supported by this server yet."));
    }
    Ok(())
}

fn password_policy(
    policies: Option<wire::UserPoolPolicyType>,
    unused_days: Option<i64>,
    default: PasswordPolicy,
) -> PasswordPolicy {
    let days = |days: Option<i64>| days.filter(|days| *days > 0);
    let Some(given) = policies.and_then(|policies| policies.password_policy) else {
        return PasswordPolicy { temporary_days: days(unused_days).unwrap_or(default.temporary_days), ..default };
    };
    let temporary = days(given.temporary_password_validity_days).or(days(unused_days));
    PasswordPolicy {
        minimum_length: given.minimum_length.and_then(|length| usize::try_from(length).ok()).unwrap_or(8),
        require_uppercase: given.require_uppercase.unwrap_or(false),
        require_lowercase: given.require_lowercase.unwrap_or(false),
        require_numbers: given.require_numbers.unwrap_or(false),
        require_symbols: given.require_symbols.unwrap_or(false),
        temporary_days: temporary.unwrap_or(default.temporary_days),
    }
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

fn schema(given: wire::SchemaAttributeType) -> Result<AttributeSchema, Failure> {
    let name = given.name.ok_or_else(|| Failure::invalid_parameter("An attribute needs a name."))?;
    if given.developer_only_attribute == Some(true) {
        return Err(Failure::invalid_parameter("DeveloperOnlyAttribute is not supported by this server."));
    }
    let standard = userpool_core::model::attributes::standard().into_iter().find(|own| own.name == name);
    let data_type = match given.attribute_data_type.as_deref() {
        Some("Number") => AttributeType::Number,
        Some("Boolean") => AttributeType::Boolean,
        Some("DateTime") => AttributeType::DateTime,
        Some(_) => AttributeType::Text,
        None => standard.as_ref().map_or(AttributeType::Text, |own| own.data_type),
    };
    let number = |text: Option<String>| -> Result<Option<i64>, Failure> {
        text.map(|text| text.parse().map_err(|_| Failure::invalid_parameter("A constraint must be a number.")))
            .transpose()
    };
    let texts = given.string_attribute_constraints.unwrap_or_default();
    let numbers = given.number_attribute_constraints.unwrap_or_default();
    let (min, max) = match data_type {
        AttributeType::Number => (number(numbers.min_value)?, number(numbers.max_value)?),
        _ => (number(texts.min_length)?, number(texts.max_length)?),
    };
    Ok(AttributeSchema {
        min: min.or(standard.as_ref().and_then(|own| own.min)),
        max: max.or(standard.as_ref().and_then(|own| own.max)),
        name: if standard.is_some() || !is_standard(&name) { name } else { format!("custom:{name}") },
        data_type,
        mutable: given.mutable.unwrap_or(true),
        required: given.required.unwrap_or(false),
    })
}

fn schema_shape(schema: &AttributeSchema) -> wire::SchemaAttributeType {
    let text = |bound: Option<i64>| bound.map(|bound| bound.to_string());
    let (data_type, is_text) = match schema.data_type {
        AttributeType::Text => ("String", true),
        AttributeType::Number => ("Number", false),
        AttributeType::Boolean => ("Boolean", false),
        AttributeType::DateTime => ("DateTime", false),
    };
    wire::SchemaAttributeType {
        name: Some(schema.name.clone()),
        attribute_data_type: Some(data_type.to_owned()),
        developer_only_attribute: Some(false),
        mutable: Some(schema.mutable),
        required: Some(schema.required),
        number_attribute_constraints: (schema.data_type == AttributeType::Number)
            .then(|| wire::NumberAttributeConstraintsType { min_value: text(schema.min), max_value: text(schema.max) }),
        string_attribute_constraints: is_text.then(|| wire::StringAttributeConstraintsType {
            min_length: text(schema.min),
            max_length: text(schema.max),
        }),
    }
}

fn shape(call: &Call, pool: &UserPool) -> Result<wire::UserPoolType, Failure> {
    let settings = &pool.settings;
    let policy = settings.password_policy;
    let place = call.vending().place().in_region(pool.id.region());
    let (aliases, usernames) = name_shapes(&pool.sign_in_names);
    let texts = &settings.messages;
    let answer = wire::UserPoolType {
        id: Some(pool.id.to_string()),
        name: Some(pool.name.clone()),
        arn: Some(place.arn("cognito-idp", format!("userpool/{}", pool.id))),
        policies: Some(wire::UserPoolPolicyType {
            password_policy: Some(wire::PasswordPolicyType {
                minimum_length: i64::try_from(policy.minimum_length).ok(),
                require_uppercase: Some(policy.require_uppercase),
                require_lowercase: Some(policy.require_lowercase),
                require_numbers: Some(policy.require_numbers),
                require_symbols: Some(policy.require_symbols),
                password_history_size: None,
                temporary_password_validity_days: Some(policy.temporary_days),
            }),
            sign_in_policy: Some(wire::SignInPolicyType {
                allowed_first_auth_factors: Some(vec!["PASSWORD".to_owned()]),
            }),
        }),
        deletion_protection: Some(if settings.deletion_protected { "ACTIVE" } else { "INACTIVE" }.to_owned()),
        lambda_config: Some(wire::LambdaConfigType::default()),
        last_modified_date: Some(pool.modified_at.epoch_seconds_f64()),
        creation_date: Some(pool.created_at.epoch_seconds_f64()),
        schema_attributes: Some(pool.schema.iter().map(schema_shape).collect()),
        auto_verified_attributes: some(contact_names(&settings.auto_verified)),
        alias_attributes: some(aliases),
        username_attributes: some(usernames),
        sms_verification_message: texts.verification_sms.clone(),
        email_verification_message: texts.verification_body.clone(),
        email_verification_subject: texts.verification_subject.clone(),
        verification_message_template: Some(wire::VerificationMessageTemplateType {
            sms_message: texts.verification_sms.clone(),
            email_message: texts.verification_body.clone(),
            email_subject: texts.verification_subject.clone(),
            default_email_option: Some("CONFIRM_WITH_CODE".to_owned()),
            ..wire::VerificationMessageTemplateType::default()
        }),
        mfa_configuration: Some("OFF".to_owned()),
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
        user_pool_tier: Some("ESSENTIALS".to_owned()),
        ..wire::UserPoolType::default()
    };
    kept::restore(&answer, &settings.kept)
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
