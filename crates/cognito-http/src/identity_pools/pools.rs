//! Pools and their roles.

use std::collections::BTreeMap;

use cognito_wire::cognito_identity as wire;
use identity_federation::model::pool::{IdentityPool, IdentityPoolSettings, PoolRoles, UserPoolProvider};
use identity_federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};

use crate::call::{Call, of_region, parse};
use crate::error::Failure;

pub(crate) async fn create(call: Call, input: wire::CreateIdentityPoolInput) -> Result<wire::IdentityPool, Failure> {
    let wire::CreateIdentityPoolInput {
        identity_pool_name,
        allow_unauthenticated_identities,
        allow_classic_flow,
        supported_login_providers,
        developer_provider_name,
        open_id_connect_provider_arns,
        cognito_identity_providers,
        saml_provider_arns,
        identity_pool_tags,
    } = input;
    let given = wire::IdentityPool {
        identity_pool_id: String::new(),
        identity_pool_name,
        allow_unauthenticated_identities,
        allow_classic_flow,
        supported_login_providers,
        developer_provider_name,
        open_id_connect_provider_arns,
        cognito_identity_providers,
        saml_provider_arns,
        identity_pool_tags,
    };
    let settings = settings(given)?;
    let pool = call.identities().create_identity_pool(call.region(), settings).await?;
    Ok(shape(pool))
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeIdentityPoolInput,
) -> Result<wire::IdentityPool, Failure> {
    let wire::DescribeIdentityPoolInput { identity_pool_id } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    Ok(shape(call.identities().describe_identity_pool(&pool).await?))
}

pub(crate) async fn update(call: Call, input: wire::IdentityPool) -> Result<wire::IdentityPool, Failure> {
    let pool = parse(&input.identity_pool_id, "identity pool id")?;
    let settings = settings(input)?;
    Ok(shape(call.identities().update_identity_pool(&pool, settings).await?))
}

pub(crate) async fn delete(call: Call, input: wire::DeleteIdentityPoolInput) -> Result<wire::Empty, Failure> {
    let wire::DeleteIdentityPoolInput { identity_pool_id } = input;
    call.identities().delete_identity_pool(&parse(&identity_pool_id, "identity pool id")?).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn list(
    call: Call,
    input: wire::ListIdentityPoolsInput,
) -> Result<wire::ListIdentityPoolsResponse, Failure> {
    let wire::ListIdentityPoolsInput { max_results, next_token } = input;
    // Pools are listed by id, and an id begins with its region: those of one region stand together.
    let region = call.region().unwrap_or_default();
    let mut page = call.page(Some(max_results), next_token, &[region])?;
    page.after.get_or_insert_with(|| format!("{region}:"));
    let found = of_region(call.identities().list_identity_pools(page).await?, |pool| pool.id.region() == region);
    let found = found.map(|pool| wire::IdentityPoolShortDescription {
        identity_pool_id: Some(pool.id.to_string()),
        identity_pool_name: Some(pool.settings.name),
    });
    Ok(wire::ListIdentityPoolsResponse {
        identity_pools: Some(found.items),
        next_token: call.next(found.next, &[region]),
    })
}

pub(crate) async fn set_roles(call: Call, input: wire::SetIdentityPoolRolesInput) -> Result<wire::Empty, Failure> {
    let wire::SetIdentityPoolRolesInput { identity_pool_id, roles, role_mappings } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let mut given = roles;
    let mappings = role_mappings.unwrap_or_default().into_iter();
    let roles = PoolRoles {
        authenticated: given.remove("authenticated"),
        unauthenticated: given.remove("unauthenticated"),
        mappings: mappings.map(|(key, mapping)| Ok((key, mapping_of(mapping)?))).collect::<Result<_, Failure>>()?,
    };
    // What it warns of is told to whoever hears of events: the wire has no place for it.
    call.identities().set_identity_pool_roles(&pool, roles).await?;
    Ok(wire::Empty::default())
}

pub(crate) async fn get_roles(
    call: Call,
    input: wire::GetIdentityPoolRolesInput,
) -> Result<wire::GetIdentityPoolRolesResponse, Failure> {
    let wire::GetIdentityPoolRolesInput { identity_pool_id } = input;
    let pool = parse(&identity_pool_id, "identity pool id")?;
    let roles = call.identities().describe_identity_pool(&pool).await?.roles;
    let named = [("authenticated", roles.authenticated), ("unauthenticated", roles.unauthenticated)];
    let named: BTreeMap<String, String> =
        named.into_iter().filter_map(|(name, role)| Some((name.to_owned(), role?))).collect();
    let mappings: BTreeMap<String, wire::RoleMapping> =
        roles.mappings.into_iter().map(|(key, mapping)| (key, mapping_shape(mapping))).collect();
    Ok(wire::GetIdentityPoolRolesResponse {
        identity_pool_id: Some(identity_pool_id),
        roles: Some(named),
        role_mappings: (!mappings.is_empty()).then_some(mappings),
    })
}

/// The settings that creation and update share: an update has the shape of the pool itself.
fn settings(input: wire::IdentityPool) -> Result<IdentityPoolSettings, Failure> {
    // The id says which pool, and is no setting.
    let wire::IdentityPool {
        identity_pool_id: _,
        identity_pool_name,
        allow_unauthenticated_identities,
        allow_classic_flow,
        supported_login_providers,
        developer_provider_name,
        open_id_connect_provider_arns,
        cognito_identity_providers,
        saml_provider_arns,
        identity_pool_tags,
    } = input;
    Ok(IdentityPoolSettings {
        name: identity_pool_name,
        allow_guests: allow_unauthenticated_identities,
        allow_classic: allow_classic_flow,
        public_providers: supported_login_providers.unwrap_or_default(),
        developer_provider: developer_provider_name,
        oidc_provider_arns: open_id_connect_provider_arns.unwrap_or_default(),
        user_pools: user_pools(cognito_identity_providers)?,
        saml_provider_arns: saml_provider_arns.unwrap_or_default(),
        tags: identity_pool_tags.unwrap_or_default(),
    })
}

fn user_pools(given: Option<Vec<wire::CognitoIdentityProvider>>) -> Result<Vec<UserPoolProvider>, Failure> {
    let provider = |entry: wire::CognitoIdentityProvider| match (entry.provider_name, entry.client_id) {
        (Some(provider_name), Some(client_id)) => {
            Ok(UserPoolProvider { provider_name, client_id, server_side_check: entry.server_side_token_check })
        }
        _ => Err(Failure::invalid_parameter("A Cognito identity provider needs ProviderName and ClientId.")),
    };
    given.unwrap_or_default().into_iter().map(provider).collect()
}

fn mapping_of(given: wire::RoleMapping) -> Result<RoleMapping, Failure> {
    let wire::RoleMapping { r#type, ambiguous_role_resolution, rules_configuration } = given;
    let ambiguous_role_resolution = match ambiguous_role_resolution.as_deref() {
        Some("AuthenticatedRole") => AmbiguousRoleResolution::AuthenticatedRole,
        Some("Deny") => AmbiguousRoleResolution::Deny,
        _ => return Err(Failure::invalid_parameter("AmbiguousRoleResolution is required in a role mapping.")),
    };
    let mapping_type = match (r#type.as_str(), rules_configuration) {
        ("Token", None) => MappingType::Token,
        ("Rules", Some(rules)) => MappingType::Rules(rules.rules.into_iter().map(rule_of).collect()),
        ("Rules", None) => return Err(Failure::invalid_parameter("RulesConfiguration is required for Rules.")),
        _ => return Err(Failure::invalid_parameter("RulesConfiguration goes with Rules only.")),
    };
    Ok(RoleMapping { mapping_type, ambiguous_role_resolution })
}

fn rule_of(rule: wire::MappingRule) -> Rule {
    let match_type = match rule.match_type.as_str() {
        "Contains" => MatchType::Contains,
        "StartsWith" => MatchType::StartsWith,
        "NotEqual" => MatchType::NotEqual,
        _ => MatchType::Equals,
    };
    Rule { claim: rule.claim, match_type, value: rule.value, role_arn: rule.role_arn }
}

fn mapping_shape(mapping: RoleMapping) -> wire::RoleMapping {
    let ambiguous_role_resolution = match mapping.ambiguous_role_resolution {
        AmbiguousRoleResolution::AuthenticatedRole => "AuthenticatedRole",
        AmbiguousRoleResolution::Deny => "Deny",
    };
    let (kind, rules) = match mapping.mapping_type {
        MappingType::Token => ("Token", None),
        MappingType::Rules(rules) => ("Rules", Some(rules)),
    };
    let rule = |rule: Rule| wire::MappingRule {
        claim: rule.claim,
        match_type: format!("{:?}", rule.match_type),
        value: rule.value,
        role_arn: rule.role_arn,
    };
    wire::RoleMapping {
        r#type: kind.to_owned(),
        ambiguous_role_resolution: Some(ambiguous_role_resolution.to_owned()),
        rules_configuration: rules
            .map(|rules| wire::RulesConfigurationType { rules: rules.into_iter().map(rule).collect() }),
    }
}

fn shape(pool: IdentityPool) -> wire::IdentityPool {
    let settings = pool.settings;
    let provider = |entry: UserPoolProvider| wire::CognitoIdentityProvider {
        provider_name: Some(entry.provider_name),
        client_id: Some(entry.client_id),
        server_side_token_check: entry.server_side_check,
    };
    let list = |list: Vec<String>| (!list.is_empty()).then_some(list);
    wire::IdentityPool {
        identity_pool_id: pool.id.to_string(),
        identity_pool_name: settings.name,
        allow_unauthenticated_identities: settings.allow_guests,
        allow_classic_flow: settings.allow_classic,
        supported_login_providers: (!settings.public_providers.is_empty()).then_some(settings.public_providers),
        developer_provider_name: settings.developer_provider,
        open_id_connect_provider_arns: list(settings.oidc_provider_arns),
        cognito_identity_providers: (!settings.user_pools.is_empty())
            .then(|| settings.user_pools.into_iter().map(provider).collect()),
        saml_provider_arns: list(settings.saml_provider_arns),
        identity_pool_tags: (!settings.tags.is_empty()).then_some(settings.tags),
    }
}
