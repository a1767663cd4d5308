//! `GetProvisionedLimit`, `UpdateProvisionedLimit`.

use cognito_wire::cognito_idp as wire;
use userpool_core::Invalid;
use userpool_core::model::limits::{ProvisionedRates, RequestCategory};

use crate::call::Call;
use crate::error::Failure;

pub(crate) async fn get(
    call: Call,
    input: wire::GetProvisionedLimitRequest,
) -> Result<wire::GetProvisionedLimitResponse, Failure> {
    let wire::GetProvisionedLimitRequest { limit_definition } = input;
    let category = category(&limit_definition)?;
    let rates = call.users().provisioned_rates().await?;
    Ok(wire::GetProvisionedLimitResponse { limit: shape(limit_definition, category, &rates) })
}

pub(crate) async fn update(
    call: Call,
    input: wire::UpdateProvisionedLimitRequest,
) -> Result<wire::UpdateProvisionedLimitResponse, Failure> {
    let wire::UpdateProvisionedLimitRequest { limit_definition, requested_limit_value } = input;
    let category = category(&limit_definition)?;
    let rate = u32::try_from(requested_limit_value).map_err(|_| userpool_core::Error::from(Invalid::RateTooLow))?;
    call.users().set_provisioned_rate(category, rate).await?;
    call.services.limits.forget_rates();
    let rates = call.users().provisioned_rates().await?;
    Ok(wire::UpdateProvisionedLimitResponse { limit: shape(limit_definition, category, &rates) })
}

fn category(definition: &wire::LimitDefinitionType) -> Result<RequestCategory, Failure> {
    let wire::LimitDefinitionType { limit_class: _, attributes } = definition;
    let named = attributes.get("Category").and_then(|name| RequestCategory::named(name));
    Ok(named.ok_or_else(|| userpool_core::Error::from(Invalid::RequestCategory))?)
}

fn shape(
    limit_definition: wire::LimitDefinitionType,
    category: RequestCategory,
    rates: &ProvisionedRates,
) -> wire::LimitType {
    wire::LimitType {
        limit_definition,
        provisioned_limit_value: i64::from(rates.of(category)),
        free_limit_value: i64::from(category.default_rate()),
    }
}
