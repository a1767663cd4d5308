//! `AdminLinkProviderForUser`, `AdminDisableProviderForUser`.

use cognito_wire::cognito_idp as wire;
use userpool_core::model::login::{BY_SUBJECT, LoginKey};
use userpool_core::ops::logins::LinkTo;

use crate::call::{Call, parse};
use crate::error::Failure;

/// What the pool itself is called among the providers of a user.
const OWN: &str = "Cognito";

pub(crate) async fn link(
    call: Call,
    input: wire::AdminLinkProviderForUserRequest,
) -> Result<wire::AdminLinkProviderForUserResponse, Failure> {
    let wire::AdminLinkProviderForUserRequest { user_pool_id, destination_user, source_user } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    let destination = match key(destination_user)? {
        (provider, _, value) if provider == OWN => LinkTo::User(value),
        // What the destination is known by is always its subject: Amazon does not look at the name either.
        (provider, _, value) => LinkTo::Login(LoginKey::subject(parse(&provider, "provider name")?, value)),
    };
    let (provider, by, value) = key(source_user)?;
    let provider = parse(&provider, "provider name")?;
    call.users().admin_link_provider_for_user(&pool, &destination, LoginKey { provider, by, value }).await?;
    Ok(wire::AdminLinkProviderForUserResponse::default())
}

pub(crate) async fn disable(
    call: Call,
    input: wire::AdminDisableProviderForUserRequest,
) -> Result<wire::AdminDisableProviderForUserResponse, Failure> {
    let wire::AdminDisableProviderForUserRequest { user_pool_id, user } = input;
    let pool = parse(&user_pool_id, "user pool id")?;
    match key(user)? {
        (provider, _, username) if provider == OWN => call.users().admin_disable_password(&pool, &username).await?,
        (provider, by, value) => {
            let login = LoginKey { provider: parse(&provider, "provider name")?, by, value };
            call.users().admin_unlink_provider_for_user(&pool, &login).await?
        }
    };
    Ok(wire::AdminDisableProviderForUserResponse::default())
}

/// Provider, what the login is known by there, and the value.
fn key(user: wire::ProviderUserIdentifierType) -> Result<(String, String, String), Failure> {
    let wire::ProviderUserIdentifierType { provider_name, provider_attribute_name, provider_attribute_value } = user;
    let missing = |name: &str| Failure::invalid_parameter(format!("{name} is missing."));
    let provider = provider_name.ok_or_else(|| missing("ProviderName"))?;
    let value = provider_attribute_value.ok_or_else(|| missing("ProviderAttributeValue"))?;
    Ok((provider, provider_attribute_name.unwrap_or_else(|| BY_SUBJECT.to_owned()), value))
}
