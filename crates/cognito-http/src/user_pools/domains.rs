//! `CreateUserPoolDomain`, `DescribeUserPoolDomain`, `UpdateUserPoolDomain`, `DeleteUserPoolDomain`.

use cognito_wire::cognito_idp as wire;
use userpool_core::Error;
use userpool_core::model::domain::{OwnDomain, PoolDomain};
use userpool_core::ops::domains::DomainSpec;
use userpool_core::reasons::Invalid;

use crate::call::{Call, parse};
use crate::error::Failure;
use crate::user_pools::passthrough;

pub(crate) async fn create(
    call: Call,
    input: wire::CreateUserPoolDomainRequest,
) -> Result<wire::CreateUserPoolDomainResponse, Failure> {
    let wire::CreateUserPoolDomainRequest {
        domain,
        user_pool_id,
        managed_login_version,
        custom_domain_config,
        routing,
    } = input;
    passthrough::refuse("Routing", routing.as_ref())?;
    let spec = spec(&user_pool_id, &domain, custom_domain_config, managed_login_version)?;
    let made = call.users().create_user_pool_domain(spec).await?;
    Ok(wire::CreateUserPoolDomainResponse {
        managed_login_version: Some(made.managed_login_version.into()),
        cloud_front_domain: target(&call, &made),
        routing: None,
    })
}

pub(crate) async fn describe(
    call: Call,
    input: wire::DescribeUserPoolDomainRequest,
) -> Result<wire::DescribeUserPoolDomainResponse, Failure> {
    let wire::DescribeUserPoolDomainRequest { domain } = input;
    let found = call.users().describe_user_pool_domain(&parse(&domain, "domain")?).await?;
    let description = found.map(|found| shape(&call, found)).unwrap_or_default();
    Ok(wire::DescribeUserPoolDomainResponse { domain_description: Some(description) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateUserPoolDomainRequest,
) -> Result<wire::UpdateUserPoolDomainResponse, Failure> {
    let wire::UpdateUserPoolDomainRequest {
        domain,
        user_pool_id,
        managed_login_version,
        custom_domain_config,
        routing,
    } = input;
    passthrough::refuse("Routing", routing.as_ref())?;
    let spec = spec(&user_pool_id, &domain, custom_domain_config, managed_login_version)?;
    let changed = call.users().update_user_pool_domain(spec).await?;
    Ok(wire::UpdateUserPoolDomainResponse {
        managed_login_version: Some(changed.managed_login_version.into()),
        cloud_front_domain: target(&call, &changed),
        routing: None,
    })
}

pub(crate) async fn delete(
    call: Call,
    input: wire::DeleteUserPoolDomainRequest,
) -> Result<wire::DeleteUserPoolDomainResponse, Failure> {
    let wire::DeleteUserPoolDomainRequest { domain, user_pool_id } = input;
    let (pool, name) = (parse(&user_pool_id, "user pool id")?, parse(&domain, "domain")?);
    call.users().delete_user_pool_domain(&pool, &name).await?;
    Ok(wire::DeleteUserPoolDomainResponse::default())
}

fn spec(
    pool: &str,
    domain: &str,
    own: Option<wire::CustomDomainConfigType>,
    version: Option<i64>,
) -> Result<DomainSpec, Failure> {
    let read = |given| {
        let wire::CustomDomainConfigType { certificate_arn, security_policy } = given;
        OwnDomain { certificate_arn, security_policy }
    };
    let version = version.map(u8::try_from).transpose().map_err(|_| Error::from(Invalid::ManagedLoginVersion))?;
    Ok(DomainSpec {
        pool: parse(pool, "user pool id")?,
        name: parse(domain, "domain")?,
        own: own.map(read),
        managed_login_version: version,
    })
}

/// What the name of an operator's own domain is to lead to (`CNAME`): the host under which this server is reached.
fn target(call: &Call, domain: &PoolDomain) -> Option<String> {
    domain.own.as_ref()?;
    let users = call.users();
    let host = users.base_url()?.split_once("://")?.1.split(['/', ':']).next()?.to_owned();
    Some(host).filter(|host| (1..=63).contains(&host.len()))
}

fn shape(call: &Call, domain: PoolDomain) -> wire::DomainDescriptionType {
    let distribution = target(call, &domain);
    let PoolDomain { pool, name, own, managed_login_version, created_at: _, modified_at: _ } = domain;
    wire::DomainDescriptionType {
        user_pool_id: Some(pool.to_string()),
        aws_account_id: Some(call.account_region().account.clone()),
        domain: Some(name.to_string()),
        cloud_front_distribution: distribution,
        status: Some("ACTIVE".to_owned()),
        custom_domain_config: own.map(|own| wire::CustomDomainConfigType {
            certificate_arn: own.certificate_arn,
            security_policy: own.security_policy,
        }),
        managed_login_version: Some(managed_login_version.into()),
        ..wire::DomainDescriptionType::default()
    }
}
