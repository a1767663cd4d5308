//! `CreateIdentityProvider`, `DescribeIdentityProvider`, `GetIdentityProviderByIdentifier`, `UpdateIdentityProvider`,
//! `DeleteIdentityProvider`, `ListIdentityProviders`.

use std::collections::BTreeMap;

use cognito_wire::cognito_idp as wire;
use userpool_core::model::acr::Level;
use userpool_core::model::identity_provider::{IdentityProvider, ProviderIdentifier, ProviderKind};
use userpool_core::ops::identity_providers::{NewProvider, ProviderChange, ProviderWithSecrets};

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::pool_settings::level_key;
use crate::user_pools::shapes::non_empty;

pub(crate) async fn create(
    call: Call,
    input: wire::CreateIdentityProviderRequest,
) -> Result<wire::CreateIdentityProviderResponse, Failure> {
    let wire::CreateIdentityProviderRequest {
        user_pool_id,
        provider_name,
        provider_type,
        provider_details,
        attribute_mapping,
        idp_identifiers,
        acr_mapping,
    } = input;
    let kind = ProviderKind::named(&provider_type)
        .ok_or_else(|| Failure::invalid_parameter(format!("ProviderType {provider_type} is not known.")))?;
    let said = change(Some(provider_details), attribute_mapping, idp_identifiers, acr_mapping)?;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&provider_name, "provider name")?);
    let made = call.users().create_identity_provider(NewProvider { pool, name, kind, said }).await?;
    Ok(wire::CreateIdentityProviderResponse { identity_provider: shape(made) })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeIdentityProviderRequest,
) -> Result<wire::DescribeIdentityProviderResponse, Failure> {
    let wire::DescribeIdentityProviderRequest { user_pool_id, provider_name } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&provider_name, "provider name")?);
    let identity_provider = shape(call.users().describe_identity_provider(&pool, &name).await?);
    Ok(wire::DescribeIdentityProviderResponse { identity_provider })
}

pub(crate) async fn by_identifier(
    call: Call,
    input: wire::GetIdentityProviderByIdentifierRequest,
) -> Result<wire::GetIdentityProviderByIdentifierResponse, Failure> {
    let wire::GetIdentityProviderByIdentifierRequest { user_pool_id, idp_identifier } = input;
    let (pool, identifier) = (parse(&user_pool_id, "user pool id")?, parse(&idp_identifier, "identifier")?);
    let identity_provider = shape(call.users().identity_provider_by_identifier(&pool, &identifier).await?);
    Ok(wire::GetIdentityProviderByIdentifierResponse { identity_provider })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateIdentityProviderRequest,
) -> Result<wire::UpdateIdentityProviderResponse, Failure> {
    let wire::UpdateIdentityProviderRequest {
        user_pool_id,
        provider_name,
        provider_details,
        attribute_mapping,
        idp_identifiers,
        acr_mapping,
    } = input;
    let said = change(provider_details, attribute_mapping, idp_identifiers, acr_mapping)?;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&provider_name, "provider name")?);
    let identity_provider = shape(call.users().update_identity_provider(&pool, &name, said).await?);
    Ok(wire::UpdateIdentityProviderResponse { identity_provider })
}

pub(crate) async fn delete(call: Call, input: wire::DeleteIdentityProviderRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteIdentityProviderRequest { user_pool_id, provider_name } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&provider_name, "provider name")?);
    call.users().delete_identity_provider(&pool, &name).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListIdentityProvidersRequest,
) -> Result<wire::ListIdentityProvidersResponse, Failure> {
    let wire::ListIdentityProvidersRequest { user_pool_id, max_results, next_token } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let page = call.page(max_results, next_token, &[&user_pool_id])?;
    let found = call.users().list_identity_providers(&pool, page).await?.map(|provider| description(&provider));
    let next_token = call.next(found.next, &[&user_pool_id]);
    Ok(wire::ListIdentityProvidersResponse { providers: found.items, next_token })
}

fn change(
    details: Option<BTreeMap<String, String>>,
    mapping: Option<BTreeMap<String, String>>,
    identifiers: Option<Vec<String>>,
    levels: Option<BTreeMap<String, String>>,
) -> Result<ProviderChange, Failure> {
    let read = |identifiers: Vec<String>| {
        identifiers.iter().map(|text| parse(text, "identifier")).collect::<Result<Vec<ProviderIdentifier>, _>>()
    };
    let identifiers = identifiers.map(read).transpose()?;
    Ok(ProviderChange { details, mapping, identifiers, levels: levels.map(read_levels).transpose()? })
}

fn read_levels(given: BTreeMap<String, String>) -> Result<BTreeMap<Level, String>, Failure> {
    let level = |key: &str| Level::ALL.into_iter().find(|level| level_key(*level) == key);
    let read = |(key, value): (String, String)| {
        let level =
            level(&key).ok_or_else(|| Failure::invalid_parameter("AcrMapping has keys from Level1 to Level4."))?;
        Ok((level, value))
    };
    given.into_iter().map(read).collect()
}

fn shape(with_secrets: ProviderWithSecrets) -> wire::IdentityProviderType {
    let ProviderWithSecrets { provider, secrets } = with_secrets;
    let IdentityProvider {
        pool,
        name,
        kind,
        details,
        mapping,
        identifiers,
        levels,
        created_at,
        modified_at,
        secrets: _,
    } = provider;
    // Amazon gives secrets back, as operators who compare what they asked for expect, but for the key of Apple.
    let shown = secrets.into_iter().filter(|(name, _)| name != "private_key");
    let details = details.into_iter().chain(shown.map(|(name, secret)| (name, secret.expose().to_owned()))).collect();
    let levels: BTreeMap<_, _> = levels.into_iter().map(|(level, name)| (level_key(level).to_owned(), name)).collect();
    wire::IdentityProviderType {
        user_pool_id: Some(pool.to_string()),
        provider_name: Some(name.to_string()),
        provider_type: Some(kind.name().to_owned()),
        provider_details: Some(details),
        attribute_mapping: Some(mapping),
        idp_identifiers: non_empty(identifiers.into_iter().map(String::from).collect()),
        acr_mapping: Some(levels).filter(|levels| !levels.is_empty()),
        last_modified_date: Some(modified_at.epoch_seconds_f64()),
        creation_date: Some(created_at.epoch_seconds_f64()),
    }
}

fn description(provider: &IdentityProvider) -> wire::ProviderDescription {
    wire::ProviderDescription {
        provider_name: Some(provider.name.to_string()),
        provider_type: Some(provider.kind.name().to_owned()),
        last_modified_date: Some(provider.modified_at.epoch_seconds_f64()),
        creation_date: Some(provider.created_at.epoch_seconds_f64()),
    }
}
