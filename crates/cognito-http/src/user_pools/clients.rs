//! `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`, `DeleteUserPoolClient`,
//! `ListUserPoolClients`.

use std::collections::BTreeSet;

use cognito_wire::cognito_idp as wire;
use serde::Serialize;
use userpool_core::model::client::{AllowedFlow, ClientSettings, Rotation, TimeUnit, Validity};
use userpool_core::ops::clients::{ClientWithSecret, CreateClient};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::kept;

/// Members that are kept and shown again; the OAuth endpoints that would heed them are not built yet.
const KEPT: [&str; 7] = [
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AllowedOAuthFlowsUserPoolClient",
];

const FLOWS: [(&str, AllowedFlow); 6] = [
    ("ALLOW_ADMIN_USER_PASSWORD_AUTH", AllowedFlow::AdminUserPassword),
    ("ALLOW_CUSTOM_AUTH", AllowedFlow::Custom),
    ("ALLOW_REFRESH_TOKEN_AUTH", AllowedFlow::RefreshToken),
    ("ALLOW_USER_AUTH", AllowedFlow::User),
    ("ALLOW_USER_PASSWORD_AUTH", AllowedFlow::UserPassword),
    ("ALLOW_USER_SRP_AUTH", AllowedFlow::UserSrp),
];

pub(crate) async fn create(
    call: Call,
    input: wire::CreateUserPoolClientRequest,
) -> Result<wire::CreateUserPoolClientResponse, Failure> {
    kept::refuse_unbuilt(&input, &["ClientSecret", "AnalyticsConfiguration"])?;
    let settings = Settings::of(&call, &input.client_name, &input)?;
    let request = CreateClient {
        pool: parse(&input.user_pool_id, "user pool id")?,
        settings,
        with_secret: input.generate_secret.unwrap_or(false),
    };
    let client = call.users().create_user_pool_client(request).await?;
    Ok(wire::CreateUserPoolClientResponse { user_pool_client: Some(shape(&client)?) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeUserPoolClientRequest,
) -> Result<wire::DescribeUserPoolClientResponse, Failure> {
    let (pool, client) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.client_id, "client id")?);
    let client = call.users().describe_user_pool_client(&pool, &client).await?;
    Ok(wire::DescribeUserPoolClientResponse { user_pool_client: Some(shape(&client)?) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateUserPoolClientRequest,
) -> Result<wire::UpdateUserPoolClientResponse, Failure> {
    kept::refuse_unbuilt(&input, &["AnalyticsConfiguration"])?;
    let (pool, client) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.client_id, "client id")?);
    let before = call.users().describe_user_pool_client(&pool, &client).await?;
    let name = input.client_name.clone().unwrap_or(before.client.settings.name);
    let settings = Settings::of(&call, &name, &input)?;
    let client = call.users().update_user_pool_client(&pool, &client, settings).await?;
    Ok(wire::UpdateUserPoolClientResponse { user_pool_client: Some(shape(&client)?) })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteUserPoolClientRequest) -> Result<wire::Empty, Failure> {
    let (pool, client) = (parse(&input.user_pool_id, "user pool id")?, parse(&input.client_id, "client id")?);
    call.users().delete_user_pool_client(&pool, &client).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListUserPoolClientsRequest,
) -> Result<wire::ListUserPoolClientsResponse, Failure> {
    let pool = parse(&input.user_pool_id, "user pool id")?;
    let page = call.page(input.max_results, input.next_token, &[&input.user_pool_id])?;
    let found = call.users().list_user_pool_clients(&pool, page).await?;
    let found = found.map(|client| wire::UserPoolClientDescription {
        client_id: Some(client.id.as_str().into()),
        user_pool_id: Some(client.pool.to_string()),
        client_name: Some(client.settings.name),
    });
    let next_token = call.next(found.next, &[&input.user_pool_id]);
    Ok(wire::ListUserPoolClientsResponse { user_pool_clients: Some(found.items), next_token })
}

/// The members that creation and update share, read from either by way of JSON.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Settings {
    refresh_token_validity: Option<i64>,
    access_token_validity: Option<i64>,
    id_token_validity: Option<i64>,
    token_validity_units: Option<wire::TokenValidityUnitsType>,
    read_attributes: Option<BTreeSet<String>>,
    write_attributes: Option<BTreeSet<String>>,
    explicit_auth_flows: Option<Vec<String>>,
    prevent_user_existence_errors: Option<String>,
    enable_token_revocation: Option<bool>,
    auth_session_validity: Option<i64>,
    refresh_token_rotation: Option<wire::RefreshTokenRotationType>,
}

impl Settings {
    fn of<T: Serialize>(call: &Call, name: &str, input: &T) -> Result<ClientSettings, Failure> {
        let value = serde_json::to_value(input).map_err(|error| Failure::internal(&error))?;
        let given: Self = serde_json::from_value(value).map_err(|error| Failure::internal(&error))?;
        given.into_domain(call, name, kept::keep(input, &KEPT))
    }

    fn into_domain(
        self,
        call: &Call,
        name: &str,
        kept: std::collections::BTreeMap<String, String>,
    ) -> Result<ClientSettings, Failure> {
        let defaults = call.users().default_client_settings(name);
        let units = self.token_validity_units.unwrap_or_default();
        let validity = |value: Option<i64>, unit: Option<&String>, default: Validity| {
            let unit = unit.map_or(default.unit, |unit| time_unit(unit));
            value.filter(|value| *value > 0).map_or(default, |value| Validity { value, unit })
        };
        let rotation = self.refresh_token_rotation.filter(|rotation| rotation.feature == "ENABLED");
        Ok(ClientSettings {
            flows: flows(&self.explicit_auth_flows.unwrap_or_default())?,
            readable: self.read_attributes.filter(|list| !list.is_empty()),
            writable: self.write_attributes.filter(|list| !list.is_empty()),
            access_token: validity(self.access_token_validity, units.access_token.as_ref(), defaults.access_token),
            id_token: validity(self.id_token_validity, units.id_token.as_ref(), defaults.id_token),
            refresh_token: validity(self.refresh_token_validity, units.refresh_token.as_ref(), defaults.refresh_token),
            rotation: rotation
                .map(|rotation| Rotation { grace_seconds: rotation.retry_grace_period_seconds.unwrap_or(0) }),
            revocation: self.enable_token_revocation.unwrap_or(defaults.revocation),
            hide_users: self.prevent_user_existence_errors.map_or(defaults.hide_users, |setting| setting == "ENABLED"),
            challenge_minutes: self.auth_session_validity.unwrap_or(defaults.challenge_minutes),
            kept,
            ..defaults
        })
    }
}

fn flows(given: &[String]) -> Result<BTreeSet<AllowedFlow>, Failure> {
    let legacy = |flow: &&String| !flow.starts_with("ALLOW_");
    if given.iter().any(|flow| legacy(&flow)) && !given.iter().all(|flow| legacy(&flow)) {
        return Err(Failure::invalid_parameter("ExplicitAuthFlows cannot mix values with and without ALLOW_."));
    }
    let mut out = BTreeSet::new();
    for flow in given {
        match flow.as_str() {
            "ADMIN_NO_SRP_AUTH" => drop(out.insert(AllowedFlow::AdminUserPassword)),
            "USER_PASSWORD_AUTH" => drop(out.insert(AllowedFlow::UserPassword)),
            "CUSTOM_AUTH_FLOW_ONLY" => drop(out.insert(AllowedFlow::Custom)),
            name => match FLOWS.iter().find(|(own, _)| *own == name) {
                Some((_, flow)) => drop(out.insert(*flow)),
                None => return Err(Failure::invalid_parameter(format!("{name} is not supported by this server yet."))),
            },
        }
    }
    // Clients with the old names always refresh, and sign in by SRP.
    if given.iter().any(|flow| legacy(&flow)) {
        out.extend([AllowedFlow::RefreshToken, AllowedFlow::UserSrp]);
    }
    Ok(out)
}

fn time_unit(name: &str) -> TimeUnit {
    match name {
        "seconds" => TimeUnit::Seconds,
        "minutes" => TimeUnit::Minutes,
        "days" => TimeUnit::Days,
        _ => TimeUnit::Hours,
    }
}

fn unit_name(unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Seconds => "seconds",
        TimeUnit::Minutes => "minutes",
        TimeUnit::Hours => "hours",
        TimeUnit::Days => "days",
    }
    .to_owned()
}

fn shape(with_secret: &ClientWithSecret) -> Result<wire::UserPoolClientType, Failure> {
    let client = &with_secret.client;
    let settings = &client.settings;
    let list = |names: Option<&BTreeSet<String>>| names.map(|names| names.iter().cloned().collect());
    let flow_name = |flow: &AllowedFlow| FLOWS.iter().find(|(_, own)| own == flow).map(|(name, _)| (*name).to_owned());
    let hide = if settings.hide_users { "ENABLED" } else { "LEGACY" };
    let answer = wire::UserPoolClientType {
        user_pool_id: Some(client.pool.to_string()),
        client_name: Some(settings.name.clone()),
        client_id: Some(client.id.as_str().into()),
        client_secret: with_secret.secret.as_ref().map(|secret| secret.expose().into()),
        last_modified_date: Some(client.modified_at.epoch_seconds_f64()),
        creation_date: Some(client.created_at.epoch_seconds_f64()),
        refresh_token_validity: Some(settings.refresh_token.value),
        access_token_validity: Some(settings.access_token.value),
        id_token_validity: Some(settings.id_token.value),
        token_validity_units: Some(wire::TokenValidityUnitsType {
            access_token: Some(unit_name(settings.access_token.unit)),
            id_token: Some(unit_name(settings.id_token.unit)),
            refresh_token: Some(unit_name(settings.refresh_token.unit)),
        }),
        read_attributes: list(settings.readable.as_ref()),
        write_attributes: list(settings.writable.as_ref()),
        explicit_auth_flows: Some(settings.flows.iter().filter_map(flow_name).collect()),
        allowed_oauth_flows_user_pool_client: Some(false),
        prevent_user_existence_errors: Some(hide.to_owned()),
        enable_token_revocation: Some(settings.revocation),
        enable_propagate_additional_user_context_data: Some(false),
        auth_session_validity: Some(settings.challenge_minutes),
        refresh_token_rotation: settings.rotation.map(|rotation| wire::RefreshTokenRotationType {
            feature: "ENABLED".to_owned(),
            retry_grace_period_seconds: Some(rotation.grace_seconds),
        }),
        ..wire::UserPoolClientType::default()
    };
    kept::restore(&answer, &settings.kept)
}
